"""The atlas as it travels to the browser, where atlas.js unpacks it."""

import json
import struct

import numpy as np
from torch import Tensor

from vae.atlas import Atlas

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


def pack(key: str, atlas: Atlas, means: Tensor, labels: Tensor) -> bytes:
    """A JSON header, the encoded points, their labels and the deflated images, in one piece.

    The layout: uint32 length of the header; the header, padded with spaces to a multiple of four
    bytes; N × 2 float32 means; N uint8 labels; the images as `Atlas.pack` gives them. Numbers are
    little-endian.

    Args:
        key: changes when anything else does.
        means: (N, 2) of the encoded test set.
        labels: (N,)
    """
    header = {
        "key": key,
        "x": atlas.x.tolist(),
        "y": atlas.y.tolist(),
        "points": len(labels),
        "colours": CLASS_COLOURS,
        "names": class_places(means, labels),
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    points = means.numpy().astype("<f4").tobytes()
    return struct.pack("<I", len(text)) + text + points + labels.numpy().tobytes() + atlas.pack()


def class_places(means: Tensor, labels: Tensor) -> list[list[float] | None]:
    """Where to write each class's digit: at its most central point, or nowhere.

    The point nearest to the median lies among its own kind even where the class is a crescent.
    """
    places: list[list[float] | None] = []
    for label in range(10):
        points = means[labels == label].numpy()
        if len(points) == 0:
            places.append(None)
            continue
        distance = np.linalg.norm(points - np.median(points, axis=0), axis=1)
        places.append(points[distance.argmin()].tolist())
    return places
