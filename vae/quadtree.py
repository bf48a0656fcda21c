"""log p(x) and the true posterior of one image, refined only where its mass is.

The plane is divided into cells, smaller where the prior is, each of which stands for its middle. At
every step the cells that may hold the most mass are divided into nine, of which the middle one is
known already. What a cell may hold is what its middle says, and what other cells of its level were
found to gain when they were divided. A posterior that fills a thousandth of the plane is so found
with a fraction of the images that a lattice takes which is as fine everywhere (`exact`).
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae.exact import Convergence, TruePosterior
from vae.model import VAE

STRETCH = 1.6  # cells have equal shares of N(0, 1.6²), for their width to grow slowly outwards
SIDE, DIVIDED = 80, 512  # cells along each side at first, and cells that are divided at each step
SIDE_CONV, DIVIDED_CONV = 48, 256  # of convolutions, which draw smooth images, slowly
STEPS = 14  # at most
SPREAD = 64  # cells over which the mass must lie, at least, for the integral to be taken for one
PROMISING = 0.02  # of all mass: a cell that may hold so much is divided
CHUNK = 512  # images that are decoded at a time
AROUND = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]


class _Cells(NamedTuple):
    """Squares in shares of N(0, 1.6²), each with log p(x|z) of its middle."""

    middle: Tensor  # (M, 2) in 0..1
    side: Tensor  # (M,)
    level: Tensor  # (M,) how often it was divided
    likelihood: Tensor  # (M,) nats

    def places(self, across: float = 0.0) -> Tensor:
        """(M, 2) in prior deviations: the middles, or so many sides away from them."""
        return STRETCH * torch.special.ndtri(self.middle + across * self.side[:, None])

    @property
    def mass(self) -> Tensor:
        """(M,) log of the integral of p(x|z) p(z) over each cell, p(x|z) taken to be level."""
        low, high = torch.special.ndtr(self.places(-0.5)), torch.special.ndtr(self.places(0.5))
        return self.likelihood + (high - low).clamp(min=1e-300).log().sum(1)


@torch.inference_mode()
def refinements(
    model: VAE, image: Tensor, tolerance: float = 0.01
) -> Iterator[tuple[TruePosterior, Convergence]]:
    """The true posterior of one image, step by step.

    Args:
        image: (side, side) floats, as the model observes it.
        tolerance: nats by which log p(x) may still change in a step.

    Yields:
        The posterior, of one image, and how far it was refined: `points` were decoded so far, and
        `step` is the width of the smallest cell in the middle of the plane.
    """
    slow = model.config.decoder == "conv"
    side, divided = (SIDE_CONV, DIVIDED_CONV) if slow else (SIDE, DIVIDED)
    cells = _grid(model, image, side)
    points, before = len(cells.side), math.inf
    gains: list[float] = []  # nats, at most, of the cells of each level that were divided
    for _ in range(STEPS):
        found = _posterior(cells)
        evidence = found.log_evidence.item()
        change, before = abs(evidence - before), evidence
        step = STRETCH * math.sqrt(2 * math.pi) * cells.side.min().item()
        yield found, Convergence(points, step, change)
        promise = cells.mass + _expected_gain(cells, gains)
        settled = promise.max().item() < evidence + math.log(PROMISING)
        if change <= tolerance and settled and _spread(cells) >= SPREAD:
            return
        chosen = promise.topk(min(divided, len(promise))).indices
        cells, gains = _divide(model, image, cells, chosen, gains)
        points += len(AROUND) * len(chosen)


def _grid(model: VAE, image: Tensor, side: int) -> _Cells:
    line = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    middle = torch.cartesian_prod(line, line)
    sides = torch.full((len(middle),), 1 / side, dtype=torch.float64)
    level = torch.zeros(len(middle), dtype=torch.long)
    return _Cells(middle, sides, level, _likelihood(model, image, middle))


def _expected_gain(cells: _Cells, gains: list[float]) -> Tensor:
    """(M,) nats that the best part of a cell may have over its middle; none is known at first."""
    known = torch.tensor([*gains, gains[-1] if gains else 0.0], dtype=torch.float64)
    return known[cells.level.clamp(max=len(gains))]


def _divide(
    model: VAE, image: Tensor, cells: _Cells, chosen: Tensor, gains: list[float]
) -> tuple[_Cells, list[float]]:
    """The same plane, with the chosen cells in nine parts each; and what was gained by that."""
    middle, side, level, likelihood = (part[chosen] for part in cells)
    steps = torch.tensor(AROUND, dtype=torch.float64) / 3
    around = (middle[:, None] + steps * side[:, None, None]).flatten(0, 1)
    found = _likelihood(model, image, around)
    count = 1 + len(AROUND)
    parts = _Cells(
        torch.cat([middle, around]),
        torch.cat([side / 3, (side / 3).repeat_interleave(count - 1)]),
        torch.cat([level + 1, (level + 1).repeat_interleave(count - 1)]),
        torch.cat([likelihood, found]),
    )
    gain = (found.view(-1, count - 1).amax(1) - likelihood).clamp(min=0)
    known = [*gains, *([0.0] * (int(level.max()) + 1 - len(gains)))]
    for one in level.unique().tolist():
        known[one] = max(known[one], gain[level == one].max().item())
    kept = torch.ones(len(cells.side), dtype=torch.bool)
    kept[chosen] = False
    both = zip(cells, parts, strict=True)
    return _Cells(*(torch.cat([old[kept], new]) for old, new in both)), known


def _likelihood(model: VAE, image: Tensor, middle: Tensor) -> Tensor:
    """(M,) log p(x|z) at the middles of cells, nats."""
    seen = image[None].to(model.device)
    places = (STRETCH * torch.special.ndtri(middle)).float()
    found = [
        model.likelihood.table(seen, model.logits(some.to(model.device)))[0].cpu()
        for some in places.split(CHUNK)
    ]
    return torch.cat(found).double()


def _spread(cells: _Cells) -> float:
    """Over how many cells the mass lies: the exponential of its entropy."""
    return torch.distributions.Categorical(logits=cells.mass).entropy().exp().item()


def _posterior(cells: _Cells) -> TruePosterior:
    mass, places = cells.mass, cells.places()
    shares = mass.softmax(0)
    mean = shares @ places
    widths = (cells.places(0.5) - cells.places(-0.5)).clamp(max=4)
    centred = places - mean
    within = torch.diag(shares @ (widths.square() / 12))  # of a cell as wide: its own variance
    covariance = (shares[:, None] * centred).T @ centred + within
    density = cells.likelihood - 0.5 * places.square().sum(1)
    return TruePosterior(
        mass.logsumexp(0)[None].float(),
        places[density.argmax()][None].float(),
        mean[None].float(),
        covariance[None].float(),
    )
