"""The atlas as it travels to the browser, where atlas.js unpacks it."""

import json
import struct
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from torch import Tensor

from vae.latent.atlas import Atlas
from vae.latent.density import contours, prior_radius

# petroff10: the smallest colour difference between any two is 11.9 (CIEDE2000) under every type of
# colour vision. Source: Petroff 2021, arXiv:2107.02270.
CLASS_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)

ENCLOSED = (0.9, 0.5)  # shares of a class inside its contours
PRIOR = (0.5, 0.9, 0.99)  # shares of the prior inside its rings
CONTOUR_GRID = 160  # places along each side, evenly: closer than the kernel is wide


def pack(name: str, key: str, atlas: Atlas, means: Tensor, labels: Tensor, kl: float) -> bytes:
    """A JSON header, the encoded points, their labels and the deflated images, in one piece.

    The layout: uint32 length of the header; the header, padded with spaces to a multiple of four
    bytes; N × 2 float32 means; N uint8 labels; the images as `Atlas.pack` gives them. Numbers are
    little-endian.

    Args:
        name: of the checkpoint.
        key: changes when anything else does.
        means: (N, 2) of the encoded test set.
        labels: (N,)
        kl: what the encoder spends on the place of an average test image, bits.
    """
    header = {
        "key": key,
        "name": name,
        "x": atlas.x.tolist(),
        "y": atlas.y.tolist(),
        "points": len(labels),
        "colours": CLASS_COLOURS,
        "names": class_places(means, labels),
        "contours": class_contours(means, labels, atlas),
        "prior": [(share, prior_radius(share)) for share in PRIOR],
        "kl": kl,
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    points = means.numpy().astype("<f4").tobytes()
    return struct.pack("<I", len(text)) + text + points + labels.numpy().tobytes() + atlas.pack()


def class_contours(means: Tensor, labels: Tensor, atlas: Atlas) -> list[dict[str, Any]]:
    """Lines of equal density that enclose given shares of each class's encoded images.

    Args:
        means: (N, 2)
        labels: (N,)

    Returns:
        For each class and share its closed lines, each as x, y, x, y, … to a thousandth.
    """
    x, y = (np.linspace(line[0], line[-1], CONTOUR_GRID) for line in (atlas.x, atlas.y))
    found = []
    for label in sorted(set(labels.tolist())):
        here = means[labels == label].numpy()
        for share, found_lines in zip(ENCLOSED, contours(here, x, y, ENCLOSED), strict=True):
            rounded = [np.round(line.ravel().astype(float), 3).tolist() for line in found_lines]
            found.append({"label": label, "share": share, "lines": rounded})
    return found


def class_places(means: Tensor, labels: Tensor, cells: int = 48) -> list[list[float] | None]:
    """Where to write each class's digit: where it is both dense and pure, or nowhere.

    Args:
        means: (N, 2)
        labels: (N,)
        cells: the plane is counted on a grid of cells × cells.
    """
    points, classes = means.numpy(), labels.numpy()
    low, high = np.quantile(points, (0.005, 0.995), axis=0)
    place = np.clip(((points - low) / (high - low + 1e-9) * cells).astype(int), 0, cells - 1)
    counts = np.zeros((10, cells, cells))
    np.add.at(counts, (classes, place[:, 0], place[:, 1]), 1)
    counts = gaussian_filter(counts, (0, 1, 1))
    merit = counts**2 / (counts.sum(0) + 1e-9)  # how many, times how pure
    places: list[list[float] | None] = []
    for label in range(10):
        column, row = np.unravel_index(merit[label].argmax(), (cells, cells))
        here = points[classes == label]
        middle = low + (np.array([column, row]) + 0.5) / cells * (high - low)
        nearest = here[np.linalg.norm(here - middle, axis=1).argmin()] if len(here) else None
        places.append(None if nearest is None else nearest.tolist())
    return places
