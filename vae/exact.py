"""What two dimensions allow: the likelihood of an image integrated, and its true posterior.

    p(x) = ∫ p(x|z) N(z; 0, I) dz

is a mean over points spread evenly under the prior. A lattice pushed through the inverse normal
distribution function is such a set of points, and one matrix product gives log p(x|z) for every
image at every point. The encoder takes no part.

Source: the lattice is that of Roberts 2018 (the plastic number); its use for a latent space, QLVM
2026, arXiv:2601.18676.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from vae.model import VAE

PLASTIC = 1.32471795724474602596  # x³ = x + 1: its powers fill the square most evenly
TOLERANCE = 0.01  # nats: the mean may change by this much when the step is halved
COARSEST, FINEST = 2**12, 2**20  # points
CHUNK = 4096


class TruePosterior(NamedTuple):
    """p(z|x) of each image, with no Gaussian assumed, and the evidence p(x)."""

    log_evidence: Tensor  # (N,) log p(x), nats
    mode: Tensor  # (N, 2) the most probable place among the points
    mean: Tensor  # (N, 2)
    covariance: Tensor  # (N, 2, 2)


class Convergence(NamedTuple):
    """How far an integral was refined."""

    points: int
    step: float  # distance between points in the middle of the plane, in prior deviations
    change: float  # of the mean log-likelihood at the last halving of the step, nats


def lattice(count: int, shift: Tensor | None = None) -> Tensor:
    """Points spread evenly under the prior N(0, I).

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


@torch.inference_mode()
def integrate(model: VAE, images: Tensor, points: int) -> TruePosterior:
    """Evidence and posterior from a fixed number of points.

    The posterior's mean and covariance are gathered in the same pass, with the running maximum
    taken out so that nothing overflows.

    Args:
        images: (N, 28, 28) float, each pixel 0 or 1.
    """
    flat = images.flatten(1).to(model.device)  # (N, 784)
    count = len(flat)
    top = torch.full((count, 1), -torch.inf, device=model.device)
    best = torch.full((count,), -torch.inf, device=model.device)
    mode = torch.zeros(count, 2, device=model.device)
    sums = torch.zeros(count, 6, dtype=torch.float64, device=model.device)
    for z in lattice(points).to(model.device).split(CHUNK):
        logits = model.logits(z).flatten(1)  # (M, 784)
        likelihood = flat @ logits.T - F.softplus(logits).sum(1)  # (N, M): log p(x|z)
        density, place = (likelihood - 0.5 * z.square().sum(1)).max(1)
        better = density > best
        best, mode = (
            torch.where(better, density, best),
            torch.where(better[:, None], z[place], mode),
        )
        higher = torch.maximum(top, likelihood.amax(1, keepdim=True))
        weights = (likelihood - higher).exp_()
        sums = sums * (top - higher).exp() + (weights @ _moments(z)).double()
        top = higher
    return _posterior(top[:, 0], sums, mode, points)


def _moments(z: Tensor) -> Tensor:
    """(M, 6): 1, x, y, x², xy, y² at each point."""
    x, y = z.T
    return torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y], 1)


def _posterior(top: Tensor, sums: Tensor, mode: Tensor, points: int) -> TruePosterior:
    total, x, y, xx, xy, yy = sums.T
    evidence = top + (total.log() - math.log(points)).float()
    mean = torch.stack([x, y], 1) / total[:, None]
    second = torch.stack([xx, xy, xy, yy], 1).unflatten(1, (2, 2)) / total[:, None, None]
    covariance = second - mean[:, :, None] * mean[:, None, :]
    return TruePosterior(evidence, mode, mean.float(), covariance.float())


def refine(
    model: VAE, images: Tensor, tolerance: float = TOLERANCE
) -> tuple[TruePosterior, Convergence]:
    """Halve the step until the mean log-likelihood changes by no more than `tolerance`.

    Posteriors of a well-trained model are narrow, 0.01 to 0.07 wide; a step that is too coarse
    does not err a little but misses whole images.

    Args:
        images: (N, 28, 28) float, each pixel 0 or 1.

    Returns:
        The posterior at the finest step, and how far that was; a change above the tolerance says
        that `FINEST` points did not suffice.
    """
    points, found = COARSEST, integrate(model, images, COARSEST)
    change = math.inf
    while change > tolerance and points < FINEST:
        points *= 4
        finer = integrate(model, images, points)
        change = abs((finer.log_evidence.mean() - found.log_evidence.mean()).item())
        found = finer
    return found, Convergence(points, math.sqrt(2 * math.pi / points), change)
