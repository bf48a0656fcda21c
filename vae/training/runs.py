"""The runs that there are: found, listed, made and removed."""

import contextlib
import itertools
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from vae.config import Config
from vae.errors import RunError
from vae.training.run import Run, root
from vae.training.state import OVER, Phase, RunState, kept

__all__ = ["OVER", "Look", "Phase", "Run", "RunState", "Seen", "Unreadable", "all_runs", "create"]
__all__ += ["find", "kept", "look", "remove", "root"]

MAX_ENTRIES = 20_000  # in the folder of runs, of which anything is known
MAX_RUNS = 2_000  # that are read, the last changed


class Seen(NamedTuple):
    """A run, and where it stood when it was looked at."""

    run: Run
    state: RunState


class Unreadable(NamedTuple):
    """A folder that should be a run, and is none."""

    name: str
    reason: str


class Look(NamedTuple):
    """What lies where runs are kept."""

    seen: list[Seen]  # the newest first
    unreadable: list[Unreadable]
    passed: int  # folders that were not looked at, because there are too many


Stamp = tuple[int, int, int]  # when a file was changed, which it is, its bytes


class Known(NamedTuple):
    """What was last read of a folder."""

    stamp: Stamp
    run: Run
    found: RunState | str  # or why there is none


_known: dict[str, Known] = {}  # by the path of the folder


def look() -> Look:
    """Every run, and every folder that should be one; what has not changed is not read again."""
    global _known
    stamped, passed = _stamps()
    known = {path: _read(path, stamp) for path, stamp in stamped}
    _known = known
    seen: list[Seen] = []
    unreadable: list[Unreadable] = []
    for _, run, found in known.values():
        if isinstance(found, str):
            unreadable.append(Unreadable(run.name, found))
        else:
            seen.append(Seen(run, found if found.over else run.judge(found)))
    seen.sort(key=lambda one: (one.state.started, one.run.name), reverse=True)
    return Look(seen, sorted(unreadable), passed)


def _stamps() -> tuple[list[tuple[str, Stamp]], int]:
    """The folders that have a state, each with its stamp, and how many more there are."""
    found: list[tuple[str, Stamp]] = []
    more = 0
    with contextlib.suppress(OSError), os.scandir(root()) as entries:
        for entry in itertools.islice(entries, MAX_ENTRIES):
            if not entry.name.startswith(".") and (stamp := _stamp(entry.path)):
                found.append((entry.path, stamp))
        more = sum(1 for _ in itertools.islice(entries, MAX_ENTRIES))
    if len(found) > MAX_RUNS:
        found.sort(key=lambda row: row[1], reverse=True)
        more += len(found) - MAX_RUNS
    return found[:MAX_RUNS], more


def _stamp(path: str) -> Stamp | None:
    try:
        at = os.lstat(f"{path}/state.json")
    except OSError:
        return None
    return at.st_mtime_ns, at.st_ino, at.st_size


def _read(path: str, stamp: Stamp) -> Known:
    before = _known.get(path)
    if before and before.stamp == stamp:
        return before
    run = Run(Path(path))
    try:
        if run.folder.is_symlink():
            raise RunError(f"{run.name} is a link: move the folder itself here.")
        return Known(stamp, run, run.written_state())
    except RunError as error:
        return Known(stamp, run, str(error))


def all_runs() -> list[Run]:
    """Every run that can be read, the newest first."""
    return [run for run, _ in look().seen]


def find(name: str) -> Run | None:
    """The run of a name, which is only looked up: no path is built from it."""
    return next((run for run in all_runs() if run.name == name), None)


def create(config: Config, stem: str = "") -> Run:
    """A new, empty run directory.

    Args:
        stem: what its name begins with; the data set and the time, if nothing else is said.

    Raises:
        RunError: if the disk refuses.
    """
    stem = stem or f"{config.train.dataset}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        for number in range(1, 1000):
            folder = root() / (stem if number == 1 else f"{stem}-{number}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir(parents=True)
                run = Run(folder)
                run.write_config(config)
                return run
    except OSError as error:
        raise RunError(
            f"No run can be kept in {root()}: {error.strerror or error}. "
            "Make room there, or name another folder in LATENT_ATLAS_RUNS."
        ) from error
    raise RunError(f"{root()} already has a thousand runs of this second.")


def remove(run: Run) -> None:
    """Delete a run that is over, with all that it has made.

    Raises:
        RunError: if it is not over, or the disk refuses.
    """
    if not run.state().over:
        raise RunError(f"{run.title} is not over: stop it first.")
    try:
        away = run.folder.with_name(f".deleted-{run.name}")
        run.folder.rename(away)  # at once for all who look
        shutil.rmtree(away)
    except OSError as error:
        raise RunError(f"{run.title} cannot be deleted: {error.strerror or error}.") from error
