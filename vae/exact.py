"""Exact inference by quasi-Monte Carlo integration: the marginal likelihood and true posterior.

    p(x) = ∫ p(x|z) N(z; 0, I) dz

is the mean of p(x|z) over points of low discrepancy under the prior, which two latent dimensions
make affordable: one matrix product gives log p(x|z) for every image at every point. No encoder is
used.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae.device import widest
from vae.lattice import lattice, spacing
from vae.model import VAE

TOLERANCE = 0.01  # nats: the mean may change by this much when the step is halved
COARSEST, FINEST = 2**12, 2**20  # points
CHUNK = 4096  # points at a time
TILE = 1000  # images at a time: what a tile needs stays in the processor's cache
LOWEST = -80.0  # exp() of less is zero to fp32, and slow to compute


class TruePosterior(NamedTuple):
    """p(z|x) of each image, with no Gaussian assumed, and the evidence p(x)."""

    log_evidence: Tensor  # (N,) log p(x), nats
    mode: Tensor  # (N, 2) the point of highest density p(z|x) among those of the lattice
    mean: Tensor  # (N, 2)
    covariance: Tensor  # (N, 2, 2)


class Convergence(NamedTuple):
    """How far an integral was refined."""

    points: int
    step: float  # distance between points in the middle of the plane, in prior deviations
    change: float  # of the mean log-likelihood at the last halving of the step, nats


class Marginal(NamedTuple):
    """An estimate of log p(x) from a few points, and the posterior over these."""

    log_evidence: Tensor  # (N,) nats, differentiable; a lower bound on average
    places: Tensor  # (M, 2)
    shares: Tensor  # (N, M) the posterior's mass at each point, without gradient


def marginal(model: VAE, images: Tensor, places: Tensor, count: int) -> Marginal:
    """log p(x) of a batch from the points of a randomly shifted lattice that matter to it.

    Exact in the limit of many points. Those left out can only lower the estimate; and by Jensen's
    inequality so does, on average, a lattice too coarse for the posterior.

    Args:
        images: (N, side, side) float.
        places: (M, 2) the points.
        count: of the lattice, with those that are left out.
    """
    logits = model.logits(places)
    with torch.autocast(images.device.type, enabled=False):
        likelihood = model.likelihood.table(images, logits)  # (N, M)
        top = likelihood.detach().amax(1, keepdim=True)
        below = (likelihood - top).clamp(min=LOWEST)
        evidence = top[:, 0] + below.logsumexp(1) - math.log(count)
        shares = below.detach().softmax(1)
    return Marginal(evidence, places, shares)


@torch.inference_mode()
def integrate(model: VAE, images: Tensor, points: int) -> TruePosterior:
    """Evidence and posterior from a fixed number of points, in one pass.

    Zeroth to second moments are accumulated relative to the running maximum of log p(x|z), so that
    nothing overflows (the online form of log-sum-exp).

    Args:
        images: (N, side, side) float.
    """
    tiles = [_Sums(tile) for tile in images.to(model.device).split(TILE)]
    for places in lattice(points).to(model.device).split(CHUNK):
        logits = torch.cat([model.logits(part) for part in places.split(1024)])
        moments, log_prior = _moments(places), -0.5 * places.square().sum(1)
        for tile in tiles:
            tile.add(model.likelihood.table(tile.images, logits), places, moments, log_prior)
    found = [tile.posterior(points) for tile in tiles]
    return TruePosterior(*(torch.cat(column) for column in zip(*found, strict=True)))


class _Sums:
    """The running sums for a tile of images."""

    def __init__(self, images: Tensor) -> None:
        count, device = len(images), images.device
        self.images = images
        self.top = torch.full((count, 1), -torch.inf, device=device)
        self.best = torch.full((count,), -torch.inf, device=device)
        self.mode = torch.zeros(count, 2, device=device)
        self.sums = torch.zeros(count, 6, dtype=widest(device), device=device)

    def add(self, table: Tensor, places: Tensor, moments: Tensor, log_prior: Tensor) -> None:
        """Add points: table (N, M) of log p(x|z) is overwritten."""
        highest, _ = table.max(1, keepdim=True)
        density, place = (table + log_prior).max(1)
        better = density > self.best
        self.best = torch.where(better, density, self.best)
        self.mode = torch.where(better[:, None], places[place], self.mode)
        top = torch.maximum(self.top, highest)
        weights = table.sub_(top).clamp_(min=LOWEST).exp_() @ moments
        self.sums = self.sums * (self.top - top).exp() + weights.to(self.sums.dtype)
        self.top = top

    def posterior(self, points: int) -> TruePosterior:
        """Evidence and posterior, once all points have been added."""
        total, x, y, xx, xy, yy = self.sums.T
        evidence = self.top[:, 0] + (total.log() - math.log(points)).float()
        mean = torch.stack([x, y], 1) / total[:, None]
        second = torch.stack([xx, xy, xy, yy], 1).unflatten(1, (2, 2)) / total[:, None, None]
        covariance = second - mean[:, :, None] * mean[:, None, :]
        # Each point stands for a small square: where one alone has all the mass, this is its size.
        square = spacing(self.mode, points).square().to(mean.dtype) / 12
        covariance = covariance + square[:, None, None] * torch.eye(2).to(covariance)
        return TruePosterior(evidence, self.mode, mean.float(), covariance.float())


def _moments(z: Tensor) -> Tensor:
    """(M, 6): 1, x, y, x², xy, y² at each point."""
    x, y = z.T
    return torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y], 1)


def refine(
    model: VAE, images: Tensor, tolerance: float = TOLERANCE, coarsest: int = COARSEST
) -> tuple[TruePosterior, Convergence]:
    """Halve the step until the mean log-likelihood changes by no more than `tolerance`.

    Posteriors of a well-trained model are narrow, 0.01 to 0.07 wide; with a coarser step the error
    is not small: whole posteriors fall between the points.

    Args:
        images: (N, side, side) float.
        tolerance: nats.
        coarsest: points to begin with.

    Returns:
        The posterior at the finest step, and how far that was; a change above the tolerance says
        that `FINEST` points did not suffice.
    """
    *_, finest = refinements(model, images, tolerance, coarsest)
    return finest


def refinements(
    model: VAE, images: Tensor, tolerance: float = TOLERANCE, coarsest: int = COARSEST
) -> Iterator[tuple[TruePosterior, Convergence]]:
    """The same, one step after the other; the change of the first is not known and infinite."""
    points, change, before = coarsest, math.inf, None
    while True:
        found = integrate(model, images, points)
        if before is not None:
            change = abs((found.log_evidence.mean() - before.log_evidence.mean()).item())
        yield found, Convergence(points, spacing(torch.zeros(1, 2), points).item(), change)
        if change <= tolerance or points >= FINEST:
            return
        points, before = 4 * points, found
