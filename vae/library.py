"""The checkpoints at hand, by name: the committed ones and those that trained runs have left.

A name that somebody typed, or that came in an address, is only ever looked up here; no path is
built from it.
"""

from pathlib import Path
from typing import NamedTuple

from vae.errors import CheckpointError
from vae.files import is_regular
from vae.recipes import DEFAULT as MAP
from vae.recipes import RECIPES
from vae.store.header import SUFFIX
from vae.training import runs

COMMITTED = Path(__file__).parents[1] / "checkpoints"
DEFAULT = "mnist"
# Committed under another name than their recipe has.
RENAMED: dict[str, str] = {DEFAULT: MAP, "mnist-exact": "exact"}
TRAINED = "Trained here"


class Told(NamedTuple):
    """How a checkpoint is told of to people: what it is called, among which, and a sentence."""

    title: str
    group: str
    words: str


def checkpoints() -> dict[str, Path]:
    """Name -> file: the committed ones in the order of the recipes; then runs, the newest first."""
    files = sorted(COMMITTED.glob(f"*{SUFFIX}"), key=lambda path: (_rank(path.stem), path))
    found = {path.stem: path for path in files}
    for run, state in runs.look().seen:
        if state.trained and is_regular(run.checkpoint):
            found.setdefault(run.name, run.checkpoint)
    return found


def tell(name: str) -> Told:
    """A checkpoint in words for people; a run of one's own keeps the name that it has."""
    known = RECIPES.get(RENAMED.get(name, name))
    if known is None or not (COMMITTED / f"{name}{SUFFIX}").is_file():
        run = runs.find(name)
        return Told(run.title if run else name, TRAINED, "")
    return Told(known.title, known.group, known.words)


def _rank(name: str) -> int:
    known = RENAMED.get(name, name)
    return list(RECIPES).index(known) if known in RECIPES else len(RECIPES)


def find(name: str) -> Path:
    """The file of a named checkpoint.

    Raises:
        CheckpointError: if there is none of that name.
    """
    known = checkpoints()
    if name not in known:
        raise CheckpointError(
            f"There is no checkpoint named {name[:60]!r}. "
            + (f"There is {', '.join(list(known)[:10])}." if known else "Train one first.")
        )
    return known[name]
