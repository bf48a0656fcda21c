"""The life of a run in one file: what the time machine shows without the run.

    digits, curves    as in the run's live/
    000001234         a snapshot, by its step

`python -m benchmarks.timelines` made the committed ones.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae.errors import RunError
from vae.training import snapshots
from vae.training.packed import pack, unpack

COMMITTED = Path(__file__).parents[2] / "checkpoints"
SUFFIX = ".timeline"


class Timeline(NamedTuple):
    """A life: each part as the run had it in a file."""

    digits: bytes
    curves: bytes
    snapshots: dict[int, bytes]  # by step, in order

    def pack(self) -> bytes:
        """The bytes of the one file."""
        parts = {"digits": self.digits, "curves": self.curves}
        parts |= {f"{step:09}": content for step, content in self.snapshots.items()}
        return pack({}, {name: np.frombuffer(part, np.uint8) for name, part in parts.items()})


def read(folder: Path, most: int = snapshots.MOST) -> Timeline:
    """The life of a run, from its directory.

    Args:
        most: snapshots; of more, some are left out evenly.

    Raises:
        OSError: if it has none.
    """
    steps = snapshots.steps_of(folder)
    if len(steps) > most:
        steps = [steps[round(i)] for i in np.linspace(0, len(steps) - 1, most)]
    live = folder / "live"
    kept = {step: snapshots.path_of(folder, step).read_bytes() for step in steps}
    return Timeline((live / "digits.bin").read_bytes(), (live / "curves.bin").read_bytes(), kept)


def names() -> list[str]:
    """The committed lives."""
    return sorted(path.stem for path in COMMITTED.glob(f"*{SUFFIX}"))


@cache
def find(name: str) -> Timeline:
    """A committed life, by its name.

    Raises:
        RunError: if there is none of that name, or its file is damaged.
    """
    if name not in names():
        raise RunError(f"There is no recorded run {name!r:.60}.")
    path = COMMITTED / f"{name}{SUFFIX}"
    try:
        parts = unpack(path.read_bytes()).parts
        lives = {int(key): part.tobytes() for key, part in parts.items() if key.isdecimal()}
        return Timeline(parts["digits"].tobytes(), parts["curves"].tobytes(), lives)
    except (OSError, KeyError, ValueError) as error:
        raise RunError(f"The recorded run {name} cannot be read: {error}.") from error
