"""What takes longer than a frame: computed once for each checkpoint, beside the visitors.

A page asks, and asks again until it is there; nobody's hand waits meanwhile. Each lane has a thread
and takes one piece of work after the other, the visitors in turn, so that nobody who asks for much
makes others wait. What nobody asks for any more is dropped.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future, wait
from functools import partial
from threading import Condition, Lock, Thread
from typing import Any, Literal, get_args

from pages.ui.presence import visitor as present_visitor
from vae.errors import VAEError

AT_ONCE = 0.05  # seconds that an answer may take before the page is told to ask again
AGAIN = 0.25  # seconds after which who waits here asks again
FORGOTTEN = 5.0  # seconds after which nobody is taken to wait for what was not asked for again
LONGEST = 60.0  # seconds that one piece may take, if it can be stopped between its steps
KEPT = 96  # results of all visitors together; the oldest make room
WAITING = 64  # pieces of work in line in one lane; more are not taken

Lane = Literal["short", "long", "truth"]
Key = tuple[Any, ...]


class Pending(Exception):  # noqa: N818 - it is no error: the answer is on its way
    """What was asked for is being computed, or will be."""

    def __init__(self, progress: Any = None) -> None:
        super().__init__(progress)
        self.progress = progress  # what a piece in steps has last yielded


class DroppedError(Exception):
    """Nobody waited for it any more."""


class _Piece:
    """Work that visitors wait for. A generator is work in steps, and yields its progress."""

    def __init__(self, lane: Lane, call: Callable[[], Any]) -> None:
        self.lane: Lane = lane
        self.call = call
        self.future: Future[Any] = Future()
        self.asked: dict[str, float] = {}  # who waits for it, and when they last said so
        self.progress: Any = None

    def wanted(self) -> bool:
        now = time.monotonic()
        return any(now - asked < FORGOTTEN for asked in list(self.asked.values()))

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self._work())
        except BaseException as error:
            self.future.set_exception(error)

    def _work(self) -> Any:
        made = self.call()
        if not isinstance(made, Generator):
            return made
        until = time.monotonic() + LONGEST
        while True:
            try:
                self.progress = next(made)
            except StopIteration as end:
                return end.value
            if not self.wanted():
                made.close()
                raise DroppedError
            if time.monotonic() > until:
                made.close()
                raise VAEError(
                    f"This took longer than {LONGEST:.0f} seconds and was stopped. The server may "
                    "be busy: try again in a moment."
                )


class _Line:
    """The pieces of one lane that wait for its thread."""

    def __init__(self) -> None:
        self.waiting: list[_Piece] = []
        self.changed = Condition(_lock)
        self.turn = 0
        self.served: dict[str, int] = {}  # in which turn each visitor was served last
        self.thread: Thread | None = None

    def add(self, piece: _Piece, visitor: str) -> bool:
        """Put a piece in line; what this visitor alone still waited for makes room for it."""
        for other in list(self.waiting):
            other.asked.pop(visitor, None)
            if not other.asked:
                self._drop(other)
        if len(self.waiting) >= WAITING:
            return False
        self.waiting.append(piece)
        if self.thread is None:
            self.thread = Thread(target=self._serve, name=f"background-{piece.lane}", daemon=True)
            self.thread.start()
        self.changed.notify()
        return True

    def _drop(self, piece: _Piece) -> None:
        self.waiting.remove(piece)
        piece.future.cancel()

    def _serve(self) -> None:
        while True:
            with _lock:
                while (piece := self._next()) is None:
                    self.changed.wait()
            piece.run()

    def _next(self) -> _Piece | None:
        """The oldest piece of those visitors who have waited for their turn the longest."""
        for piece in list(self.waiting):
            if not piece.wanted():
                self._drop(piece)
        if not self.waiting:
            return None
        piece = min(self.waiting, key=lambda one: min(self.served.get(v, 0) for v in one.asked))
        self.waiting.remove(piece)
        self.turn += 1
        recent = {v: turn for v, turn in self.served.items() if self.turn - turn < 10 * WAITING}
        self.served = recent | dict.fromkeys(piece.asked, self.turn)
        return piece


_lock = Lock()
_known: "OrderedDict[Key, _Piece]" = OrderedDict()
_lines: dict[Lane, _Line] = {lane: _Line() for lane in get_args(Lane)}


def result(
    compute: Callable[..., Any],
    loaded: Any,
    *arguments: Any,
    given: Any = None,
    lane: Lane = "short",
    patience: float | None = AT_ONCE,
    visitor: str | None = None,
) -> Any:
    """What compute(loaded, *arguments, given) returns, as soon as it has been computed.

    Args:
        compute: a function, or a generator function, which yields its progress between steps and
            is stopped there when nobody waits for it any more, or it takes too long.
        loaded: a checkpoint, told from others by its key.
        arguments: told from others by their values.
        given: what follows from the rest and need not be computed again.
        patience: seconds to wait; None waits until it is there.
        visitor: who asks; by default whoever the script runs for.

    Raises:
        Pending: while it is under way.
        Exception: what compute raised; who asks next has it tried again.
    """
    key = (compute.__module__, compute.__qualname__, loaded.key, *arguments)
    call = partial(compute, loaded, *arguments, *(() if given is None else (given,)))
    asker = present_visitor() if visitor is None else visitor
    while True:
        piece = _ask(key, lane, call, asker)
        limit = AGAIN if patience is None else patience
        if piece and wait([piece.future], timeout=limit).done:
            try:
                return piece.future.result()
            except (CancelledError, DroppedError):
                _forget(key, piece)  # it was dropped just before somebody asked again
            except BaseException:
                _forget(key, piece)
                raise
        elif patience is not None:
            raise Pending(piece and piece.progress)
        elif piece is None:
            time.sleep(AGAIN)


def forget() -> None:
    """Forget all results, as a fresh server would."""
    with _lock:
        _known.clear()


def _forget(key: Key, piece: _Piece) -> None:
    with _lock:
        if _known.get(key) is piece:
            del _known[key]


def _ask(key: Key, lane: Lane, call: Callable[[], Any], visitor: str) -> _Piece | None:
    """The work that goes by this key, put in line if it is new; none where the line is full."""
    with _lock:
        piece = _known.get(key)
        if piece is None or piece.future.cancelled():
            piece = _Piece(lane, call)
            piece.asked[visitor] = time.monotonic()
            if not _lines[lane].add(piece, visitor):
                return None
            _known[key] = piece
        piece.asked[visitor] = time.monotonic()
        _known.move_to_end(key)
        done = [old for old, one in _known.items() if one.future.done()]
        for old in done[: max(0, len(done) - KEPT)]:
            del _known[old]
        return piece
