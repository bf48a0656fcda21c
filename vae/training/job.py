"""A training run as a process of its own: started, watched and stopped from anywhere.

Training in a thread of the server would make every visitor wait; a niced process does not. One
trains at a time; the others wait in line, in their own directories, so that the line outlives the
server. Whoever looks, and every training that ends, lets the next one begin.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import psutil

from vae.config import Config
from vae.errors import RunError
from vae.training import budget, flags, hold, lock, owner, runs
from vae.training.hold import Hold
from vae.training.runs import Run

DOOR = ".start.lock"  # whoever starts a run holds it: two who ask at once see each other
RESUME = "resume.safetensors"  # what a run can be continued from
UNTOLD = ("epochs ", "dataset ", "device ", "precision ", "batch size ")  # in the name of a run
PATIENCE = 30.0  # seconds until somebody who starts a run has done so
GRACE = 3.0  # seconds in which a training that is asked to stop may save where it is


def running() -> Run | None:
    """The run that is going on, if any: there is at most one for each `runs.root()`.

    One that stands still is not going on; the trials of a sweep, which run beside each other, are.
    Where there is room, the first in line is started.
    """
    found = runs.look().seen
    in_line = any(state.phase == "waiting" for _, state in found)
    if in_line and (not hold.is_taken(runs.root()) or not _going_on(found)):
        tend()
        found = runs.look().seen
    return _going_on(found)


def _going_on(found: list[runs.Seen]) -> Run | None:
    on = (run for run, state in found if not state.over and state.phase != "waiting")
    return next((run for run in on if not run.stands_still()), None)


def waiting() -> list[Run]:
    """The runs in line, the next one first."""
    line = [seen for seen in runs.look().seen if seen.state.phase == "waiting"]
    return [run for run, _ in sorted(line, key=lambda one: (one.state.ticket, one.run.name))]


def position(run: Run) -> int:
    """How many runs must end before it is this one's turn; 0 for one that is not in line."""
    line = waiting()
    return line.index(run) + 1 if run in line else 0


def start(config: Config, token: str = "") -> Run:
    """Start training in a process of its own, or stand in line while another run is trained.

    Args:
        token: of whoever asks; see `owner`.

    Raises:
        RunError: if the line is full, this asks for too much, or the disk refuses.
    """
    with _door():
        _advance()
        _check(config)
        run = runs.create(config)
        run.write_title(name(config))
        if token:
            owner.write(run, token)
        _stand_in_line(run)
        return run


def name(config: Config) -> str:
    """What a run is called until somebody calls it something else."""
    title, told = flags.say(config)
    known = [words for words in told if not words.startswith(UNTOLD)]
    return ", ".join([title, *known[:2], time.strftime("%-d %b %H:%M")])


def resume(run: Run) -> None:
    """Continue a run whose process is gone, at once or as soon as it is its turn.

    Raises:
        RunError: if there is nothing to continue, the line is full, or the disk refuses.
    """
    with _door():
        _advance()
        state = run.state()
        if not state.over:
            raise RunError(f"{run.title} is not over, so it cannot be continued.")
        if state.phase == "finished" or not (run.folder / RESUME).is_file():
            raise RunError(
                f"{run.title} has nothing to continue from: it is finished, ended before anything "
                "was kept, or is of an older version. Start again with its settings."
            )
        _check(run.config())
        (run.folder / "cancel").unlink(missing_ok=True)
        _stand_in_line(run)


def tend() -> None:
    """Let the first in line begin, if nothing is being trained; trouble stands in its directory."""
    with contextlib.suppress(OSError, RunError):
        handle = lock.take(runs.root() / DOOR, 0.0)  # or somebody else is doing it
        try:
            _advance()
        finally:
            os.close(handle)


@contextlib.contextmanager
def _door() -> Generator[None]:
    folder = runs.root()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = lock.take(folder / DOOR, PATIENCE)
        try:
            yield
        finally:
            os.close(handle)
    except OSError as error:
        raise RunError(
            f"No run can be started in {folder}: {error.strerror or error}. "
            "Make room there, or name another folder in LATENT_ATLAS_RUNS."
        ) from error


