"""A training run as a process of its own: started, watched and stopped from anywhere.

Training in a thread of the server would make every visitor wait; a niced process does not.
"""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
from filelock import FileLock

from vae.config import Config
from vae.errors import RunError
from vae.training import runs
from vae.training.runs import Run


def running() -> Run | None:
    """The run that is going on, if any: there is at most one for each `runs.root()`."""
    return next((run for run in runs.all_runs() if not run.state().over), None)


def start(config: Config) -> Run:
    """Start training in a process of its own.

    Raises:
        RunError: if a run is going on already, or the disk refuses.
    """
    folder = runs.root()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".start.lock"):  # two askers at once: the second sees the first
            if other := running():
                raise RunError(
                    f"{other.name} is being trained now, and there is room for one run at a time. "
                    "Watch it here, or stop it first."
                )
            run = runs.create(config)
            _spawn(run)
            return run
    except OSError as error:
        raise RunError(
            f"No run can be started in {folder}: {error.strerror or error}. "
            "Make room there, or name another folder in LATENT_ATLAS_RUNS."
        ) from error


def _spawn(run: Run) -> None:
    # The process reads what to train in the run's own settings; nothing is said twice.
    with run.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "vae", "train", "--run", str(run.folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the server's terminal is not meant for it
            env={"OMP_NUM_THREADS": threads(), **os.environ, "PYTHONUNBUFFERED": "1"},
        )
    # Somebody has to collect the exit status, or the process stays behind as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    with contextlib.suppress(psutil.Error):
        psutil.Process(process.pid).nice(10)  # the people on the map go first
    run.write_start(process.pid, run.config().train)


def threads() -> str:
    """How many processors the training takes: all but one, which is for the visitors.

    Threads that wait for each other on processors they have to share wait very long: on two cores
    with one other busy process, an epoch of MNIST took 32 s on two threads and 4 s on one.
    """
    return str(max(1, (os.cpu_count() or 2) - 1))


def stop(run: Run, patience: float = 10.0) -> None:
    """End a run, keeping its last finished epoch.

    Files are replaced whole, so the process may be ended at any moment; one that does not listen
    within `patience` seconds is killed.
    """
    run.ask_to_stop()
    state = run.state()
    if state.over:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(state.pid)
        process.terminate()
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(patience)
            return
        process.kill()
