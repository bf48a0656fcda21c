"""What training maximises: a lower bound on the log-likelihood of each image.

    log p(x) = log ∫ p(x|z) p(z) dz  ≥  E_q[log p(x|z)] - KL(q(z|x) ‖ p(z)) = ELBO

All terms are in nats per image, summed over pixels: an average over pixels would weigh the
reconstruction 784 times too lightly against the KL, and the map would collapse into one point.

Source: Kingma & Welling 2014, arXiv:1312.6114, equations 3 and 10.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vae.model import VAE, Posterior


class Terms(NamedTuple):
    """The two costs of an image, in nats: elbo = -(reconstruction + kl)."""

    reconstruction: Tensor  # (N,) -E_q[log p(x|z)]: what the decoded image leaves unsaid
    kl: Tensor  # (N,) KL(q(z|x) ‖ p(z)): what the place on the plane costs to say

    @property
    def elbo(self) -> Tensor:
        """(N,) The lower bound on log p(x)."""
        return -(self.reconstruction + self.kl)

    def loss(self, beta: float = 1.0) -> Tensor:
        """What the optimiser minimises: the mean over images, with the KL weighted by β.

        Source: Higgins et al. 2017, "β-VAE".
        """
        return (self.reconstruction + beta * self.kl).mean()


def bernoulli_log_likelihood(images: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) with each pixel Bernoulli.

    For pixels between 0 and 1 this is the usual "grey-level" cross-entropy: not a likelihood of
    grey levels, but the expected one over random binarisations of them.

    Args:
        images: (..., 28, 28) in [0, 1].
        logits: (..., 28, 28), broadcast against images.

    Returns:
        (...), nats.
    """
    # x·l - softplus(l) = x log σ(l) + (1 - x) log(1 - σ(l)), without ever taking log 0.
    return (images * logits - F.softplus(logits)).sum(dim=(-2, -1))


def kl_to_prior(posterior: Posterior) -> Tensor:
    """KL(N(mean, diag(exp(log_var))) ‖ N(0, I)), in nats.

    Returns:
        (N,)

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix B.
    """
    mean, log_var = posterior
    return 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(dim=1)


def elbo(model: VAE, images: Tensor, generator: torch.Generator | None = None) -> Terms:
    """The bound with one sample of z for each image: noisy, unbiased, differentiable.

    Args:
        images: (N, 28, 28) float in [0, 1].
    """
    posterior = model.posterior(images)
    logits = model.logits(posterior.sample(generator))  # (N, 28, 28)
    return Terms(-bernoulli_log_likelihood(images, logits), kl_to_prior(posterior))


def expected(model: VAE, images: Tensor, nodes: int = 5) -> Terms:
    """The bound with the expectation over q computed by Gauss-Hermite quadrature, not sampled.

    Two dimensions need only nodes² decoded images, and the answer is the same every time.

    Args:
        images: (N, 28, 28) float in [0, 1].
        nodes: points in each direction; 5 integrates polynomials up to degree 9 exactly.
    """
    posterior = model.posterior(images)
    offsets, weights = hermite_grid(nodes, images.device)  # (K, 2), (K,)
    std = torch.exp(0.5 * posterior.log_var)
    z = posterior.mean[:, None] + std[:, None] * offsets  # (N, K, 2)
    logits = model.logits(z.flatten(0, 1)).unflatten(0, z.shape[:2])  # (N, K, 28, 28)
    likelihood = bernoulli_log_likelihood(images[:, None], logits) @ weights  # (N,)
    return Terms(-likelihood, kl_to_prior(posterior))


def hermite_grid(nodes: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Points and weights that integrate against N(0, I) in the plane.

    Returns:
        offsets (nodes², 2) in standard deviations, weights (nodes²,) that sum to 1.
    """
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    x, w = torch.tensor(x), torch.tensor(w / math.sqrt(2 * math.pi))
    offsets = torch.cartesian_prod(x, x).float().to(device)
    return offsets, torch.outer(w, w).flatten().float().to(device)
