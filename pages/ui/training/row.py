"""One run as a line of the table of runs."""

from functools import lru_cache
from typing import Any

from vae.errors import RunError
from vae.training import flags, job, state
from vae.training.runs import Run, Seen, Unreadable

POINTS = 60  # of a sparkline
Row = dict[str, Any]


def of(seen: Seen) -> Row:
    """A run that can be read; what of it cannot be is said in its place."""
    run, said = seen
    try:
        recipe, changed = spell(run)
        history = run.history()
    except RunError as error:
        return {"Name": run.title, "State": describe(seen), "Settings": str(error)}
    elbos = [entry["held_elbo"] for entry in history]
    seconds = sum(entry["seconds"] for entry in history)
    return {
        "Name": run.title,
        "State": describe(seen),
        "ELBO": elbos[-1] if elbos else None,
        "ELBO by epoch": thinned(elbos) if len(elbos) > 1 else None,
        "Epochs": said.epoch,
        "Time": seconds if history else None,
        "Recipe": recipe,
        "Settings": changed,
    }


def of_unreadable(found: Unreadable) -> Row:
    """A folder that should be a run."""
    return {"Name": found.name, "State": "cannot be read", "Settings": found.reason}


def thinned(values: list[float]) -> list[float]:
    """At most so many of them, the first and the last among them."""
    if len(values) <= POINTS:
        return values
    last = len(values) - 1
    return [values[round(place * last / (POINTS - 1))] for place in range(POINTS)]


def describe(seen: Seen) -> str:
    """Where a run stands, in a few words."""
    run, said = seen
    words = {
        "waiting": "in line",
        "stopped": f"stopped after {said.epoch}",
        "failed": "failed",
    }.get(said.phase, said.phase)
    if said.phase == "waiting" and (place := job.position(run)):
        words = f"in line, number {place}"
    elif not said.over and run.stands_still():
        words = "stands still"
    elif said.paused and not said.over:
        words = "paused"
    if said.version < state.VERSION:
        words += " · of an older version"
    elif said.version > state.VERSION:
        words += " · of a newer version"
    return words


def spell(run: Run) -> tuple[str, str]:
    """The recipe from which a run's settings differ least, and how.

    Raises:
        RunError: if its settings cannot be read.
    """
    try:
        changed = run.settings.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _spell(run, changed)


@lru_cache(512)
def _spell(run: Run, changed: int) -> tuple[str, str]:
    title, told = flags.say(run.config())
    return title, " · ".join(told)
