"""What a drawing program puts around a drawing: title, tools, scroll bars, found and left out.

On a screenshot the area that is drawn on is one rectangle of one even level, and along its sides
there is nothing but that level. What has a rim like that, on most of the picture, is such an area;
a photo has too many levels, and strokes that reach the rim are not cut off.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats: TypeAlias = NDArray[np.floating]
Box: TypeAlias = tuple[slice, slice]

SMALLEST = 0.2  # of the picture: a smaller area is a form, or ruled paper
LEVELS = 3  # that are tried: what is drawn on, the bars, and what is between
EVEN = 8.0  # grey levels that a surface may vary by, as compression makes it
FILLED = 0.5  # of an area is its surface, the rest ink; of a drawn box, its line, it is less
CLEAR = 0.995  # of a rim: nothing crosses it
ROUND = 0.04  # of a side, at either end: windows have round corners
BARS = 2  # sides that have a bar; a stroke along one side may be a digit's


def areas(grey: Floats) -> list[Box]:
    """The areas of a screenshot that may be what is drawn on, the smallest first.

    Args:
        grey: (height, width), 0 black .. 255 white.
    """
    found = [box for level in _levels(grey) if (box := _area(grey, level))]
    return sorted(found, key=lambda box: grey[box].size)


def _levels(grey: Floats) -> Iterator[float]:
    """The most common levels, each well apart from those before it."""
    counts = np.bincount(grey.astype(np.int64).ravel(), minlength=256)
    reach = int(EVEN)
    for _ in range(LEVELS):
        crowd = int(np.convolve(counts, np.ones(2 * reach + 1), "same").argmax())
        # What is drawn on is even to a level or two: the peak, not the middle of its crowd.
        level = max(0, crowd - reach) + int(
            counts[max(0, crowd - reach) : crowd + reach + 1].argmax()
        )
        around = slice(max(0, level - reach), level + reach + 1)
        if counts[around].sum() < SMALLEST / 2 * grey.size:
            return
        yield float(level)
        counts[around] = 0


def _area(grey: Floats, level: float) -> Box | None:
    """The rectangle that the largest surface of a level fills, if bars surround it."""
    labels = np.zeros(grey.shape, np.int32)
    ndimage.label(np.abs(grey - level) <= EVEN, output=labels)
    surface = labels == np.bincount(labels[labels > 0]).argmax()
    box: Box = ndimage.find_objects(surface.astype(np.int8))[0]
    height, width = surface[box].shape
    if height * width < SMALLEST * grey.size or min(height, width) < 32:
        return None
    if surface[box].mean() < FILLED:
        return None
    margin = 2 + max(height, width) // 200  # the edge of a bar is soft
    inner = surface[box][margin:-margin, margin:-margin]
    if min(_clear(inner[0]), _clear(inner[-1]), _clear(inner[:, 0]), _clear(inner[:, -1])) < CLEAR:
        return None
    least = max(grey.shape) // 200 + 2
    rows, columns = box
    gaps = (rows.start, columns.start, grey.shape[0] - rows.stop, grey.shape[1] - columns.stop)
    if sum(gap > least for gap in gaps) < BARS:
        return None
    return (
        slice(rows.start + margin, rows.stop - margin),
        slice(columns.start + margin, columns.stop - margin),
    )


def _clear(rim: NDArray[np.bool_]) -> float:
    """The share of a side that is surface, but for its ends."""
    ends = int(ROUND * len(rim))
    return float(rim[ends : len(rim) - ends].mean())
