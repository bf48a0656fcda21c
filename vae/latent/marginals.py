"""How encoded images are spread along each axis of the plane, to be held against the prior."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

BINS = 61
LEAST = 3.5  # prior deviations that are looked at on either side; 0.05 % of the prior lie beyond
MOST = 12.0
KEPT = 0.999  # of the images are within, unless they lie very far out


class Marginals(NamedTuple):
    """A histogram along each axis, with the same bins."""

    middles: NDArray[np.float64]  # (BINS,) of the bins, prior deviations
    densities: NDArray[np.float64]  # (2, BINS) shares of all images per prior deviation
    outside: NDArray[np.float64]  # (2,) shares that lie beyond the bins


def marginals(means: Tensor) -> Marginals:
    """The histograms of z1 and of z2.

    Args:
        means: (N, 2) where images are encoded.
    """
    points = means.cpu().double().numpy()
    end = float(np.clip(np.quantile(np.abs(points), KEPT), LEAST, MOST))
    edges = np.linspace(-end, end, BINS + 1)
    counts = np.stack([np.histogram(column, edges)[0] for column in points.T])  # (2, BINS)
    return Marginals(
        (edges[1:] + edges[:-1]) / 2,
        counts / (len(points) * (edges[1] - edges[0])),
        1 - counts.sum(1) / len(points),
    )


def prior(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The density of the prior along an axis: that of the standard normal distribution."""
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
