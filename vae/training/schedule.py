"""The schedule of the learning rate."""

import math

from vae.config import TrainConfig


def learning_rate(config: TrainConfig, progress: float) -> float:
    """What the schedule makes of the largest rate, at a part of the run in (0, 1)."""
    if config.schedule == "constant":
        return config.learning_rate
    return config.learning_rate * one_cycle(progress, config.learning_rate_rise)


def one_cycle(progress: float, rise: float) -> float:
    """The learning rate as a part of its largest: a linear rise, then half a cosine down to zero.

    Args:
        rise: part of the run that the rise takes.

    Source: Smith & Topin 2017, arXiv:1708.07120.
    """
    if progress < rise:
        return progress / rise
    return 0.5 * (1 + math.cos(math.pi * (progress - rise) / max(1 - rise, 1e-9)))
