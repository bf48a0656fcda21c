"""Scores by which an image may be found to be none of what a model knows: more is stranger.

Only the order of their values matters. *Excess* is the cost less the entropy of the image's own
grey levels; *size* and *largest* are those of `vae.digit.strangeness`.
"""

import math
import zlib
from typing import NamedTuple

import torch
from scipy.spatial import KDTree
from torch import Tensor
from torch.nn import functional as F

from vae.codec import BATCH, encode
from vae.data.pixels import observe, to_bytes
from vae.data.sets import Split
from vae.digit.strangeness import largest_residual, outline, own_entropy, size, strangeness
from vae.evaluate import bounds
from vae.exact import integrate
from vae.latent.neighbours import Neighbours
from vae.model import VAE
from vae.objective import Terms

POINTS = 2**15  # of the integral
NEAR = 200  # neighbours on the plane
POWERS = (1, 1.5, 2)  # of a size
OURS = "excess of -ELBO × largest^0.5 / size^1.5"  # `vae.digit.strangeness`


class Measured(NamedTuple):
    """Images and what a model makes of them."""

    levels: Tensor  # (N, side, side) floats, grey
    labels: Tensor  # (N,)
    places: Tensor  # (N, 2) means of the encoder's posterior
    bound: Terms  # the two terms of the ELBO, nats
    evidence: Tensor  # (N,) log p(x), nats
    logits: Tensor  # (N, side, side) decoded from the places
    best: Tensor  # (N,) log p(x|z) at the mode of the true posterior, nats


@torch.inference_mode()
def measure(model: VAE, split: Split) -> Measured:
    """Everything that the scores need, of all images."""
    levels = observe(split.images, model.config)
    posterior = encode(model, levels)
    true = integrate(model, levels, POINTS)
    logits = torch.cat([model.logits(some) for some in posterior.mean.split(BATCH)])
    modes = zip(levels.split(BATCH), true.mode.split(BATCH), strict=True)
    best = torch.cat([model.likelihood(some, model.logits(at)) for some, at in modes])
    bound = bounds(model, levels, posterior)
    return Measured(levels, split.labels, posterior.mean, bound, true.log_evidence, logits, best)


def scores(seen: Measured, known: Measured) -> dict[str, Tensor]:
    """Every score, by its name: (N,) each.

    Args:
        known: other images of classes that the model knows, to compare with.
    """
    return {
        **_likelihoods(seen),
        **_compared(seen, known),
        **_pixels(seen),
        **_excesses(seen),
    }


def _likelihoods(seen: Measured) -> dict[str, Tensor]:
    bytes_of = [image.numpy().tobytes() for image in to_bytes(seen.levels)]
    deflated = torch.tensor([float(len(zlib.compress(image, 9))) for image in bytes_of])
    at_mean = -_log_likelihood(seen.levels, seen.logits)
    return {
        "-ELBO": -seen.bound.elbo,
        "-log p(x)": -seen.evidence,
        "reconstruction, expected": seen.bound.reconstruction,
        "reconstruction at the posterior's mean": at_mean,
        "-log p(x|z) at the best place": -seen.best,
        "-log p(x) / ink": -seen.evidence / seen.levels.sum((1, 2)),
        "-log p(x) / deflated bytes": -seen.evidence / deflated,
        # Serrà et al. 2020, "Input complexity and out-of-distribution detection"
        "-log p(x) less deflated bits": -seen.evidence - 8 * math.log(2) * deflated,
    }


def _compared(seen: Measured, known: Measured) -> dict[str, Tensor]:
    cost, others = -seen.evidence, -known.evidence
    ink = known.levels.mean(0).clamp(0.001, 0.999)  # the mean image: a model of single pixels
    excess, excess_known = (-part.evidence - own_entropy(part.levels) for part in (seen, known))
    near = KDTree(known.places.numpy()).query(seen.places.numpy(), NEAR)[1]
    around = excess_known[torch.from_numpy(near)]  # (N, NEAR)
    winners = torch.from_numpy(Neighbours(known.places, known.labels).winners(seen.places)[0])
    ranks = torch.empty(len(cost))
    for label in winners.unique():
        rows, same = winners == label, others[known.labels == label].sort().values
        ranks[rows] = torch.searchsorted(same, cost[rows]) / len(same)
    return {
        "distance of log p(x) from its mean": (cost - others.mean()).abs(),
        # Ren et al. 2019, "Likelihood ratios for out-of-distribution detection"
        "-log p(x) less that of single pixels": cost + _log_likelihood(seen.levels, ink.logit()),
        "percentile of -log p(x) in the nearest class": ranks,
        "excess, standardised among neighbours": (excess - around.mean(1)) / around.std(1),
    }


def _pixels(seen: Measured) -> dict[str, Tensor]:
    chance = seen.logits.sigmoid()
    variance = chance * (1 - chance)
    spread = (variance * seen.logits.square()).sum((1, 2)).sqrt()
    surprise = -_log_likelihood(seen.levels, seen.logits) - own_entropy(chance)
    residual = seen.levels - chance
    return {
        "standardised surprise": surprise / spread,
        "mean squared residual, standardised": (residual.square() / (variance + 0.01)).mean((1, 2)),
        "largest blurred residual": largest_residual(seen.levels, chance),
    }


def _excesses(seen: Measured) -> dict[str, Tensor]:
    levels, chance = seen.levels, seen.logits.sigmoid()
    ink, around, both = levels.sum((1, 2)), outline(levels), size(levels, chance)
    bound = -seen.bound.elbo - own_entropy(levels)
    exact = -seen.evidence - own_entropy(levels)
    largest = largest_residual(levels, chance)
    return {
        "excess": exact,
        "excess / ink": exact / ink,
        **{f"excess / outline^{power}": exact / around**power for power in POWERS},
        **{f"excess / size^{power}": exact / both**power for power in POWERS},
        "excess of -ELBO / size^1.5": bound / both**1.5,
        "excess × largest^0.25 / size^1.5": exact * largest**0.25 / both**1.5,
        "excess × largest^0.5 / size^1.5": exact * largest**0.5 / both**1.5,
        "excess of -ELBO × largest^0.25 / size^1.5": bound * largest**0.25 / both**1.5,
        OURS: strangeness(-seen.bound.elbo, levels, chance),
    }


def _log_likelihood(levels: Tensor, logits: Tensor) -> Tensor:
    return (levels * logits - F.softplus(logits)).sum((1, 2))
