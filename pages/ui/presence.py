"""Whether a visitor is still there."""

from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def presence() -> Callable[[], bool]:
    """A question about whoever this script runs for, which any thread may ask.

    Where the script runs for nobody, as in tests without a server, they are always there.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    running, visitor = runtime.get_instance(), context.session_id
    return lambda: running.is_active_session(visitor)
