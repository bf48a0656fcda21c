"""What takes longer than a frame: computed once for each checkpoint, beside the visitors.

A page asks, and asks again until it is there; nobody's hand waits meanwhile. Short work and long
work have a thread each, so that nobody's path waits for somebody else's layer.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Lock
from typing import Any, Literal

AT_ONCE = 0.05  # seconds that an answer may take before the page is told to ask again
KEPT = 96  # results of all visitors together; the oldest make room
WAITING = 12  # pieces of work in line for one thread; more are not taken

Lane = Literal["short", "long"]
Key = tuple[Any, ...]


class Pending(Exception):  # noqa: N818 - it is no error: the answer is on its way
    """What was asked for is being computed, or will be."""


_threads = {lane: ThreadPoolExecutor(1, f"background-{lane}") for lane in ("short", "long")}
_known: "OrderedDict[Key, tuple[Lane, Future[Any]]]" = OrderedDict()
_lock = Lock()


def result(
    compute: Callable[..., Any],
    loaded: Any,
    *arguments: Any,
    given: Any = None,
    lane: Lane = "short",
    patience: float | None = AT_ONCE,
) -> Any:
    """What compute(loaded, *arguments, given) returns, as soon as it has been computed.

    Args:
        loaded: a checkpoint, told from others by its key.
        arguments: told from others by their values.
        given: what follows from the rest and need not be computed again.
        patience: seconds to wait; None waits until it is there.

    Raises:
        Pending: while it is under way.
        Exception: what compute raised; who asks next has it tried again.
    """
    key = (compute.__module__, compute.__qualname__, loaded.key, *arguments)
    call = partial(compute, loaded, *arguments, *(() if given is None else (given,)))
    future = _start(key, lane, call)
    while future is None and patience is None:
        wait(_waiting(lane), timeout=1, return_when="FIRST_COMPLETED")
        future = _start(key, lane, call)
    if future is None or not wait([future], timeout=patience).done:
        raise Pending
    if future.exception():
        with _lock:
            _known.pop(key, None)
    return future.result()


def forget() -> None:
    """Forget all results, as a fresh server would."""
    with _lock:
        _known.clear()


def _start(key: Key, lane: Lane, call: Callable[[], Any]) -> "Future[Any] | None":
    """The work that goes by this key, begun if it is new; none where too much is in line."""
    with _lock:
        if key not in _known:
            if len(_waiting(lane)) >= WAITING:
                return None
            _known[key] = (lane, _threads[lane].submit(call))
        _known.move_to_end(key)
        done = [old for old, (_, future) in _known.items() if future.done()]
        for old in done[: max(0, len(done) - KEPT)]:
            del _known[old]
        return _known[key][1]


def _waiting(lane: Lane) -> "list[Future[Any]]":
    return [future for at, future in _known.values() if at == lane and not future.done()]
