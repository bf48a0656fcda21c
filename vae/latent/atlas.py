"""The atlas: a lookup table of the decoder on a grid, interpolated bilinearly by the browser.

In two latent dimensions a few thousand decoded images approximate the whole decoder: the image at
any point is interpolated from the four around it, at frame rate.
"""

import zlib
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from torch import Tensor

from vae.codec import decode
from vae.config import PIXELS
from vae.model import VAE

SIZES = (48, 64, 96, 112, 128, 144)
TOLERANCE = 0.5  # mean error of the preview on 0..255, at the encoded test points
MARGIN = 0.98  # of it, for points that were not asked
HEAVIEST = 4_000_000  # bytes: what a visitor is made to wait for
SHRINKING = 1.7  # the preview's error falls with this power of the size, or a little less
STRETCH = 1.3  # the grid is laid in percentiles of N(0, 1.3²): close where the digits are


class Atlas(NamedTuple):
    """Decoded images on a rectangular grid."""

    x: NDArray[np.float32]  # (N,) increasing z1 of the columns
    y: NDArray[np.float32]  # (N,) increasing z2 of the rows
    images: NDArray[np.uint8]  # (N, N, 784), first index along z2

    @property
    def size(self) -> int:
        """N: images along each side."""
        return len(self.x)

    def pack(self) -> bytes:
        """The images compressed for the browser: second differences over the grid, deflated.

        Each image is predicted from its left neighbour, and the residual from that of the row
        below, modulo 256. Pixels come first in the layout, so that what stays the same over the
        plane lies together. A quarter smaller than differences in one direction.
        """
        across = np.diff(self.images, axis=1, prepend=np.zeros_like(self.images[:, :1]))
        both = np.diff(across, axis=0, prepend=np.zeros_like(across[:1]))
        return zlib.compress(np.ascontiguousarray(both.transpose(2, 0, 1)).tobytes(), 6)


def build(model: VAE, encoded: Tensor, size: int | None = None) -> Atlas:
    """Decode a grid whose extent includes every encoded point.

    Args:
        encoded: (N, 2) means of the test set.
        size: images along each side; by default the smallest whose preview keeps within
            `TOLERANCE` of the decoder at the encoded points, or else the largest that is not
            heavier than `HEAVIEST`.
    """
    points = encoded.numpy()
    if size is not None:
        return _build(model, points, size)
    # One point in five tells well enough.
    some = encoded[::5] if len(encoded) > 5000 else encoded
    atlas = _build(model, points, SIZES[0])
    error = preview_error(model, atlas, some) / (MARGIN * TOLERANCE)
    if error <= 1:
        return atlas
    for finer in SIZES[1:]:
        if error * (SIZES[0] / finer) ** SHRINKING > 1:
            continue  # it cannot be close enough: no need to decode it
        atlas = _build(model, points, finer)
        if preview_error(model, atlas, some) <= MARGIN * TOLERANCE:
            break
    else:
        return _finest_light(model, points)
    return atlas if _light(atlas) else _finest_light(model, points)


def _light(atlas: Atlas) -> bool:
    return len(atlas.pack()) <= HEAVIEST


def _finest_light(model: VAE, points: NDArray[np.float32]) -> Atlas:
    finest_first = (_build(model, points, size) for size in reversed(SIZES))
    return next(atlas for atlas in finest_first if _light(atlas) or atlas.size == SIZES[0])


def _build(model: VAE, points: NDArray[np.float32], size: int) -> Atlas:
    x, y = (axis(size, *extent) for extent in zip(points.min(0), points.max(0), strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)  # (N·N, 2), rows along z2
    images = decode(model, torch.from_numpy(grid)).numpy()
    return Atlas(x, y, images.reshape(size, size, PIXELS))


def axis(size: int, low: float, high: float) -> NDArray[np.float32]:
    """Grid lines in stretched percentiles of the prior, with the ends at the last encoded point.

    Returns:
        (size,) strictly increasing.
    """
    lines = STRETCH * ndtri((np.arange(size) + 0.5) / size)
    # The plane is worth a look to three standard deviations even where no test digit lies.
    lines[0] = min(low, lines[0], -3.0)
    lines[-1] = max(high, lines[-1], 3.0)
    return lines.astype(np.float32)


def preview(atlas: Atlas, z: NDArray[np.float32]) -> NDArray[np.float32]:
    """The bilinear interpolation of the atlas at each point: what the browser paints.

    Args:
        z: (N, 2); points beyond the atlas take the image at its edge.

    Returns:
        (N, 784) on 0..255.
    """
    column, right = _locate(atlas.x, z[:, 0])
    row, up = _locate(atlas.y, z[:, 1])
    images = atlas.images
    below = images[row, column] * (1 - right) + images[row, column + 1] * right
    above = images[row + 1, column] * (1 - right) + images[row + 1, column + 1] * right
    return (below * (1 - up) + above * up).astype(np.float32)


def _locate(
    lines: NDArray[np.float32], position: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The grid line at or before each position, and how far along to the next: (N,), (N, 1)."""
    position = np.clip(position, lines[0], lines[-1])
    index = np.clip(np.searchsorted(lines, position, side="right") - 1, 0, len(lines) - 2)
    part = (position - lines[index]) / (lines[index + 1] - lines[index])
    return index, part[:, None].astype(np.float32)


def preview_error(model: VAE, atlas: Atlas, z: Tensor) -> float:
    """Mean absolute difference between preview and decoder at given points, on 0..255.

    Args:
        z: (N, 2)
    """
    exact = decode(model, z).flatten(1).numpy()
    return float(np.abs(preview(atlas, z.numpy()) - exact).mean())
