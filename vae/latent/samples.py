"""Samples of z from the prior, at a temperature: decoded, they are samples of the model."""

import torch
from torch import Tensor

from vae.config import LATENT

MOST = 400  # at once; the page offers fewer, see pages/ui/explore/protocol.py
HOTTEST = 3.0  # most samples then lie beyond every encoded image


def draw(count: int, temperature: float = 1.0, seed: int = 0) -> Tensor:
    """Samples of z = T · ε, with ε from N(0, I).

    Args:
        count: 1..400; with the same seed, more samples begin with the same ones.
        temperature: T, 0..3: below 1 the samples gather at the prior's mode, above it they spread.
        seed: of a generator of its own.

    Returns:
        (count, 2) on the CPU.

    Raises:
        ValueError: if count or temperature is out of its bounds.
    """
    if not 1 <= count <= MOST:
        raise ValueError(f"count must be 1 to {MOST}, got {count}")
    if not 0 <= temperature <= HOTTEST:
        raise ValueError(f"temperature must be 0 to {HOTTEST:g}, got {temperature}")
    generator = torch.Generator().manual_seed(seed)
    # All of them: torch draws few numbers in another order than many.
    return temperature * torch.randn(MOST, LATENT, generator=generator)[:count]
