"""Loss, reconstruction and KL at each step, thinned as a run grows.

A point is the mean over as many steps as make the whole life of the run fit into `MOST` points.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.training.packed import Packed, pack

MOST = 1000  # points
NAMES = ("loss", "reconstruction", "kl")


class Curves:
    """The figures of all steps so far; those of the last few are still on the model's device."""

    def __init__(self) -> None:
        self.stride = 1  # steps in a point
        self.points = np.empty((0, 4))  # (K, 4) last step, loss, reconstruction, KL
        self._rest = np.empty((0, 4))  # fewer than a stride of steps
        self._waiting: list[Tensor] = []
        self._last = 0

    def add(self, step: int, figures: Tensor) -> None:
        """Take the figures (3,) of a step; nothing is computed yet."""
        self._waiting.append(figures)
        self._last = step

    def gather(self) -> NDArray[np.float64]:
        """All points, and what is left as one more: (K, 4) last step, loss, reconstruction, KL."""
        if self._waiting:
            figures = torch.stack(self._waiting).double().cpu().numpy()
            first = self._last - len(figures) + 1
            steps = np.arange(first, self._last + 1, dtype=np.float64)[:, None]
            self._waiting.clear()
            self._take(np.concatenate([steps, figures], 1))
        return self.points if not len(self._rest) else np.vstack([self.points, _mean(self._rest)])

    def _take(self, rows: NDArray[np.float64]) -> None:
        rows = np.concatenate([self._rest, rows])
        whole = len(rows) // self.stride * self.stride
        groups = rows[:whole].reshape(-1, self.stride, 4)
        self.points = np.concatenate([self.points, *[_mean(group)[None] for group in groups]])
        self._rest = rows[whole:]
        while len(self.points) >= MOST:
            pairs = len(self.points) // 2 * 2
            odd = self.points[pairs:]
            self.points = np.stack([_mean(p) for p in self.points[:pairs].reshape(-1, 2, 4)])
            # A point without a partner goes back to the rest, as steps of the old stride.
            self._rest = np.concatenate([np.repeat(odd, self.stride, 0), self._rest])
            self.stride *= 2

    def latest(self) -> dict[str, float] | None:
        """The mean figures of the last steps."""
        found = self.gather()
        if not len(found) or not np.isfinite(found[-1]).all():
            return None
        return dict(zip(NAMES, np.round(found[-1, 1:], 3).tolist(), strict=True))

    def pack(self, said: dict[str, Any]) -> bytes:
        """The points for a browser, with what else is said of the run."""
        found = self.gather()
        columns = {name: found[:, i + 1].astype("f4") for i, name in enumerate(NAMES)}
        header = {**said, "stride": self.stride}
        return pack(header, {"step": found[:, 0].astype("u4"), **columns})

    def restore(self, packed: Packed, step: int) -> None:
        """Take up curves that were packed, up to a step."""
        rows = np.stack([packed.parts[name].astype(float) for name in ("step", *NAMES)], 1)
        self.points = rows[rows[:, 0] <= step]
        self.stride = int(packed.header["stride"])


def _mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean figures of some steps, under the number of the last."""
    return np.concatenate([rows[-1:, 0], rows[:, 1:].mean(0)])
