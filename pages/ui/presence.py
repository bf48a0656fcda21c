"""Who the script runs for, and whether they are still there."""

from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def visitor() -> str:
    """A name for the visitor; empty where the script runs for nobody."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def presence() -> Callable[[], bool]:
    """A question about whoever this script runs for, which any thread may ask.

    Where the script runs for nobody, as in tests without a server, they are always there.
    """
    name = visitor()
    if not name or not runtime.exists():
        return lambda: True
    running = runtime.get_instance()
    return lambda: running.is_active_session(name)
