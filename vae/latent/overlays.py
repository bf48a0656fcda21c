"""What is drawn over the plane under the points: a scalar field, or the regions of the classes."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vae.latent.density import density
from vae.latent.extent import Extent, crossings, lines
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
    name: FieldName, model: VAE, encoded: Tensor, extent: Extent, size: int = SIZE
) -> ScalarField:
    """A field over the whole map.

    Args:
        encoded: (N, 2) means of the test set.

    Returns:
        density: share of the encoded images per unit of area; uncertainty: nats per pixel;
        stretch: area of images per area of the plane.
    """
    x, y = lines(extent, size)
    if name == "density":
        values = density(encoded.numpy(), x, y)
    else:
        measure = {"uncertainty": uncertainty, "stretch": stretch}[name]
        values = measure(model, crossings(x, y)).reshape(size, size).numpy()
    low, high = (float(end) for end in np.quantile(values, ENDS))
    return ScalarField(x, y, values, low, high)


def regions(
    neighbours: Neighbours, encoded: Tensor, extent: Extent, size: int = REGIONS_SIZE
) -> Regions:
    """The class regions over the whole map.

    Args:
        encoded: (N, 2) means of the test set.
        size: points along each side, evenly spaced: a class has borders wherever it lies.
    """
    x, y = (np.linspace(*ends, size, dtype=np.float32) for ends in extent)
    classes, shares = neighbours.winners(crossings(x, y))
    _, purity = neighbours.winners(encoded)
    return Regions(
        x,
        y,
        classes.reshape(size, size).astype(np.uint8),
        shares.reshape(size, size).astype(np.float32),
        float(purity.mean()),
    )
