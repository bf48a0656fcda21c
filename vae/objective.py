"""Bounds on the log-likelihood of each image.

    log p(x) = log ∫ p(x|z) p(z) dz  ≥  E_q[log p(x|z)] - KL(q(z|x) ‖ p(z)) = ELBO

All terms are in nats per image, summed over pixels. In two dimensions log p(x) itself can be
integrated numerically, without a bound: see `vae.exact`.

Source: Kingma & Welling 2014, arXiv:1312.6114, equations 3 and 10.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae.model import VAE
from vae.nn.posterior import Posterior


class Terms(NamedTuple):
    """The two terms of the negative ELBO of each image, in nats: elbo = -(reconstruction + kl).

    As code lengths: the bits to send z, and those to send the image once z is known (bits-back).
    """

    reconstruction: Tensor  # (N,) -E_q[log p(x|z)], the expected negative log-likelihood
    kl: Tensor  # (N,) KL(q(z|x) ‖ p(z)), from the posterior to the prior

    @property
    def elbo(self) -> Tensor:
        """(N,) The lower bound on log p(x)."""
        return -(self.reconstruction + self.kl)

    def loss(self, beta: float = 1.0) -> Tensor:
        """The training loss: the mean over images, with the KL weighted by β.

        Source: Higgins et al. 2017, "β-VAE".
        """
        return (self.reconstruction + beta * self.kl).mean()


def elbo(
    model: VAE,
    images: Tensor,
    generator: torch.Generator | None = None,
    posterior: Posterior | None = None,
) -> Terms:
    """The ELBO estimated with one reparametrised sample of z per image: unbiased, differentiable.

    Args:
        images: (N, side, side) float in [0, 1].
        posterior: of each image; by default the encoder's.
    """
    posterior = posterior or model.posterior(images)
    logits = model.logits(posterior.sample(generator))  # (N, side, side)
    return Terms(-model.likelihood(images, logits), posterior.kl_to_prior())


def importance_weighted(
    model: VAE,
    images: Tensor,
    samples: int,
    generator: torch.Generator | None = None,
    posterior: Posterior | None = None,
) -> tuple[Tensor, Terms]:
    """The importance-weighted bound: log of the mean of p(x, z) / q(z|x) over several samples.

    One sample gives the ELBO; with more it rises towards log p(x).

    Args:
        images: (N, side, side) float in [0, 1].
        samples: how many for each image.
        posterior: of each image; by default the encoder's.

    Returns:
        (N,) the bound in nats, and the two terms of the ELBO from the same samples.

    Source: Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519, equation 8.
    """
    posterior = posterior or model.posterior(images)
    z = posterior.sample(generator, samples)  # (K, N, 2)
    logits = model.logits(z.flatten(0, 1)).unflatten(0, z.shape[:2])  # (K, N, side, side)
    likelihood = model.likelihood(images, logits)  # (K, N)
    weights = likelihood + log_prior(z) - posterior.log_density(z)
    bound = weights.logsumexp(0) - math.log(samples)
    return bound, Terms(-likelihood.mean(0), posterior.kl_to_prior())


def log_prior(z: Tensor) -> Tensor:
    """log N(z; 0, I): (..., 2) -> (...), nats."""
    return -0.5 * z.square().sum(-1) - math.log(2 * math.pi)


def expected(
    model: VAE, images: Tensor, nodes: int = 5, posterior: Posterior | None = None
) -> Terms:
    """The ELBO with its expectation over q computed by Gauss-Hermite quadrature, not sampled.

    In two dimensions that takes nodes² decoded images, and is deterministic.

    Args:
        images: (N, side, side) float in [0, 1].
        nodes: points in each direction; 5 integrates polynomials up to degree 9 exactly.
        posterior: of each image; by default the encoder's.
    """
    posterior = posterior or model.posterior(images)
    offsets, weights = hermite_grid(nodes, images.device)  # (K, 2), (K,)
    z = posterior.at(offsets[:, None])  # (K, N, 2)
    logits = model.logits(z.flatten(0, 1)).unflatten(0, z.shape[:2])  # (K, N, side, side)
    return Terms(-(weights @ model.likelihood(images, logits)), posterior.kl_to_prior())


def hermite_grid(nodes: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Gauss-Hermite nodes and weights for integrals over the plane against N(0, I).

    Returns:
        offsets (nodes², 2) in standard deviations, weights (nodes²,) that sum to 1.
    """
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    x, w = torch.tensor(x), torch.tensor(w / math.sqrt(2 * math.pi))
    offsets = torch.cartesian_prod(x, x).float().to(device)
    return offsets, torch.outer(w, w).flatten().float().to(device)
