"""A quasi-random lattice under the prior: means over it are integrals against N(0, I).

Source: the lattice is that of Roberts 2018 (the plastic number); its use for a latent space, QLVM
2026, arXiv:2601.18676.

Its twin in the browser is pages/ui/components/vae/lattice.js.
"""

import math

import torch
from torch import Tensor

PLASTIC = 1.32471795724474602596  # x³ = x + 1: its powers fill the square most evenly


def lattice(count: int, shift: Tensor | None = None) -> Tensor:
    """Points of low discrepancy under the prior N(0, I): an additive recurrence, by its quantiles.

    Args:
        count: how many.
        shift: (2,) in [0, 1): moves the lattice, so that a random one makes the mean unbiased;
            by default the middle.

    Returns:
        (count, 2)
    """
    index = torch.arange(1, count + 1, dtype=torch.float64)[:, None]
    step = torch.tensor([1 / PLASTIC, 1 / PLASTIC**2], dtype=torch.float64)
    square = (index * step + (0.5 if shift is None else shift)) % 1  # (count, 2), evenly in [0, 1)²
    return torch.special.ndtri(square.clamp(1e-9, 1 - 1e-9)).float()


def spacing(points: Tensor, count: int) -> Tensor:
    """The local spacing of a lattice at each of the points, in prior deviations.

    A lattice of `count` points has count · N(z; 0, I) of them per unit of area.

    Args:
        points: (N, 2)

    Returns:
        (N,)
    """
    return math.sqrt(2 * math.pi / count) * torch.exp(0.25 * points.square().sum(1))
