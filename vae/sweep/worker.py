"""One process that trains trials, and how others see whether it still does."""

import contextlib
import os
import platform
import re
import threading
import time
import uuid
from collections.abc import Generator
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial

BEAT = 30.0  # seconds between two signs of life
SILENT = 300.0  # seconds without one until a worker on another machine counts as gone
NAME = re.compile("[0-9a-f]{32}")


class Worker:
    """This process: held by a lock on its own machine, and by signs of life on all others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workers"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = uuid.uuid4().hex
        self.lock = FileLock(self._path(self.name))
        self.lock.acquire()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.lock"

    def close(self) -> None:
        """Leave nothing behind."""
        self.lock.release()
        self._path(self.name).unlink(missing_ok=True)

    def sign(self, trial: optuna.Trial) -> None:
        """Say whose trial this is."""
        said = {"name": self.name, "machine": machine(), "pid": os.getpid()}
        trial.set_user_attr("worker", said)

    @contextlib.contextmanager
    def beating(self, trial: optuna.Trial) -> Generator[None]:
        """Give signs of life while a trial is trained."""
        done = threading.Event()

        def beat() -> None:
            # A storage that fails is the trainer's to tell, which writes into it as well.
            with contextlib.suppress(Exception):
                while not done.wait(BEAT):
                    trial.set_user_attr("beat", time.time())

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def has_lost(self, name: str) -> bool:
        """Whether the worker of that name has died on this machine."""
        path = self._path(name)
        if not NAME.fullmatch(name) or not path.is_file():
            return False  # it works in another folder, or is none of ours
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
                return True
        except Timeout:
            return False


def is_lost(trial: FrozenTrial, worker: Worker) -> bool:
    """Whether nobody trains this trial any more.

    A lock tells at once, on one machine: not every file system keeps locks between machines. There
    the signs of life tell, by clocks that have to agree to a minute or so.
    """
    said = trial.user_attrs.get("worker")
    if said and said["machine"] == machine() and worker.has_lost(said["name"]):
        return True
    began = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
    return time.time() - trial.user_attrs.get("beat", began) > SILENT


def machine() -> str:
    """This machine and, where there are containers, this one of them."""
    with contextlib.suppress(OSError):
        return f"{platform.node()} {Path('/proc/self/ns/pid').stat().st_ino}"
    return platform.node()
