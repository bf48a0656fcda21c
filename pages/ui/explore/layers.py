"""Layers of the map, ready to travel."""

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pages.ui.explore.protocol import LayerResult
from vae.latent import overlays
from vae.latent.extent import Extent
from vae.latent.neighbours import Neighbours
from vae.latent.overlays import FieldName
from vae.model import VAE


def field(
    name: FieldName,
    model: VAE,
    encoded: Tensor,
    extent: Extent,
    short: bool = False,
) -> LayerResult:
    """A field, as its grid lines and its values.

    Args:
        short: write values to a thousandth of each, which gzip makes half as long; other
            arguments as for `overlays.field`.
    """
    found = overlays.field(name, model, encoded, extent)
    return {
        "x": text(found.x),
        "y": text(found.y),
        "values": text(_short(found.values) if short else found.values),
        "low": found.low,
        "high": found.high,
    }


def regions(neighbours: Neighbours, encoded: Tensor, extent: Extent) -> LayerResult:
    """The regions of the classes; arguments as for `overlays.regions`."""
    found = overlays.regions(neighbours, encoded, extent)
    return {
        "x": text(found.x),
        "y": text(found.y),
        "values": text(found.shares),
        "classes": text(found.classes),
        "purity": found.purity,
    }


def _short(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return (values.view(np.uint32) & np.uint32(0xFFFF_E000)).view(np.float32)


def text(values: NDArray[Any]) -> str:
    """The bytes of an array in base64."""
    return b64encode(np.ascontiguousarray(values).tobytes()).decode()
