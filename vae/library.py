"""The checkpoints at hand, by name: the committed ones and those that trained runs have left.

A name that somebody typed, or that came in an address, is only ever looked up here; no path is
built from it.
"""

from pathlib import Path

from vae.errors import CheckpointError
from vae.store.header import SUFFIX
from vae.training import runs

COMMITTED = Path(__file__).parents[1] / "checkpoints"
DEFAULT = "mnist"


def checkpoints() -> dict[str, Path]:
    """Name -> file: the committed ones, the default first; then runs, the newest first."""
    files = sorted(COMMITTED.glob(f"*{SUFFIX}"), key=lambda path: (path.stem != DEFAULT, path))
    found = {path.stem: path for path in files}
    for run in runs.all_runs():
        if run.state().trained and run.checkpoint.is_file():
            found.setdefault(run.name, run.checkpoint)
    return found


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
