import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae.likelihoods import Bernoulli
from vae.objective import elbo, expected, hermite_grid


@pytest.fixture
def images(digits):
    """Four real digits as grey levels."""
    return digits.test.images[:4].float() / 255


def plane(half: float, count: int) -> tuple[torch.Tensor, float]:
    """A fine grid of the plane and the area of its cells, for integrals by brute force."""
    line = torch.linspace(-half, half, count)
    return torch.cartesian_prod(line, line), (line[1] - line[0]).item() ** 2


@torch.no_grad()
def joint(model, image, z):
    """log p(x, z) at each z."""
    prior = Normal(0.0, 1.0).log_prob(z).sum(1)
    return Bernoulli()(image, model.decoder(z).unflatten(1, (28, 28))) + prior


@torch.no_grad()
def test_the_bound_misses_log_p_by_exactly_the_kl_to_the_true_posterior(model, images):
    z, area = plane(6.0, 240)
    terms = expected(model, images, nodes=25)
    posterior = model.posterior(images)
    for i, image in enumerate(images):
        log_joint = joint(model, image, z)
        evidence = torch.logsumexp(log_joint, 0) + math.log(area)
        log_q = Normal(posterior.mean[i], torch.exp(0.5 * posterior.log_var[i])).log_prob(z).sum(1)
        gap = (log_q.exp() * (log_q - (log_joint - evidence))).sum() * area
        assert gap > 0
        assert terms.elbo[i] == pytest.approx((evidence - gap).item(), abs=2e-3)


@torch.no_grad()
def test_the_sampled_bound_averages_to_the_expected_one(model, images):
    generator = torch.Generator().manual_seed(0)
    many = images[:1].expand(4000, 28, 28)
    sampled = elbo(model, many, generator).elbo
    noise = sampled.std() / math.sqrt(len(many))
    assert abs(sampled.mean() - expected(model, images[:1], 15).elbo[0]) < 4 * noise


def test_quadrature_integrates_polynomials_of_a_gaussian_exactly():
    offsets, weights = hermite_grid(5)
    x, y = offsets.T
    assert (weights * 1).sum() == pytest.approx(1)
    assert (weights * x**2 * y**4).sum() == pytest.approx(3, rel=1e-5)  # 1 · 3
    assert (weights * x**8).sum() == pytest.approx(105, rel=1e-5)
    assert (weights * x**3 * y).sum() == pytest.approx(0, abs=1e-5)


def test_beta_weighs_the_kl_alone(model, images):
    terms = expected(model, images, 3)
    difference = terms.loss(3.0) - terms.loss(1.0)
    assert difference.item() == pytest.approx(2 * terms.kl.mean().item(), abs=2e-4)
