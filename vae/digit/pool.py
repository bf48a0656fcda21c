"""Strangers' pictures, decoded in processes of their own.

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
from typing import Any

import numpy as np

from vae.digit.container import check
from vae.digit.picture import WORK, Picture
from vae.digit.worker import send
from vae.errors import ImageError

WORKERS = 2  # pictures that are decoded at the same time
SECONDS = 3.0  # that one may take
LINE_SECONDS = 10.0  # that a visitor waits for a worker
MEMORY = 700_000_000  # bytes that a worker may ask for beyond what it starts with
TICK = 0.05  # seconds between two looks at whether somebody still waits
LONGEST_LINE = 65_536  # bytes of an answer about a picture, without its pixels
ROOT = Path(__file__).parents[2]
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from vae.digit.worker import main; main()"


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

    def exchange(self, source: bytes) -> Picture:
        """The picture in a file; blocks until the process answers or ends.

        Raises:
            ImageError: as `picture.decode` does.
            OSError: if the process ended.
            ValueError: if what came is no answer.
        """
        assert self.process.stdin and self.process.stdout
        send(self.process.stdin, {}, source)
        about = json.loads(self.process.stdout.readline(LONGEST_LINE))
        if "error" in about:
            raise ImageError(str(about["error"]))
        return _picture(about, self.process.stdout.read(_size(about)))

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

    def decode(self, source: bytes, awaited: Callable[[], bool] = lambda: True) -> Picture:
        """The picture in the bytes of a file, decoded by a worker.

        Args:
            awaited: whether somebody still waits for it; asked many times a second.

        Raises:
            ImageError: as `picture.decode` does, and if it takes too long, or ends its worker.
            GivenUpError: if nobody waits for it any more.
        """
        kind = check(source)
        worker = self._next(awaited)
        try:
            future = self.threads.submit(worker.exchange, source)
            self._wait(future, kind, worker, awaited)
            return future.result()
        except (OSError, ValueError, KeyError, TypeError) as error:
            worker.close()
            raise ImageError(
                f"The process that was decoding this {kind} picture ended before it was done. "
                "Try again, or save the picture as PNG."
            ) from error
        except (ImageError, GivenUpError):
            raise
        finally:
            self.idle.put(worker if worker.alive else None)

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
            return Worker()

    def _wait(
        self, future: "Future[Picture]", kind: str, worker: Worker, awaited: Callable[[], bool]
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
                f"This {kind} picture takes longer than {self.seconds:.0f} seconds to decode. "
                "Save it smaller, or as PNG, and try again."
            )


def _size(about: dict[str, Any]) -> int:
    """Bytes of the picture that a worker says it has."""
    height, width = about["height"], about["width"]
    if not (0 < int(height) <= WORK and 0 < int(width) <= WORK):
        raise ValueError(f"a worker must send at most {WORK} pixels a side: {height} × {width}")
    return int(height) * int(width)


def _picture(about: dict[str, Any], content: bytes) -> Picture:
    """What came, if it is what was said."""
    grey = np.frombuffer(content, np.uint8).reshape(about["height"], about["width"])
    return Picture(grey, tuple(str(note) for note in about["notes"]))


_lock = Lock()
_shared: list[Pool] = []


def shared() -> Pool:
    """The pool of this process, made when it is first needed."""
    with _lock:
        if not _shared:
            _shared.append(Pool())
            atexit.register(_shared[0].close)
    return _shared[0]
