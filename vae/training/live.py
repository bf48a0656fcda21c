"""What visitors see of a training while it runs: files that are replaced several times a second.

    live/watched       touched by the server while somebody looks
    live/digits.bin    once: the digits whose places are shown
    live/frame.bin     their places, a few reconstructions, figures
    live/grid.bin      a coarse grid of decoded images
    live/decoder.bin   the browser's model, as vae/store/weights.py packs it
    live/curves.bin    figures of each step

A thread of its own computes them from a copy of the weights: the training waits for the copy alone.
Nothing is computed while nobody looks.
"""

import logging
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from queue import Queue
from threading import Event, Lock, Thread
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from vae.device import autocast
from vae.model import VAE
from vae.store import weights
from vae.training import snapshots
from vae.training.glimpse import Glimpses
from vae.training.packed import pack

LOG = logging.getLogger(__name__)
INTERVAL, SLOWED = 0.2, 0.4  # seconds between two frames, and where those are too dear
SHARE = 0.35  # of the time that the thread may be busy with frames
SECOND = 1.0  # between two of the larger files
GRID_SHARE = 0.2  # of the time that the thread may be busy with grids
LOOK = 0.5  # seconds between two looks whether anybody watches
WATCHED = 5.0  # seconds that the server's sign is good for


class Live:
    """The thread, and when it has something to do."""

    def __init__(self, folder: Path, glimpses: Glimpses, model: VAE) -> None:
        self.folder = folder / "live"
        self.run_folder = folder
        self.glimpses = glimpses
        self.copy = deepcopy(model).requires_grad_(False)
        self.slowed = False
        self.versions = {"decoder": 0, "grid": 0, "curves": 0}
        self._cost = 0.0  # of a frame, seconds
        self._next = {"frame": 0.0, "grid": 0.0, "large": 0.0}
        self._looked, self._watched = 0.0, False
        self._jobs: Queue[Callable[[], None] | None] = Queue(1)
        self._writing = Lock()
        self._idle = Event()
        self._idle.set()
        self.folder.mkdir(exist_ok=True)
        self._replace("digits", glimpses.digits())
        self._thread = Thread(target=self._work, name="live", daemon=True)
        self._thread.start()

    @property
    def interval(self) -> float:
        """Seconds between two frames."""
        return SLOWED if self.slowed else INTERVAL

    def wanted(self, now: float) -> bool:
        """Whether a frame is due: somebody watches, and the last one is old enough and done."""
        return now >= self._next["frame"] and self._idle.is_set() and self._is_watched(now)

    def _is_watched(self, now: float) -> bool:
        if now - self._looked > LOOK:
            self._looked = now
            try:
                age = time.time() - (self.folder / "watched").stat().st_mtime
                self._watched = age < WATCHED
            except OSError:
                self._watched = False
        return self._watched

    def show(self, model: VAE, header: dict[str, Any], curves: Callable[[], bytes]) -> None:
        """Make a frame of a model as it is now, and of the rest what is due.

        Args:
            model: which may be trained on as soon as this returns.
            header: of the frame; versions and interval are added.
            curves: packs them; called here, where the figures are.
        """
        now = time.monotonic()
        # From the last moment, not from now, or the rate would fall by what each one is late.
        self._next["frame"] = max(self._next["frame"] + self.interval, now)
        large, grid = now >= self._next["large"], now >= self._next["grid"]
        packed = curves() if large else b""
        if large:
            self._next["large"] = now + SECOND
        self._hand_over(model, lambda: self._frame(header, packed, grid))

    def _frame(self, header: dict[str, Any], packed: bytes, grid: bool) -> None:
        start = time.monotonic()
        places = self.glimpses.places(self.copy)
        if packed:
            self._replace("decoder", weights.pack(self.copy, "decoder"))
            self._replace("curves", packed)
        if grid:
            self._grid(header["step"])
        said = {**header, **self.versions, "interval": self.interval, "slowed": self.slowed}
        self._replace("frame", pack(said, places._asdict()))
        took = time.monotonic() - start
        self._cost = took if not self._cost else 0.8 * self._cost + 0.2 * took
        self.slowed = self._cost / INTERVAL > SHARE

    def _grid(self, step: int) -> None:
        start = time.monotonic()
        header = {"step": step, **self.glimpses.said_of_grid()}
        self._replace("grid", pack(header, {"sheet": self.glimpses.grid(self.copy)}))
        now = time.monotonic()
        self._next["grid"] = now + max(SECOND, (now - start) / GRID_SHARE)

    def keep(self, model: VAE, header: dict[str, Any], wait: bool = False) -> bool:
        """Keep a snapshot of a model as it is now, for the time machine.

        Args:
            wait: until there is time for it.

        Returns:
            Whether there was.
        """
        if wait:
            self._idle.wait()
        if not self._idle.is_set():
            return False
        self._hand_over(model, lambda: self._snapshot(header))
        return True

    def keep_curves(self, packed: bytes) -> None:
        """Keep the curves where nobody may be watching."""
        self._replace("curves", packed)

    def _snapshot(self, header: dict[str, Any]) -> None:
        places, grid = self.glimpses.places(self.copy), self.glimpses.grid(self.copy)
        said = {**header, **self.glimpses.said_of_grid()}
        snapshots.write(self.run_folder, said, {**places._asdict(), "sheet": grid})

    def _hand_over(self, model: VAE, job: Callable[[], None]) -> None:
        self.copy.load_state_dict(model.state_dict())
        self._idle.clear()
        self._jobs.put(job)

    def _work(self) -> None:
        # Entered once: whoever leaves autocast clears its cache of weights, which all threads
        # share, and a training that has to fill it again within a step rounds differently.
        # With one processor: where two threads of ours each had several, OpenMP would have more
        # threads than processors, and let all of them sleep between any two operations.
        torch.get_num_threads()  # whose first call in a thread would undo what follows
        one = threadpool_limits(1, user_api="openmp")
        with one, autocast(self.copy.device, self.glimpses.precision):
            self._work_through()

    def _work_through(self) -> None:
        while job := self._jobs.get():
            try:
                job()
            except Exception as error:  # whatever it is, the training does not wait for it
                LOG.warning(f"Visitors cannot see this moment of the training: {error!r}")
                self._next["frame"] = time.monotonic() + WATCHED
            finally:
                self._idle.set()

    def _replace(self, name: str, content: bytes) -> None:
        """Write a file whole. It need not survive a crash, so it is not forced to the disk."""
        path = self.folder / f"{name}.bin"
        with self._writing:
            temporary = path.with_suffix(".part")
            temporary.write_bytes(content)
            temporary.replace(path)
            if name in self.versions:
                self.versions[name] += 1

    def close(self) -> None:
        """Finish what is being written."""
        # By the queue, not by `_idle`: whoever is interrupted while handing a job over has cleared
        # that, and the job never comes.
        self._jobs.put(None)
        self._thread.join()
