"""The training images in batches: shuffled, augmented, and binarised anew in each epoch."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from vae.config import ModelConfig, TrainConfig
from vae.data.pixels import binarise, shrink, to_bytes, to_floats

AUGMENTED = 0.9  # part of the run over which the share of augmented images falls to zero


class Batches:
    """All training images, resident on the device, and an iterator of batches for each epoch."""

    def __init__(
        self, images: Tensor, model: ModelConfig, config: TrainConfig, generator: torch.Generator
    ) -> None:
        """Args: images: (N, S, S) uint8; they move to the generator's device."""
        self.images = shrink(images, model.side).to(generator.device)
        self.model, self.config, self.generator = model, config, generator

    def epoch(self, progress: float) -> Iterator[Tensor]:
        """Every image once, in a new order: (N, side, side) floats in [0, 1].

        Args:
            progress: part of the run that is over, in [0, 1).
        """
        order = torch.randperm(
            len(self.images), device=self.images.device, generator=self.generator
        )
        share = self.config.augment * max(0.0, 1 - progress / AUGMENTED)
        # Gathered all at once, which takes a quarter of the time of a gather for each batch.
        for images in self.images[order].split(self.config.batch_size):
            shown = augment(images, share, self.generator) if share else images
            floats = to_floats(shown, images.device)
            yield (binarise(floats, self.generator) if self.model.pixels == "binarised" else floats)

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.images) // self.config.batch_size)


def augment(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """A share of the images under small random affine maps: rotation, shear, scale and translation.

    Args:
        images: (N, S, S) uint8.
        share: 0..1

    Returns:
        (N, S, S) uint8, a new tensor where anything was changed.
    """
    device = images.device
    chosen = torch.rand(len(images), device=device, generator=generator) < share
    some = to_floats(images[chosen], device)[:, None]  # (K, 1, S, S)
    if not len(some):
        return images
    noise = torch.randn(6, len(some), device=device, generator=generator)
    turn, slant = 0.07 * noise[0], 0.06 * noise[1]  # radians; parts of the height
    wide, high = 1 + 0.04 * noise[2], 1 + 0.04 * noise[3]
    shift = 0.35 * 2 / images.shape[-1] * noise[4:]  # a third of a pixel
    top = torch.stack([wide * turn.cos(), slant - turn.sin(), shift[0]], 1)
    bottom = torch.stack([turn.sin(), high * turn.cos(), shift[1]], 1)
    grid = F.affine_grid(torch.stack([top, bottom], 1), list(some.shape), align_corners=False)
    bent = images.clone()
    bent[chosen] = to_bytes(F.grid_sample(some, grid, align_corners=False)[:, 0].clamp(0, 1))
    return bent
