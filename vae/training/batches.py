"""The training images in batches: shuffled, changed at random, and binarised anew each epoch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from vae.config import ModelConfig, TrainConfig
from vae.data.pixels import binarise, shrink, to_floats
from vae.training.augmentation import bend, restyle

CHANGED = 0.9  # part of the run over which the share of changed images falls to zero


class Batches:
    """All training images, resident on the device, and an iterator of batches for each epoch."""

    def __init__(
        self, images: Tensor, model: ModelConfig, config: TrainConfig, generator: torch.Generator
    ) -> None:
        """Args: images: (N, S, S) uint8; they move to the generator's device."""
        self.images = shrink(images, model.side).to(generator.device)
        self.model, self.config, self.generator = model, config, generator

    def order(self) -> Tensor:
        """A new order of all images, (N,), for one epoch."""
        device = self.images.device
        return torch.randperm(len(self.images), device=device, generator=self.generator)

    def epoch(self, order: Tensor, progress: float, skipped: int = 0) -> Iterator[Tensor]:
        """Every image once: (N, side, side) floats in [0, 1].

        Args:
            order: as `order` gives it.
            progress: part of the run that is over, in [0, 1).
            skipped: batches at the start that are left out.
        """
        left = max(0.0, 1 - progress / CHANGED)
        bent, restyled = left * self.config.augment, left * self.config.restyle
        # Gathered all at once, which takes a quarter of the time of a gather for each batch.
        rest = order[skipped * self.config.batch_size :]
        for images in self.images[rest].split(self.config.batch_size):
            shown = bend(images, bent, self.generator) if bent else images
            shown = restyle(shown, restyled, self.generator) if restyled else shown
            floats = to_floats(shown, images.device)
            yield (binarise(floats, self.generator) if self.model.pixels == "binarised" else floats)

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.images) // self.config.batch_size)
