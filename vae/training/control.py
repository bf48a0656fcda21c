"""What visitors ask of a training while it runs, and what has been changed in it.

    requests/         one file for each thing asked, removed once it has been done
    changes.jsonl     the settings that were changed, each with the step before which it was

A change takes effect before a step and is kept with its number, so a run that is taken up again
makes it again there.
"""

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from vae.files import read_regular, write_atomically

Wish = Literal["pause", "continue", "epoch", "batch", "set"]
Changeable = Literal["learning_rate", "beta"]
LARGEST = 1000  # bytes of one request
MOST = 100  # requests that may wait
ALL_CHANGES = 1_000_000  # bytes of changes.jsonl


@dataclass(frozen=True)
class Request:
    """One thing asked for; `set` names a setting and its new value."""

    what: Wish
    name: Changeable | None = None
    value: float | None = None


@dataclass(frozen=True)
class Change:
    """A setting that was changed while a run went on."""

    step: int  # steps taken before
    name: Changeable
    old: float
    new: float


def ask(
    folder: Path, what: Wish, name: Changeable | None = None, value: float | None = None
) -> None:
    """Ask something of the training in a run directory; it is done before its next step.

    Raises:
        OSError: if the disk refuses.
    """
    request = {
        key: part for key, part in asdict(Request(what, name, value)).items() if part is not None
    }
    path = folder / "requests" / f"{time.time_ns():020}-{os.getpid()}.json"
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, json.dumps(request).encode())


def take(folder: Path) -> list[Request]:
    """What has been asked, in order; it is not asked any more."""
    found: list[Request] = []
    with contextlib.suppress(FileNotFoundError):
        for path in sorted((folder / "requests").glob("*.json"))[:MOST]:
            if request := _read(path):
                found.append(request)
            with contextlib.suppress(OSError):
                path.unlink()
    return found


def _read(path: Path) -> Request | None:
    try:
        request = Request(**json.loads(read_regular(path, LARGEST)))
    except (OSError, TypeError, ValueError, RecursionError):
        return None
    sets = request.what == "set"
    numeric = isinstance(request.value, int | float) and not isinstance(request.value, bool)
    named = request.name in get_args(Changeable)
    fits = named and numeric if sets else request.name is None and request.value is None
    return request if request.what in get_args(Wish) and fits else None


def changes(folder: Path) -> list[Change]:
    """What was changed in the life of a run, in order; lines that are damaged are left out."""
    with contextlib.suppress(OSError):
        text = read_regular(folder / "changes.jsonl", ALL_CHANGES).decode("utf-8", "replace")
        return [change for line in text.splitlines()[-1000:] if (change := _change(line))]
    return []


def _change(line: str) -> Change | None:
    try:
        change = Change(**json.loads(line))
    except (TypeError, ValueError, RecursionError):
        return None
    numbers: list[Any] = [change.step, change.old, change.new]
    fits = all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
    return change if fits and change.name in get_args(Changeable) else None


def keep(folder: Path, made: list[Change]) -> None:
    """Keep the changes of a run, on the disk before the last one takes effect.

    Raises:
        OSError: if the disk refuses.
    """
    lines = "".join(json.dumps(asdict(change)) + "\n" for change in made)
    write_atomically(folder / "changes.jsonl", lines.encode())
