"""From features to a posterior: at once, or first a cell of the plane and then a place in it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.config import LATENT, ModelConfig, ScaleName
from vae.lattice import lattice, spacing
from vae.nn.encoders import layers
from vae.nn.fourier import PlaneLinear, Waves
from vae.nn.posterior import Posterior

REACH = 2.5  # spacings: how far from the middle of its cell a place may lie
WAVES = (16, 0.5, 10.0)
NEAR = 19  # cells, the chosen one among them, whose chances tell where in it a place lies
MOMENTS = 5  # of those chances: two means and three second moments


def posterior(mean: Tensor, widths: Tensor, slant: Tensor | None, scale: ScaleName) -> Posterior:
    """The Gaussian that raw outputs of a layer stand for.

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


class GaussianHead(nn.Module):
    """Mean and width from one layer each: the two must not share it, or they would be equal."""

    def __init__(self, size: int, config: ModelConfig) -> None:
        """Args: size: of the features."""
        super().__init__()
        self.scale: ScaleName = config.scale
        self.mean = PlaneLinear(size, LATENT)
        self.widths = PlaneLinear(size, LATENT)
        self.slant = PlaneLinear(size, 1) if config.covariance == "full" else None

    def forward(self, features: Tensor) -> Posterior:
        """(N, size) -> N Gaussians."""
        slant = None if self.slant is None else self.slant(features)[:, 0]
        return posterior(self.mean(features), self.widths(features), slant, self.scale)


class Lesson(NamedTuple):
    """What the decoder's exact posterior says an encoder should have answered."""

    shares: Tensor  # (N, cells) the true posterior's mass in each cell
    cell: Tensor  # (N,) the one with most of it


def nearest(points: Tensor, count: int = NEAR) -> Tensor:
    """The indices of the points nearest to each, itself first: (N, count)."""
    count = min(count, len(points))
    parts = [torch.cdist(some, points).topk(count, largest=False) for some in points.split(512)]
    return torch.cat([part.indices for part in parts])


class CellsHead(nn.Module):
    """Classify, then locate: one of many small cells of the plane, then a Gaussian within it.

    A sharp decoder tears the plane into patches, and neighbouring images may lie far apart. No
    smooth function of the image can follow that; a choice among cells can, and it can be taught:
    the decoder's exact posterior says what the answer should have been.
    """

    anchors: Tensor  # (cells, 2) the middle of each cell
    size: Tensor  # (cells,) its width
    near: Tensor  # (cells, NEAR) indices of the nearest cells
    steps: Tensor  # (cells, NEAR, MOMENTS) how far away they are, in widths, and squares of that

    def __init__(self, size: int, config: ModelConfig) -> None:
        """Args: size: of the features."""
        super().__init__()
        self.scale: ScaleName = config.scale
        self.full = config.covariance == "full"
        anchors = lattice(config.cells)
        self.register_buffer("anchors", anchors, persistent=False)
        self.register_buffer("size", spacing(anchors, config.cells), persistent=False)
        near = nearest(anchors)
        self.register_buffer("near", near, persistent=False)
        x, y = ((anchors[near] - anchors[:, None]) / self.size[:, None, None]).unbind(2)
        steps = torch.stack([x, y, x * x, x * y, y * y], 2)
        self.register_buffer("steps", steps, persistent=False)
        self.choice = nn.Linear(size, config.cells)
        self.waves = Waves(*WAVES)
        width = 256
        self.place = nn.Sequential(
            *layers(config, size + LATENT + 2 * WAVES[0] + MOMENTS, (width, width)),
            PlaneLinear(width, 5),
        )

    def forward(self, features: Tensor) -> Posterior:
        """(N, size) -> N Gaussians, each in the cell that seems most likely."""
        chances = self.choice(features).float()
        return self.locate(features, chances, chances.argmax(1))

    def locate(self, features: Tensor, chances: Tensor, cell: Tensor) -> Posterior:
        """The Gaussian within a given cell.

        The chances of the cells around it tell a good deal of where: an image as likely in two of
        them lies on their border.

        Args:
            features: (N, size)
            chances: (N, cells) logits.
            cell: (N,) indices of cells.
        """
        anchor, size = self.anchors[cell], self.size[cell, None]
        around = chances.gather(1, self.near[cell]).softmax(1)  # (N, NEAR)
        moments = (around[:, :, None] * self.steps[cell]).sum(1)  # (N, MOMENTS), in fp32
        where = torch.cat([anchor, self.waves(anchor), moments], 1).to(features.dtype)
        raw = self.place(torch.cat([features, where], 1))  # (N, 5)
        offset, widths, slant = moments[:, :2] + raw[:, :2], raw[:, 2:4] - 2.0, raw[:, 4]
        mean = anchor + REACH * size * torch.tanh(offset / REACH)
        inside = posterior(mean, widths, slant if self.full else None, self.scale)
        return inside._replace(log_var=(inside.log_var + 2 * size.log()).clamp(-23.0, 6.0))

    def learn(self, features: Tensor, lesson: Lesson) -> tuple[Posterior, Tensor]:
        """The Gaussian within the right cell, and what the choice among cells still costs.

        Returns:
            The posterior, and (N,) the cross-entropy of the choice in nats.
        """
        chances = self.choice(features).float()
        cost = -(lesson.shares * F.log_softmax(chances, dim=1)).sum(1)
        return self.locate(features, chances, lesson.cell), cost

    @torch.no_grad()
    def lesson(self, places: Tensor, shares: Tensor) -> Lesson:
        """The lesson that posterior mass at some places teaches.

        Args:
            places: (M, 2)
            shares: (N, M) the posterior's mass at each.
        """
        nearest = torch.cdist(places, self.anchors).argmin(1)  # (M,)
        gathered = shares.new_zeros(len(shares), len(self.anchors)).index_add_(1, nearest, shares)
        return Lesson(gathered, gathered.argmax(1))


HEADS = {"gaussian": GaussianHead, "cells": CellsHead}
