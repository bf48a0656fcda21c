"""The trials of a sweep as its workers leave them for pages: one file, replaced whole.

Pages need neither Optuna nor its storage, which may be a database. What lies in the folder may come
from anybody, so each value is looked at.
"""

import json
import math
import os
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from vae.errors import RunError
from vae.files import write_atomically
from vae.training import runs

TrialState = Literal["waiting", "training", "finished", "pruned", "failed"]
MOST = 1_000  # trials of a sweep
LARGEST = 2_000_000  # bytes of its file
SHOWN = 50  # sweeps that are listed
WORDS = 500  # characters of a text in it


@dataclass(frozen=True)
class Trial:
    """One trial of a sweep."""

    number: int
    state: TrialState
    run: str  # the name of its run directory; empty before it has one
    elbo: float | None  # on the validation images after the last epoch, in nats per image
    epoch: int  # finished epochs
    settings: dict[str, float]  # what was searched; of several layers the first
    reason: str  # why it was pruned, or failed


@dataclass(frozen=True)
class Sweep:
    """All trials of a sweep."""

    name: str
    wanted: int  # trials in all
    epochs: int  # of each trial
    unit: str  # of the ELBO
    log: list[str]  # the settings that are searched evenly in logarithms
    trials: list[Trial]

    @property
    def best(self) -> Trial | None:
        """The finished trial with the highest ELBO, if any has finished."""
        done = [
            (trial.elbo, -trial.number, trial)
            for trial in self.trials
            if trial.state == "finished" and trial.elbo is not None
        ]
        return max(done, key=lambda row: row[:2])[2] if done else None


def folder(name: str) -> Path:
    """Where a sweep keeps what is its own; its trials are runs like any other."""
    return runs.root() / "sweeps" / name


def all_sweeps() -> dict[str, Path]:
    """Name -> file of trials: the latest sweeps, the newest first."""
    found: list[tuple[float, str, Path]] = []
    for path in (runs.root() / "sweeps").glob("*/trials.json"):
        try:
            found.append((path.stat().st_mtime, path.parent.name, path))
        except OSError:  # deleted meanwhile
            continue
    return {name: path for _, name, path in sorted(found, reverse=True)[:SHOWN]}


def write(sweep: Sweep) -> None:
    """Replace a sweep's file of trials."""
    there = folder(sweep.name)
    there.mkdir(parents=True, exist_ok=True)
    write_atomically(there / "trials.json", json.dumps(asdict(sweep)).encode())


def read(path: Path) -> Sweep:
    """A sweep's file of trials, whoever has written it.

    Raises:
        RunError: if it is not a regular file of a sensible size, or says anything else.
    """
    try:
        values: dict[str, Any] = json.loads(_bytes(path))
        _expect(values, Sweep)
        for each in values["trials"]:
            _expect(each, Trial)
        values["trials"] = [Trial(**each) for each in values["trials"]]
        return Sweep(**values)
    except (OSError, ValueError, RecursionError) as error:
        words = str(error)[:200]
        raise RunError(f"The sweep {path.parent.name[:60]} cannot be read: {words}") from error


def _bytes(path: Path) -> bytes:
    # Without O_NONBLOCK, opening a FIFO would wait for somebody to write into it.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("trials.json must be a file.")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"trials.json must have at most {LARGEST:,} bytes.")
    return content


def _expect(values: Any, kind: type[Sweep] | type[Trial]) -> None:
    checks = CHECKS[kind]
    if not isinstance(values, dict) or set(values) != set(checks):
        raise ValueError(f"expected {', '.join(checks)}, got {values!r:.60}.")
    for name, check in checks.items():
        if not check(values[name]):
            raise ValueError(f"{name} cannot be {values[name]!r:.60}.")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 1_000_000


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= WORDS


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e12


def _are_settings(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= 50
        and all(_is_text(name) and _is_number(one) for name, one in value.items())
    )


def _is_state(value: Any) -> bool:
    return isinstance(value, str) and value in get_args(TrialState)


def _is_figure(value: Any) -> bool:
    return value is None or _is_number(value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_trials(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 2 * MOST


CHECKS: dict[type[Sweep] | type[Trial], dict[str, Callable[[Any], bool]]] = {
    Sweep: {
        "name": _is_text,
        "wanted": _is_count,
        "epochs": _is_count,
        "unit": _is_text,
        "log": _are_names,
        "trials": _are_trials,
    },
    Trial: {
        "number": _is_count,
        "state": _is_state,
        "run": _is_text,
        "elbo": _is_figure,
        "epoch": _is_count,
        "settings": _are_settings,
        "reason": _is_text,
    },
}
