"""Where the islands of the classes are on the map, and the middles in which their digits stand."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from pages.ui.explore.protocol import Place
from vae.latent.density import Floats, density, enclosing
from vae.latent.extent import Extent

Region = NDArray[np.bool_]

ISLANDS = 0.8  # share of a class inside the borders of its islands
LARGE = 0.05  # share of a class in an island that has a label
NECK = 0.1  # prior deviations: islands that are joined by less than twice this are two
HAND = 0.3  # prior deviations around the middle of the map, where the hand is at first
GRID = 200  # places along each side, evenly: closer than the density's kernel is wide


def class_islands(means: Tensor, labels: Tensor, extent: Extent) -> list[list[Place]]:
    """Where each class is at home: the parts of the map that hold most of it and mostly it.

    Args:
        means: (N, 2)
        labels: (N,)

    Returns:
        For each of ten classes the middles of its large islands, the largest first: the place of
        each that is farthest from the island's shore, and not under a hand at the middle of the
        map, as far as there is room. At least one for a class that has points at all.
    """
    points, classes = means.numpy(), labels.numpy()
    x, y = (np.linspace(*ends, GRID, dtype=np.float32) for ends in extent)
    own = [points[classes == label] for label in range(10)]
    heights = np.stack([_count(some, x, y) for some in own])  # (10, H, W) images per unit of area
    prevails = heights.argmax(0)
    return [
        _middles(some, height, prevails == label, x, y)
        for label, (some, height) in enumerate(zip(own, heights, strict=True))
    ]


def _count(points: Floats, x: Floats, y: Floats) -> Floats:
    return density(points, x, y) * len(points) if len(points) else np.zeros((len(y), len(x)), "f4")


def _middles(
    points: Floats, heights: Floats, prevails: Region, x: Floats, y: Floats
) -> list[Place]:
    """The middles of one class's islands; none where it has no points."""
    if not len(points):
        return []
    home = heights >= enclosing(points, ISLANDS) * len(points)
    step = (float(y[1] - y[0]), float(x[1] - x[0]))
    islands, count = _separate(home & prevails, step)
    if not count:  # it prevails nowhere
        islands, count = _separate(home, step)
    if not count:  # and is narrower than the grid
        return [(float(points[0, 0]), float(points[0, 1]))]
    sizes = ndimage.sum_labels(heights, islands, range(1, count + 1)) / heights.sum()
    room = np.minimum(_inland(islands > 0, step), _from_hand(x, y))
    order = [i for i in np.argsort(-sizes) if sizes[i] >= LARGE or i == sizes.argmax()]
    found = ndimage.maximum_position(room, islands, [i + 1 for i in order])
    return [(float(x[column]), float(y[row])) for row, column in found]


def _separate(region: Region, step: tuple[float, float]) -> tuple[NDArray[np.int32], int]:
    """Number the islands of a region from 1; a neck joins two less than it parts them."""
    cores = _inland(region, step) > NECK
    if not cores.any():
        cores = region
    numbers = np.zeros(region.shape, np.int32)
    count = int(cast(int, ndimage.label(cores, output=numbers)))
    nearest = ndimage.distance_transform_edt(
        numbers == 0, step, return_distances=False, return_indices=True
    )
    return np.where(region, numbers[tuple(cast(NDArray[np.int32], nearest))], 0), count


def _inland(region: Region, step: tuple[float, float]) -> NDArray[np.float64]:
    """How far each place of a region is from its shore; the map ends at one."""
    far = ndimage.distance_transform_edt(np.pad(region, 1), step)
    return cast(NDArray[np.float64], far)[1:-1, 1:-1]


def _from_hand(x: Floats, y: Floats) -> Floats:
    return np.maximum(np.hypot(x[None, :], y[:, None]) - HAND, 0)
