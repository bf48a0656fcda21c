"""Strangers' pictures, read in processes of their own.

A picture that takes longer than three seconds, or more memory than an honest one, costs its sender
a sentence and nobody else anything: its worker is ended, and a fresh one takes its place. Where
there is no limit of an address space (macOS, Windows) the checks of `container` and the time limit
hold.
"""

import atexit
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, TypeAlias

import numpy as np

from vae.config import SIDE
from vae.digit.container import check
from vae.digit.normalise import SHOWN, Digit, Step
from vae.digit.row import DIGITS
from vae.digit.worker import send
from vae.errors import ImageError

WORKERS = 2  # pictures that are decoded at the same time
SECONDS = 3.0  # that one may take
LINE_SECONDS = 10.0  # that a visitor waits for a worker
MEMORY = 700_000_000  # bytes that a worker may ask for beyond what it starts with
TICK = 0.05  # seconds between two looks at whether somebody still waits
STEPS = 10  # of a digit, at the most
PIXELS = STEPS * SHOWN**2  # of all images of an answer
LONGEST_LINE = 65_536  # bytes of what it says of them
ROOT = Path(__file__).parents[2]
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from vae.digit.worker import main; main()"


Shape: TypeAlias = tuple[int, int]  # height, width


class GivenUpError(Exception):
    """Nobody waits for the picture any more."""


class Worker:
    """One process, and the pipes to it."""

    def __init__(self, memory: int = MEMORY) -> None:
        # -I: nothing of the environment or of the folder decides what it imports.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", START, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # each thread would reserve memory
        )

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        return self.process.poll() is None

    def exchange(self, source: bytes) -> Digit:
        """The digits in a file, as `read` gives them; blocks until the process answers or ends.

        Raises:
            ImageError: as `picture.decode` and `normalise` do.
            OSError: if the process ended.
            ValueError: if what came is no answer.
        """
        assert self.process.stdin and self.process.stdout
        send(self.process.stdin, {}, source)
        about = json.loads(self.process.stdout.readline(LONGEST_LINE))
        if "error" in about:
            raise ImageError(str(about["error"]))
        parts = [about["shared"], *about["digits"]]
        shapes = [[_shape(step) for step in part] for part in parts]
        pixels = sum(height * width for part in shapes for height, width in part)
        few = 2 <= len(parts) <= 1 + DIGITS and all(
            1 <= len(part) <= STEPS - len(shapes[0]) and part[-1] == (SIDE, SIDE)
            for part in shapes[1:]
        )
        if not few or pixels > PIXELS:
            raise ValueError(f"a worker must send a few small images, each digit last: {shapes}")
        return _row(parts, shapes, self.process.stdout.read(pixels))

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait()


class Pool:
    """Workers that are started once and used again."""

    def __init__(self, workers: int = WORKERS, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.count = workers
        self.idle: SimpleQueue[Worker | None] = SimpleQueue()
        for _ in range(workers):
            self.idle.put(None)  # started when it is needed
        self.threads = ThreadPoolExecutor(workers, "picture")

    def start(self) -> None:
        """Start all workers now, so that the first picture need not wait for them."""
        places = [self.idle.get() for _ in range(self.count)]
        for worker in places:
            self.idle.put(worker or Worker())

    def close(self) -> None:
        """End all workers that are idle."""
        while True:
            try:
                worker = self.idle.get_nowait()
            except Empty:
                return
            if worker:
                worker.close()

    def read(self, source: bytes, awaited: Callable[[], bool] = lambda: True) -> Digit:
        """The digit in the bytes of a file, read by a worker: the leftmost, with the others.

        Args:
            awaited: whether somebody still waits for it; asked many times a second.

        Raises:
            ImageError: as `Worker.exchange` does, and if it takes too long, or ends its worker.
            GivenUpError: if nobody waits for it any more.
        """
        kind = check(source)
        worker = self._next(awaited)
        future = self.threads.submit(worker.exchange, source)
        try:
            self._wait(future, kind, worker, awaited)
            return future.result()
        except (OSError, ValueError, KeyError, TypeError) as error:
            worker.close()
            raise ImageError(
                f"The process that was reading this {kind} picture ended before it was done. "
                "Try again, or save the picture as PNG."
            ) from error
        finally:
            self.idle.put(worker if worker.alive else None)
            del future  # its exception, which refers to this frame, would keep the file

    def _next(self, awaited: Callable[[], bool]) -> Worker:
        """A worker that is free."""
        until = time.monotonic() + LINE_SECONDS
        while True:
            try:
                worker = self.idle.get(timeout=TICK)
            except Empty:
                if not awaited():
                    raise GivenUpError from None
                if time.monotonic() < until:
                    continue
                raise ImageError(
                    "Many pictures are being read just now. Try again in a moment."
                ) from None
            if worker and worker.alive:
                return worker
            if worker:
                worker.close()  # somebody has ended it
            return self._start()

    def _start(self) -> Worker:
        """A fresh worker for a place that has been taken from the idle ones."""
        try:
            return Worker()
        except OSError as error:
            self.idle.put(None)
            raise ImageError(
                "No process could be started to read this picture: the server is short of memory "
                "or of processes. Try again in a moment."
            ) from error

    def _wait(
        self, future: "Future[Digit]", kind: str, worker: Worker, awaited: Callable[[], bool]
    ) -> None:
        until = time.monotonic() + self.seconds
        while not wait([future], timeout=TICK).done:
            late, alone = time.monotonic() > until, not awaited()
            if not late and not alone:
                continue
            worker.process.kill()  # ends the exchange too
            wait([future])
            worker.close()
            if alone:
                raise GivenUpError
            raise ImageError(
                f"This {kind} picture takes longer than {self.seconds:.0f} seconds to read. "
                "Save it smaller, or as PNG, and try again."
            )


def _shape(step: dict[str, Any]) -> Shape:
    """The size of an image that a worker says it has."""
    height, width = (int(side) for side in step["shape"])
    if min(height, width) < 1:
        raise ValueError(f"an image must have pixels: {height} × {width}")
    return height, width


def _row(parts: list[list[dict[str, Any]]], shapes: list[list[Shape]], pixels: bytes) -> Digit:
    """What came, if it is what was said: shared steps, and then each digit's own."""
    rest = np.frombuffer(bytearray(pixels), np.uint8)
    found: list[list[Step]] = []
    for steps, sizes in zip(parts, shapes, strict=True):
        found.append([])
        for step, (height, width) in zip(steps, sizes, strict=True):
            image, rest = rest[: height * width], rest[height * width :]
            found[-1].append(
                Step(str(step["name"]), image.reshape(height, width), str(step["note"]))
            )
    shared, *each = found
    first, *others = (Digit(own[-1].image, (*shared, *own)) for own in each)
    return first._replace(others=tuple(others))


_lock = Lock()
_shared: list[Pool] = []


def shared() -> Pool:
    """The pool of this process, made when it is first needed."""
    with _lock:
        if not _shared:
            _shared.append(Pool())
            atexit.register(_shared[0].close)
    return _shared[0]
