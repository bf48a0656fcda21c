"""The schedule of the learning rate."""

import math

from vae.config import TrainConfig

WARM_UP = 0.1  # part of a one-cycle run during which the learning rate rises from zero


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
