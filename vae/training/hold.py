"""What makes a process the trainer of a run, and the only one: its locks, and its heartbeat.

    lock             in the run directory: whose run it is
    heartbeat        in the run directory: touched every second, by a thread
    .trainer.lock    where runs are kept: nobody else trains there

A trainer that stands still (SIGSTOP) keeps its locks, but its heart does not beat. Whoever starts
the next then takes `.trainer.lock` away, so that the one that wakes up sees that its time is over.
"""

import contextlib
import os
import time
from pathlib import Path
from threading import Event, Thread

from vae.training import lock

LOCK, HEARTBEAT, TRAINER = "lock", "heartbeat", ".trainer.lock"
BEAT = 1.0  # seconds between two
STILL = 30.0  # seconds without one, after which a trainer is said to stand still
GIVEN = "LATENT_ATLAS_LOCKS"  # handles of locks that a process was given by whoever started it


class Hold:
    """The locks of a run, held by this process or about to be given to one.

    Args:
        alone: where no other run may be trained meanwhile; None: wherever others like.

    Raises:
        BlockingIOError: if another process holds one of them.
        OSError: if the disk refuses.
    """

    def __init__(self, folder: Path, alone: Path | None) -> None:
        self.folder, self.alone = folder, alone
        self.since = self.beaten = time.monotonic()
        self.spawned = False
        self.over = Event()
        given = _given()
        self.handles: dict[Path, int] = {}
        try:
            for path in self._paths():
                found = next((handle for handle in given if lock.is_at(handle, path)), None)
                self.spawned |= found is not None
                self.handles[path] = lock.take(path) if found is None else found
        except OSError:
            self.release()
            raise
        finally:
            for handle in {*given} - {*self.handles.values()}:
                os.close(handle)

    def _paths(self) -> list[Path]:
        trainer = [self.alone / TRAINER] if self.alone else []
        return [*trainer, self.folder / LOCK]

    def is_whole(self) -> bool:
        """Whether the run directory and its place are still this process's own."""
        return all(lock.is_at(handle, path) for path, handle in self.handles.items())

    def owns_run(self) -> bool:
        """Whether at least the run directory is."""
        path = self.folder / LOCK
        return lock.is_at(self.handles[path], path)

    def start_beating(self) -> None:
        """Be the trainer from now on."""
        for handle in self.handles.values():
            os.set_inheritable(handle, False)
            lock.sign(handle, os.getpid())
        path = self.folder / HEARTBEAT
        path.unlink(missing_ok=True)  # whatever it is
        path.touch()
        Thread(target=self._beat, daemon=True, name="heartbeat").start()

    def _beat(self) -> None:
        signs = [self.folder / HEARTBEAT, *self._paths()[:-1]]
        with contextlib.suppress(OSError):  # one of them has gone, which `is_whole` tells
            while not self.over.wait(BEAT):
                for path in signs:
                    os.utime(path)

    def sign(self, pid: int) -> None:
        """Say which process has been given the locks."""
        for handle in self.handles.values():
            lock.sign(handle, pid)

    def words(self) -> dict[str, str]:
        """What the environment of a process must say that is given the locks."""
        return {GIVEN: ",".join(map(str, self.handles.values()))}

    def give(self) -> None:
        """Let go of this process's copies: who was given them holds the locks now."""
        for handle in self.handles.values():
            os.close(handle)
        self.handles = {}

    def release(self) -> None:
        """Stop being the trainer."""
        self.over.set()
        for handle in self.handles.values():
            lock.release(handle)
        self.handles = {}


def _given() -> list[int]:
    """Handles that came with the start of this process; they are taken once."""
    words = os.environ.pop(GIVEN, "")
    return [int(word) for word in words.split(",") if word.isdecimal()]


def is_held(folder: Path) -> bool:
    """Whether a process is the trainer of this run directory."""
    return lock.is_held(folder / LOCK)


def pid(folder: Path) -> int:
    """The process that is the trainer of this run directory; 0 where there is none."""
    return lock.holder(folder / LOCK) if is_held(folder) else 0


def stands_still(folder: Path) -> bool:
    """Whether the trainer of this run directory has not given a sign of life for long."""
    # The lock is signed when the process is started, and its heart beats once it has loaded.
    return is_held(folder) and not any(_is_young(folder / name) for name in (HEARTBEAT, LOCK))


def is_taken(place: Path) -> bool:
    """Whether a process trains where runs are kept."""
    return lock.is_held(place / TRAINER)


def take_away(place: Path) -> bool:
    """Take the place of a trainer that stands still.

    Returns:
        Whether it did, and has been told that its time is over, should it wake up.
    """
    path = place / TRAINER
    if _is_young(path):
        return False
    time.sleep(2.5 * BEAT)  # the clock may have been set a moment ago
    if _is_young(path):
        return False
    path.unlink(missing_ok=True)
    return True


def _is_young(path: Path) -> bool:
    """Whether a file was touched a moment ago, as far as the clock tells."""
    with contextlib.suppress(OSError):
        # A clock that was set back makes the last sign one of the future, until the next comes.
        return abs(time.time() - path.lstat().st_mtime) < STILL
    return False
