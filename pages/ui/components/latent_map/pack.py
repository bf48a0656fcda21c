"""What is known of a checkpoint's plane, as it travels to the browser; plane.js reads it."""

import json
import math
import struct
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from pages.ui.explore.protocol import PRIOR_SHARES, Contour, Place, PlaneHeader
from vae.latent.density import Floats, contours, density, enclosing, prior_radius
from vae.latent.extent import Extent, around
from vae.nn.posterior import Posterior

ENCLOSED = (0.9, 0.5)  # shares of a class inside its contours
ISLANDS = 0.8  # share of a class inside the borders of its islands
LARGE = 0.05  # share of a class in an island that has a label
CONTOUR_GRID = 160  # places along each side, evenly: closer than the kernel is wide


def pack(name: str, encoded: Posterior, labels: Tensor) -> bytes:
    """A JSON header, the encoded points and their labels, in one piece.

    The layout: uint32 length of the header; the header, padded with spaces to a multiple of four
    bytes; N × 2 float32 means; N uint8 labels. Numbers are little-endian.

    Args:
        name: of the checkpoint.
        encoded: the test set, N images.
        labels: (N,)
    """
    means = encoded.mean
    extent = around(means)
    header: PlaneHeader = {
        "name": name,
        "x": extent.x,
        "y": extent.y,
        "points": len(labels),
        "islands": class_islands(means, labels, extent),
        "contours": class_contours(means, labels, extent),
        "prior": [(share, prior_radius(share)) for share in PRIOR_SHARES],
        "kl": encoded.kl_to_prior().mean().item() / math.log(2),
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    points = means.numpy().astype("<f4").tobytes()
    return struct.pack("<I", len(text)) + text + points + labels.numpy().tobytes()


def class_contours(means: Tensor, labels: Tensor, extent: Extent) -> list[Contour]:
    """Lines of equal density that enclose given shares of each class's encoded images.

    Args:
        means: (N, 2)
        labels: (N,)

    Returns:
        For each class and share its closed lines, each as x, y, x, y, … to a thousandth.
    """
    x, y = (np.linspace(*ends, CONTOUR_GRID, dtype=np.float32) for ends in extent)
    found: list[Contour] = []
    for label in sorted(set(labels.tolist())):
        here = means[labels == label].numpy()
        for share, found_lines in zip(ENCLOSED, contours(here, x, y, ENCLOSED), strict=True):
            rounded = [np.round(line.ravel().astype(float), 3).tolist() for line in found_lines]
            found.append({"label": label, "share": share, "lines": rounded})
    return found


def class_islands(means: Tensor, labels: Tensor, extent: Extent) -> list[list[Place]]:
    """Where the islands of each class are: the connected regions that hold most of it.

    Args:
        means: (N, 2)
        labels: (N,)

    Returns:
        For each of ten classes the places where its islands are densest, the largest island first.
    """
    x, y = (np.linspace(*ends, CONTOUR_GRID, dtype=np.float32) for ends in extent)
    points, classes = means.numpy(), labels.numpy()
    return [_islands(points[classes == label], x, y) for label in range(10)]


def _islands(points: Floats, x: Floats, y: Floats) -> list[Place]:
    """The modes of one class's islands; none where it has no points."""
    if not len(points):
        return []
    heights = density(points, x, y)
    found, count = _connected(heights >= enclosing(points, ISLANDS))
    if not count:  # narrower than the grid
        return [(float(points[0, 0]), float(points[0, 1]))]
    numbers = list(range(1, count + 1))
    sizes = ndimage.sum_labels(heights, found, numbers) / heights.sum()
    modes = ndimage.maximum_position(heights, found, numbers)
    order = [i for i in np.argsort(-sizes) if sizes[i] >= LARGE or i == sizes.argmax()]
    return [(float(x[modes[i][1]]), float(y[modes[i][0]])) for i in order]


def _connected(region: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """The connected parts of a region, numbered from 1, and how many there are."""
    parts = np.zeros(region.shape, np.int32)
    return parts, int(cast(int, ndimage.label(region, output=parts)))