def _check(config: Config) -> None:
    if hold.is_taken(runs.root()) and len(waiting()) >= budget.limit("WAITING"):
        raise RunError(
            f"A training is going on, and {budget.limit('WAITING')} are in line already: "
            "wait until one is over."
        )
    if config.train.all_epochs > budget.limit("EPOCHS"):
        raise RunError(
            f"A run has at most {budget.limit('EPOCHS')} epochs here, those of the encoder alone "
            f"included; this one asks for {config.train.all_epochs}."
        )
    if (taken := budget.size(runs.root())) > budget.limit("BYTES"):
        raise RunError(
            f"The runs here have {taken:,} bytes, more than the {budget.limit('BYTES'):,} "
            "there is room for: delete one."
        )


def _stand_in_line(run: Run) -> None:
    tickets = [state.ticket for _, state in runs.look().seen if state.phase == "waiting"]
    epochs = run.config().train.all_epochs
    run.write_state(
        phase="waiting",
        ticket=1 + max(tickets, default=0),
        started=time.time(),
        epochs=epochs,
        message="",
    )
    _advance()


def _advance() -> None:
    """Start the first in line, unless a run is being trained."""
    place = runs.root()
    for run in waiting():
        if hold.is_taken(place) and not hold.take_away(place):
            return
        try:
            _spawn(run)
            return
        except BlockingIOError:
            return
        except (OSError, RunError) as error:
            words = getattr(error, "strerror", None) or str(error)
            run.write_state(phase="failed", message=f"It could not be started: {words}")


def _spawn(run: Run) -> None:
    # The process reads what to train in the run's own settings; nothing is said twice.
    held = Hold(run.folder, run.alone)
    try:
        again = (run.folder / RESUME).is_file()
        run.write_state(phase="starting", started=time.time(), pid=0)
        with run.log.open("ab" if again else "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "vae", "train", "--run", str(run.folder)]
                + ["--resume"] * again,
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the server's terminal is not meant for it
                pass_fds=held.handles.values() if lock.fcntl else (),
                env=_environment() | held.words(),
            )
        held.sign(process.pid)
        run.write_state(pid=process.pid)
    finally:
        held.give()  # the process has them now, and so there was no moment without
    # Somebody has to collect the exit status, or the process stays behind as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    with contextlib.suppress(psutil.Error):
        psutil.Process(process.pid).nice(10)  # the people on the map go first


def _environment() -> dict[str, str]:
    return {"OMP_NUM_THREADS": threads(), **os.environ, "PYTHONUNBUFFERED": "1"}


def threads() -> str:
    """How many processors the training takes: all but one, which is for the visitors.

    Threads that wait for each other on processors they have to share wait very long: on two cores
    with one other busy process, an epoch of MNIST took 32 s on two threads and 4 s on one.
    """
    return str(max(1, (os.cpu_count() or 2) - 1))


def stop(run: Run, patience: float = 10.0) -> None:
    """End a run, keeping its last finished epoch; one in line leaves it.

    Files are replaced whole, so the process may be ended at any moment; one that does not listen
    within `patience` seconds is killed.

    Raises:
        RunError: if the run cannot be read, or the disk refuses.
    """
    with _door():
        state = run.state()
        if state.phase == "waiting":
            run.write_state(phase="stopped", message=runs.kept("Taken out of the line.", state))
        if state.over or state.phase == "waiting":
            return
    run.ask_to_stop()
    _end(run, patience)
    tend()


def _end(run: Run, patience: float) -> None:
    pid = hold.pid(run.folder)
    with contextlib.suppress(psutil.NoSuchProcess, ValueError):
        process = psutil.Process(pid) if pid else None
        if process and not run.stands_still():
            with contextlib.suppress(psutil.TimeoutExpired):
                # Between two steps it sees that it is to stop, and saves the very step.
                process.wait(GRACE if run.state().phase == "training" else 0)
                return
            process.terminate()
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(patience)
                return
        if process:
            process.kill()
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(patience)


def may_change(run: Run, token: str) -> bool:
    """Whether whoever has the token may stop, change, rename or delete a run; see `owner`."""
    return owner.may_change(run, token)
