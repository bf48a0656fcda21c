"""Moments of a run's life that are kept, for the time machine.

A model changes fastest when it is young: the moments are the closer, the earlier they are. There
are at most `MOST`, however long the run, and each has less than `LARGEST` bytes.
"""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np

from vae.files import write_atomically
from vae.training.packed import pack

MOST = 100
LARGEST = 200_000  # bytes
FARTHEST = 60_000.0  # standard deviations, which half precision still holds
EARLY = (8, 6, 4, 3, 2)  # two early moments are an eighth of the age apart, or more in a long run


def moments(steps: int) -> list[int]:
    """The steps of a run of so many whose models are kept; 0 is before the first."""
    found = (_moments(steps, share) for share in EARLY)
    return next(chosen for chosen in found if len(chosen) <= MOST)


def _moments(steps: int, share: int) -> list[int]:
    apart = max(1.0, steps / 40)
    found, now = {0}, 0.0
    while round(now) < steps:
        now = min(steps, now + max(1.0, min(apart, now / share)))
        found.add(round(now))
    return sorted(found)


def path_of(folder: Path, step: int) -> Path:
    """Where the snapshot of a step is kept."""
    return folder / "snapshots" / f"{step:09}.bin"


def steps_of(folder: Path) -> list[int]:
    """The steps of which there are snapshots, in order."""
    with contextlib.suppress(OSError):
        names = sorted(path.name for path in (folder / "snapshots").iterdir())
        found = [int(name[:9]) for name in names if len(name) == 13 and name[:9].isdecimal()]
        return found[: 2 * MOST]
    return []


def write(folder: Path, header: dict[str, Any], parts: dict[str, Any]) -> None:
    """Keep a snapshot.

    Args:
        header: with its `step`.
        parts: points (N, 2), reconstructions (8, S, S) uint8, and a grid's sheet of images.

    Raises:
        OSError: if the disk refuses.
    """
    points = np.clip(parts["points"], -FARTHEST, FARTHEST).astype(np.float16)
    content = pack(header, {**parts, "points": points})
    if len(content) <= LARGEST:
        path_of(folder, 0).parent.mkdir(exist_ok=True)
        write_atomically(path_of(folder, header["step"]), content)


def drop_after(folder: Path, step: int) -> None:
    """Remove snapshots of steps that will be taken again."""
    for found in steps_of(folder):
        if found > step:
            path_of(folder, found).unlink(missing_ok=True)
