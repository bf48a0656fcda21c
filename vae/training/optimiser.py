"""The optimiser and the schedule of its learning rate."""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer

from vae.config import TrainConfig

WARM_UP = 0.1  # part of a one-cycle run during which the learning rate rises from zero


def build(weights: Iterable[nn.Parameter], config: TrainConfig) -> Optimizer:
    """The optimiser that a configuration names, for the weights that require a gradient."""
    chosen = [weight for weight in weights if weight.requires_grad]
    fused = all(weight.device.type in ("cpu", "cuda") for weight in chosen)
    if config.optimiser == "adamw":
        return torch.optim.AdamW(
            chosen, lr=config.learning_rate, weight_decay=config.weight_decay, fused=fused
        )
    if config.optimiser == "adam":
        return torch.optim.Adam(chosen, lr=config.learning_rate, fused=fused)
    # Keras's settings, which the articles rely on: alpha is 0.9 there and 0.99 in torch.
    return torch.optim.RMSprop(chosen, lr=config.learning_rate, alpha=0.9, eps=1e-7)


def learning_rate(config: TrainConfig, progress: float) -> float:
    """What the schedule makes of the largest rate, at a part of the run in (0, 1)."""
    shape = one_cycle if config.schedule == "one-cycle" else constant
    return config.learning_rate * shape(progress)


def constant(_progress: float) -> float:
    """A factor of 1 throughout."""
    return 1.0


def one_cycle(progress: float) -> float:
    """The learning rate as a part of its largest: a linear rise, then half a cosine down to zero.

    Source: Smith & Topin 2017, arXiv:1708.07120.
    """
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
