"""What takes longer than a frame: computed once for each checkpoint, beside the visitors.

A page asks, and asks again until it is there; nobody's hand waits meanwhile.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import streamlit as st

AT_ONCE = 0.05  # seconds that an answer may take before the page is told to ask again
KEPT = 96  # results of all visitors together; the oldest make room

_workers = ThreadPoolExecutor(2, thread_name_prefix="background")


class Pending(Exception):  # noqa: N818 - it is no error: the answer is on its way
    """What was asked for is being computed."""


def result(compute: Callable[..., Any], loaded: Any, *arguments: Any, given: Any = None) -> Any:
    """What compute(loaded, *arguments, given) returns, as soon as it has been computed.

    Args:
        loaded: a checkpoint, told from others by its key.
        arguments: told from others by their values.
        given: an earlier result to build on; told by the rest.

    Raises:
        Pending: while it is under way.
    """
    call = partial(compute, loaded, *arguments, *(() if given is None else (given,)))
    future = _start((compute.__name__, loaded.key, *arguments), call)
    if not future.done():
        wait([future], timeout=AT_ONCE)
    if not future.done():
        raise Pending
    return future.result()


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _start(name: tuple[Any, ...], _call: Callable[[], Any]) -> "Future[Any]":
    return _workers.submit(_call)
