"""The learnt manifold as a figure: points of a regular grid, to be decoded side by side."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from torch import Tensor

MOST = 60  # images along each side


def grid(
    n: int, x: tuple[float, float], y: tuple[float, float], percentiles: bool = False
) -> Tensor:
    """The middles of n × n equal cells of a rectangle.

    Args:
        n: cells along each side, 1..60.
        x: from left to right, in prior deviations.
        y: from bottom to top.
        percentiles: the rectangle and its cells are in percentiles Φ(z), 0..1, so that all cells
            are equally likely under the prior if the rectangle is the whole square.

    Returns:
        (n · n, 2) in prior deviations, row by row from the top: the largest z2 first.

    Raises:
        ValueError: if n or an extent is out of its bounds.

    Source: Kingma & Welling 2014, arXiv:1312.6114, figure 4.
    """
    if not 1 <= n <= MOST:
        raise ValueError(f"n must be 1 to {MOST}, got {n}")
    across, up = (_middles(n, *extent, percentiles) for extent in (x, y))
    rectangle = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)
    return torch.from_numpy(ndtri(rectangle) if percentiles else rectangle).float()


def _middles(n: int, low: float, high: float, percentiles: bool) -> NDArray[np.float64]:
    bounds = (0.0, 1.0) if percentiles else (-np.inf, np.inf)
    if not (bounds[0] <= low < high <= bounds[1] and np.isfinite(high - low)):
        raise ValueError(
            f"an extent must be (low, high) with low < high"
            f"{', both 0 to 1' if percentiles else ''}, got ({low}, {high})"
        )
    return low + (high - low) * (np.arange(n) + 0.5) / n
