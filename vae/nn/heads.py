"""Heads: from the encoder's features to the Gaussian q(z|x).

One regresses its mean and covariance; the other first classifies the image into a cell of the plane
and then regresses within it.

Its twin in the browser is pages/ui/components/vae/nn/heads.js.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.config import LATENT, HeadName, ModelConfig, ScaleName
from vae.lattice import lattice, spacing
from vae.nn.encoders import layers
from vae.nn.fourier import FourierFeatures, PlaneLinear
from vae.nn.posterior import Posterior

REACH = 2.5  # spacings: how far from the middle of its cell a place may lie
WAVES = (16, 0.5, 10.0)  # Fourier features of the cell's middle: count and frequencies
NEAR = 19  # cells, the selected one among them, whose probabilities tell where in it z lies
MOMENTS = 5  # of those probabilities: two means and three second moments


def as_posterior(mean: Tensor, widths: Tensor, slant: Tensor | None, scale: ScaleName) -> Posterior:
    """The Gaussian that the raw outputs of a layer parametrise.

    Args:
        mean: (N, 2)
        widths: (N, 2) log-variances, or numbers whose softplus is the standard deviation.
        slant: (N,) any number, 0 for an ellipse along the axes; None for always.
    """
    # A softplus that underflows to zero would have no logarithm, and its gradient no number.
    log_var = widths if scale == "log-variance" else 2 * F.softplus(widths).clamp(1e-5).log()
    slant = torch.zeros_like(mean[:, 0]) if slant is None else slant.clamp(-20.0, 20.0)
    # Beyond these the arithmetic, not the model, would be speaking: a standard deviation
    # of 1e-5 or of 20 on a prior of 1.
    return Posterior(mean, log_var.clamp(-23.0, 6.0), slant * torch.rsqrt(1 + slant.square()))


class CellTargets(NamedTuple):
    """Labels for a classifier of cells: the decoder's exact posterior, summed over each cell."""

    shares: Tensor  # (N, cells) the true posterior's mass in each cell, the soft label
    cell: Tensor  # (N,) the index of the one with most of it

    @classmethod
    @torch.no_grad()
    def gather(cls, anchors: Tensor, points: Tensor, shares: Tensor) -> "CellTargets":
        """The targets from posterior mass at some points, each counted in the cell nearest to it.

        Args:
            anchors: (cells, 2) the middle of each cell.
            points: (M, 2)
            shares: (N, M) the posterior's mass at each point.
        """
        nearest = torch.cdist(points, anchors).argmin(1)  # (M,)
        gathered = shares.new_zeros(len(shares), len(anchors)).index_add_(1, nearest, shares)
        return cls(gathered, gathered.argmax(1))


class Head(nn.Module):
    """What the model and its training ask of a head: features in, a posterior out."""

    anchors: Tensor  # (cells, 2) the middles of the cells that it classifies into; or (0, 2)

    def forward(self, features: Tensor) -> Posterior:
        """The posterior of each image.

        Args:
            features: (N, size)
        """
        raise NotImplementedError

    def supervise(self, features: Tensor, targets: CellTargets | None) -> tuple[Posterior, Tensor]:
        """The posterior to train by, and the loss of the classification.

        Args:
            features: (N, size)
            targets: of the classification; a head without cells needs none.

        Returns:
            The posterior, given the right cell where there are cells, and the cross-entropy of
            each image's classification in nats: (N,), zeros where there are none.
        """
        raise NotImplementedError


class GaussianHead(Head):
    """Regression: mean and scale from one layer each, for with one layer both would be equal."""

    def __init__(self, size: int, config: ModelConfig) -> None:
        """Args: size: of the features."""
        super().__init__()
        self.scale: ScaleName = config.scale
        self.register_buffer("anchors", torch.zeros(0, LATENT), persistent=False)
        self.mean = PlaneLinear(size, LATENT)
        self.widths = PlaneLinear(size, LATENT)
        self.slant = PlaneLinear(size, 1) if config.covariance == "full" else None

    def forward(self, features: Tensor) -> Posterior:
        """(N, size) -> N Gaussians."""
        slant = None if self.slant is None else self.slant(features)[:, 0]
        return as_posterior(self.mean(features), self.widths(features), slant, self.scale)

    def supervise(self, features: Tensor, targets: CellTargets | None) -> tuple[Posterior, Tensor]:
        """The same posterior, and no loss."""
        return self(features), features.new_zeros(len(features))


