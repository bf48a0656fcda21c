"""How far the map reaches, and grids over it: where fields, paths and regions are computed."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from torch import Tensor

LEAST = 3.5  # prior deviations: worth a look even where no test digit lies
MARGIN = 1.04  # between the outermost point and the frame
STRETCH = 1.3  # a grid is laid in percentiles of N(0, 1.3²): close where the digits are


class Extent(NamedTuple):
    """A rectangle of the plane."""

    x: tuple[float, float]  # the least and the largest z1
    y: tuple[float, float]  # of z2

    def clip(self, z: tuple[float, float]) -> tuple[float, float]:
        """The place in it nearest to z."""
        x, y = (min(max(v, low), high) for v, (low, high) in zip(z, self, strict=True))
        return x, y


def around(encoded: Tensor) -> Extent:
    """The square that has every encoded point in it, a few deviations each way, and a margin.

    It is a square because the map's frame is: what is known of each place reaches the frame.

    Args:
        encoded: (N, 2) means of the test set.
    """
    lows, highs = encoded.min(0).values.tolist(), encoded.max(0).values.tolist()
    ends = [(min(low, -LEAST), max(high, LEAST)) for low, high in zip(lows, highs, strict=True)]
    half = MARGIN * max(high - low for low, high in ends) / 2
    x, y = ((middle - half, middle + half) for middle in ((low + high) / 2 for low, high in ends))
    return Extent(x, y)


def lines(extent: Extent, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Grid lines from end to end, closest in the middle of the prior.

    Returns:
        (size,) of z1 and of z2, strictly increasing.
    """
    x, y = (_lines(size, *ends) for ends in extent)
    return x, y


def _lines(size: int, low: float, high: float) -> NDArray[np.float32]:
    shares = np.linspace(ndtr(low / STRETCH), ndtr(high / STRETCH), size)
    return np.array([low, *(STRETCH * ndtri(shares[1:-1])), high], np.float32)


def crossings(x: NDArray[np.float32], y: NDArray[np.float32]) -> Tensor:
    """(H·W, 2) All crossings of grid lines, row by row along z2."""
    return torch.from_numpy(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
