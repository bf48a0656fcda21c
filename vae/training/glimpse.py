"""What a model looks like at one moment of its training, small enough to send often.

The places of some test digits, a few reconstructions, and a coarse grid of decoded images.
"""

import io
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vae.data.pixels import observe_set, to_bytes
from vae.data.sets import Split
from vae.device import autocast
from vae.model import VAE
from vae.training.packed import pack

DIGITS = 1000  # of the test set, whose places are shown
RECONSTRUCTED = 8  # of them
GRID = 24  # images along each side
EDGE = 4.0  # standard deviations: the outermost images of the grid
STRETCH = 1.6  # of the prior's percentiles, at which the others are
QUALITY = 60  # of the JPEG: off by 3 of 255 on average


class Places(NamedTuple):
    """Where some test digits are, and what comes back of a few."""

    points: NDArray[np.float32]  # (N, 2)
    reconstructions: NDArray[np.uint8]  # (8, side, side)


class Glimpses:
    """Looks at a model through the same digits each time, in the arithmetic of its training."""

    def __init__(self, test: Split, model: VAE, precision: str) -> None:
        """Args: test: the data set's; its first digits are shown."""
        self.precision = precision
        Image.preinit()  # or the thread that writes JPEGs would import their writer in mid-training
        self.labels = test.labels[:DIGITS].cpu()
        self.chosen = chosen(self.labels)
        seen = observe_set(test.images, model.config)[:DIGITS]
        self.images = seen.to(model.device)
        self.originals = to_bytes(seen[self.chosen]).numpy()
        self.z1 = coordinates()
        self.z2 = self.z1[::-1]
        across = [[x, y] for y in self.z2 for x in self.z1]
        self.grid_places = torch.tensor(across, dtype=torch.float32, device=model.device)

    @torch.inference_mode()
    def places(self, model: VAE) -> Places:
        """Where the digits are now."""
        with autocast(model.device, self.precision):
            means = model.posterior(self.images).mean.float()
        return Places(means.cpu().numpy(), self._decode(model, means[self.chosen]).numpy())

    @torch.inference_mode()
    def grid(self, model: VAE) -> NDArray[np.uint8]:
        """One grey JPEG of `GRID`² decoded images, row by row from the top, as bytes."""
        images = self._decode(model, self.grid_places)
        side = images.shape[-1]
        sheet = images.reshape(GRID, GRID, side, side).transpose(1, 2).reshape(GRID * side, -1)
        found = io.BytesIO()
        Image.fromarray(sheet.numpy()).save(found, "JPEG", quality=QUALITY)
        return np.frombuffer(found.getvalue(), np.uint8)

    def digits(self) -> bytes:
        """What does not change: the digits' classes, and those that are reconstructed."""
        parts = {
            "labels": self.labels.numpy().astype("u1"),
            "originals": self.originals,
            "shown": self.labels[self.chosen].numpy().astype("u1"),
        }
        return pack({"side": self.originals.shape[-1]}, parts)

    def said_of_grid(self) -> dict[str, Any]:
        """Where the grid's images are, for a header."""
        return {"z1": self.z1, "z2": self.z2, "side": self.originals.shape[-1]}

    def _decode(self, model: VAE, places: Tensor) -> Tensor:
        with autocast(model.device, self.precision):
            means = model.likelihood.mean(model.logits(places))
        return to_bytes(means.float().clamp(0, 1)).cpu()


def chosen(labels: Tensor) -> Tensor:
    """The places of the first digit of each of eight classes; of other digits where one lacks."""
    firsts = [hits[0].item() for label in range(10) if len(hits := (labels == label).nonzero())]
    return torch.tensor([int(place) for place in firsts[:RECONSTRUCTED]])


def coordinates() -> list[float]:
    """Where the grid's columns are, ascending: as close as the prior is dense, out to `EDGE`."""
    middles = (torch.arange(1, GRID - 1, dtype=torch.float64) + 0.5) / GRID
    inner = (STRETCH * torch.special.ndtri(middles)).tolist()
    return [round(v, 4) for v in (-EDGE, *inner, EDGE)]