def find_nearest(points: Tensor, count: int = NEAR) -> Tensor:
    """The indices of the points nearest to each, itself first: (N, count)."""
    count = min(count, len(points))
    parts = [torch.cdist(some, points).topk(count, largest=False) for some in points.split(512)]
    return torch.cat([part.indices for part in parts])


class CellsHead(Head):
    """Classification, then regression: a softmax over small cells of the plane, a Gaussian in one.

    Where a sharp decoder has a multimodal posterior, similar images may lie far apart on the plane,
    which no smooth regression can follow. A classification can, and it has a label to learn from:
    the cell that holds most of the decoder's exact posterior, see `CellTargets`.
    """

    size: Tensor  # (cells,) the width of each cell
    near: Tensor  # (cells, NEAR) indices of the nearest cells
    steps: Tensor  # (cells, NEAR, MOMENTS) offsets to them, in widths, and products of those

    def __init__(self, size: int, config: ModelConfig) -> None:
        """Args: size: of the features."""
        super().__init__()
        self.scale: ScaleName = config.scale
        self.full = config.covariance == "full"
        anchors = lattice(config.cells)
        self.register_buffer("anchors", anchors, persistent=False)
        self.register_buffer("size", spacing(anchors, config.cells), persistent=False)
        near = find_nearest(anchors)
        self.register_buffer("near", near, persistent=False)
        x, y = ((anchors[near] - anchors[:, None]) / self.size[:, None, None]).unbind(2)
        steps = torch.stack([x, y, x * x, x * y, y * y], 2)
        self.register_buffer("steps", steps, persistent=False)
        self.choice = nn.Linear(size, config.cells)
        self.waves = FourierFeatures(*WAVES)
        width = 256
        # Named after what it gives, like mean and widths: checkpoint files know it by this name.
        self.place = nn.Sequential(
            *layers(config, size + LATENT + 2 * WAVES[0] + MOMENTS, (width, width)),
            PlaneLinear(width, 5),
        )

    def forward(self, features: Tensor) -> Posterior:
        """(N, size) -> N Gaussians, each in the cell of the highest probability."""
        logits = self.choice(features).float()
        return self.locate(features, logits, logits.argmax(1))

    def locate(self, features: Tensor, logits: Tensor, cell: Tensor) -> Posterior:
        """The Gaussian given a cell.

        The probabilities of the cells around it are inputs of the regression: with two cells
        equally likely, the mean is on the border between them.

        Args:
            features: (N, size)
            logits: (N, cells) of the classification.
            cell: (N,) indices of cells.
        """
        anchor, size = self.anchors[cell], self.size[cell, None]
        around = logits.gather(1, self.near[cell]).softmax(1)  # (N, NEAR)
        moments = (around[:, :, None] * self.steps[cell]).sum(1)  # (N, MOMENTS), in fp32
        where = torch.cat([anchor, self.waves(anchor), moments], 1).to(features.dtype)
        raw = self.place(torch.cat([features, where], 1))  # (N, 5)
        offset, widths, slant = moments[:, :2] + raw[:, :2], raw[:, 2:4] - 2.0, raw[:, 4]
        mean = anchor + REACH * size * torch.tanh(offset / REACH)
        inside = as_posterior(mean, widths, slant if self.full else None, self.scale)
        return inside._replace(log_var=(inside.log_var + 2 * size.log()).clamp(-23.0, 6.0))

    def supervise(self, features: Tensor, targets: CellTargets | None) -> tuple[Posterior, Tensor]:
        """The Gaussian given the target cell, and the cross-entropy (N,) to the target's shares.

        Raises:
            ValueError: if there are no targets.
        """
        if targets is None:
            raise ValueError("a head of cells learns from targets, got none")
        logits = self.choice(features).float()
        cost = -(targets.shares * F.log_softmax(logits, dim=1)).sum(1)
        return self.locate(features, logits, targets.cell), cost


HEADS: dict[HeadName, type[GaussianHead] | type[CellsHead]] = {
    "gaussian": GaussianHead,
    "cells": CellsHead,
}
