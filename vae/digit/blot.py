"""Ink that is no digit, whoever looks at it: a blot has no strokes.

Nothing else is judged here. Whether strokes make a digit, the model says by what they cost.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from vae.errors import ImageError

Floats: TypeAlias = NDArray[np.floating]

SIDE = 112  # pixels, at which the ink is measured
# Widths of the largest disc that fits into the ink, in lengths of the ink. The broadest of MNIST's
# test digits has 0.58, a thousandth of them over 0.47; a stroke of a marker on a note has 0.33.
BLOT, NEARLY = 0.65, 0.42
FULL = 0.93  # of what the ink surrounds, where strokes leave hardly any paper

NOTE = "There is hardly any paper between its strokes: this may be a blot."


def note(level: Floats) -> str:
    """A sentence for the person whose ink is nearly a blot; none for any other.

    Args:
        level: (height, width), 0 paper .. 1 ink.

    Raises:
        ImageError: if it is one.
    """
    solid = _shape(level)
    widest = 2 * float(np.asarray(ndimage.distance_transform_edt(solid)).max()) / max(solid.shape)
    if widest > BLOT:
        raise ImageError(
            "The ink on this picture is one blot without strokes. Draw or photograph one digit, "
            "with a pen that is finer than the digit is wide."
        )
    return NOTE if widest > NEARLY and _fullness(solid) > FULL else ""


def _shape(level: Floats) -> NDArray[np.bool_]:
    """Where the ink is, SIDE pixels long, with paper around it."""
    rows, columns = (np.flatnonzero((level > 0.25 * level.max()).any(axis)) for axis in (1, 0))
    inked = level[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = SIDE / max(inked.shape)
    size = max(1, round(inked.shape[1] * scale)), max(1, round(inked.shape[0] * scale))
    image = np.asarray(Image.fromarray(inked).resize(size, Image.Resampling.BICUBIC))
    return np.pad(image > 0.5 * image.max(), 1)


def _fullness(solid: NDArray[np.bool_]) -> float:
    """The share of ink among the pixels that have ink left, right, above and below of them."""
    inside = np.ones_like(solid)
    for turn in range(4):
        beyond = np.logical_or.accumulate(np.rot90(solid, turn), axis=0)
        inside &= np.rot90(beyond, -turn)
    return float(solid.sum() / inside.sum())
