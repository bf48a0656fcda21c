"""Kernel density of the encoded images on the plane, and its highest-density regions."""

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

BANDWIDTH = 0.1  # prior deviations: a class is about ten times as wide
CHUNK = 64  # points at a time: against 10,000 others 2.5 MB, which stay in the cache


def density(points: Floats, x: Floats, y: Floats, bandwidth: float = BANDWIDTH) -> Floats:
    """The Gaussian kernel density estimate of the points, at each crossing of two grid lines.

    The kernel is a Gaussian, which is one function of z1 times one of z2: the sum over all points
    is a matrix product.

    Args:
        points: (N, 2)
        x: (W,) z1 of the columns, at any distances.
        y: (H,) z2 of the rows.
        bandwidth: standard deviation of the kernel, in prior deviations.

    Returns:
        (H, W) share of the points per unit of area: it integrates to 1 over the plane.
    """
    across = _kernel(x[:, None] - points[:, 0], bandwidth)  # (W, N)
    up = _kernel(y[:, None] - points[:, 1], bandwidth)  # (H, N)
    return up @ across.T / np.float32(len(points))


def _kernel(distance: Floats, bandwidth: float) -> Floats:
    height = 1 / (bandwidth * math.sqrt(2 * math.pi))
    scaled = distance.astype(np.float32) / np.float32(bandwidth)
    return np.exp(-0.5 * scaled * scaled) * np.float32(height)


def enclosing(points: Floats, share: float, bandwidth: float = BANDWIDTH) -> float:
    """The level of a highest-density region: a share of the points lies at this density or above.

    Args:
        points: (N, 2)
        share: 0..1
        bandwidth: as for `density`.

    Source: Hyndman 1996, "Computing and graphing highest density regions", The American
    Statistician 50(2).
    """
    # The lower of two, so that no fewer than the share lie at or above it.
    return float(np.quantile(_at_themselves(points, bandwidth), 1 - share, method="lower"))


def _at_themselves(points: Floats, bandwidth: float) -> Floats:
    """(N,) The density at each of the points, its own kernel counted."""
    scaled = points.astype(np.float32) / np.float32(math.sqrt(2) * bandwidth)
    parts = [scaled[start : start + CHUNK] for start in range(0, len(scaled), CHUNK)]
    sums = np.concatenate([_sum_of_kernels(part, scaled) for part in parts])
    return sums / np.float32(2 * math.pi * bandwidth**2 * len(points))


def _sum_of_kernels(places: Floats, points: Floats) -> Floats:
    square = (places[:, None, 0] - points[:, 0]) ** 2
    square += (places[:, None, 1] - points[:, 1]) ** 2
    return np.exp(-square, out=square).sum(1)


def contours(
    points: Floats, x: Floats, y: Floats, shares: Iterable[float], bandwidth: float = BANDWIDTH
) -> list[list[Floats]]:
    """Contours of the highest-density regions that hold given shares of the points.

    Args:
        points: (N, 2)
        x: (W,) z1 of the columns on which the density is found, at any distances.
        y: (H,) z2 of the rows; between grid lines the density is taken to be linear.
        shares: each 0..1
        bandwidth: as for `density`.

    Returns:
        For each share a list of (K, 2) polylines. A line ends where it began, unless it runs off
        the grid.
    """
    generator = contour_generator(
        x, y, density(points, x, y, bandwidth), line_type=LineType.Separate
    )
    return [
        [np.asarray(line, np.float32) for line in generator.lines(level)]
        for level in (enclosing(points, share, bandwidth) for share in shares)
    ]


def prior_radius(share: float) -> float:
    """Radius of the circle about 0 that holds a share of the prior N(0, I).

    Args:
        share: 0 to just under 1.

    Returns:
        Prior deviations: r² is χ² with two degrees of freedom, which is exponential.
    """
    return math.sqrt(-2 * math.log1p(-share))
