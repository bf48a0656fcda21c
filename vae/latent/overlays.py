"""What is drawn over the plane under the points: a scalar field, or the regions of the classes."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.latent.atlas import Atlas, axis
from vae.latent.density import density
from vae.latent.fields import stretch, uncertainty
from vae.latent.neighbours import Neighbours
from vae.model import VAE

FieldName = Literal["density", "uncertainty", "stretch"]
SIZE = 128  # points along each side
REGIONS_SIZE = 256
ENDS = (0.01, 0.99)  # quantiles of its values, between which a field is shaded


class ScalarField(NamedTuple):
    """A number at each point of a grid."""

    x: NDArray[np.float32]  # (W,) increasing z1 of the columns
    y: NDArray[np.float32]  # (H,) increasing z2 of the rows
    values: NDArray[np.float32]  # (H, W)
    low: float  # quantile 0.01 of the values, where the shading begins
    high: float  # quantile 0.99, where it ends


class Regions(NamedTuple):
    """The k-nearest-neighbour class at each point of a grid, and the share of its voters."""

    x: NDArray[np.float32]  # (W,)
    y: NDArray[np.float32]  # (H,)
    classes: NDArray[np.uint8]  # (H, W)
    shares: NDArray[np.float32]  # (H, W), 0..1
    purity: float  # the mean of that share at the encoded images themselves


def field(
    name: FieldName, model: VAE, encoded: Tensor, atlas: Atlas, size: int = SIZE
) -> ScalarField:
    """A field over the whole atlas.

    Args:
        encoded: (N, 2) means of the test set.

    Returns:
        density: share of the encoded images per unit of area; uncertainty: nats per pixel;
        stretch: area of images per area of the plane.
    """
    x, y = lines(atlas, size)
    if name == "density":
        values = density(encoded.numpy(), x, y)
    else:
        measure = {"uncertainty": uncertainty, "stretch": stretch}[name]
        values = measure(model, grid(x, y)).reshape(size, size).numpy()
    low, high = (float(end) for end in np.quantile(values, ENDS))
    return ScalarField(x, y, values, low, high)


def regions(
    neighbours: Neighbours, encoded: Tensor, atlas: Atlas, size: int = REGIONS_SIZE
) -> Regions:
    """The class regions over the whole atlas.

    Args:
        encoded: (N, 2) means of the test set.
        size: points along each side, evenly spaced: a class has borders wherever it lies.
    """
    x, y = (
        np.linspace(along[0], along[-1], size, dtype=np.float32) for along in (atlas.x, atlas.y)
    )
    classes, shares = neighbours.winners(grid(x, y))
    _, purity = neighbours.winners(encoded)
    return Regions(
        x,
        y,
        classes.reshape(size, size).astype(np.uint8),
        shares.reshape(size, size).astype(np.float32),
        float(purity.mean()),
    )


def lines(atlas: Atlas, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Grid lines over the extent of the atlas: (size,) of z1 and of z2."""
    return axis(size, *atlas.x[[0, -1]].tolist()), axis(size, *atlas.y[[0, -1]].tolist())


def grid(x: NDArray[np.float32], y: NDArray[np.float32]) -> Tensor:
    """(H·W, 2) All crossings, row by row along z2."""
    return torch.from_numpy(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
