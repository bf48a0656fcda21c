"""What is known of a checkpoint's plane, as it travels to the browser; plane.js reads it."""

import json
import math
import struct

import numpy as np
from torch import Tensor

from pages.ui.components.latent_map.islands import class_islands
from pages.ui.explore.protocol import PRIOR_SHARES, Contour, PlaneHeader
from vae.latent.density import contours, prior_radius
from vae.latent.extent import Extent, around
from vae.nn.posterior import Posterior

ENCLOSED = (0.9, 0.5)  # shares of a class inside its contours
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
