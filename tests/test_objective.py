import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal
from torch.nn import functional as F

from vae.config import ModelConfig
from vae.exact import refine
from vae.model import VAE
from vae.nn.likelihoods import Gaussian
from vae.nn.posterior import Posterior
from vae.objective import elbo, expected, hermite_grid, importance_weighted, log_prior


@pytest.fixture
def images(digits):
    """Four real digits as grey levels."""
    return digits.test.images[:4].float() / 255


def plane(half: float, count: int) -> tuple[torch.Tensor, float]:
    """A fine grid of the plane and the area of its cells, for integrals by brute force."""
    line = torch.linspace(-half, half, count, dtype=torch.float64)
    return torch.cartesian_prod(line, line), (line[1] - line[0]).item() ** 2


@torch.no_grad()
def joint(model, image, z):
    """log p(x, z) at each z, summed in float64."""
    logits = model.logits(z.float()).double()
    image = image.double().expand_as(logits)
    entropy = F.binary_cross_entropy_with_logits(logits, image, reduction="none")
    return Normal(0.0, 1.0).log_prob(z).sum(1) - entropy.sum((1, 2))


@torch.no_grad()
def test_the_bound_misses_log_p_by_exactly_the_kl_to_the_true_posterior(model, images):
    z, area = plane(6.0, 160)
    terms = expected(model, images, nodes=45)
    posterior = model.posterior(images)
    for i, image in enumerate(images):
        log_joint = joint(model, image, z)
        evidence = torch.logsumexp(log_joint, 0) + math.log(area)
        q = Normal(posterior.mean[i].double(), torch.exp(0.5 * posterior.log_var[i]).double())
        log_q = q.log_prob(z).sum(1)
        gap = (log_q.exp() * (log_q - (log_joint - evidence))).sum() * area
        assert gap > 0
        assert terms.elbo[i].item() == pytest.approx((evidence - gap).item(), abs=2e-3)


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


def test_the_prior_is_a_standard_normal():
    z = torch.randn(3, 5, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(log_prior(z), Normal(0.0, 1.0).log_prob(z).sum(-1), atol=1e-6)


@torch.no_grad()
def test_one_importance_weighted_sample_is_the_bound_in_expectation(model, images):
    many = images[:1].expand(4000, 28, 28)
    bound, terms = importance_weighted(model, many, 1, torch.Generator().manual_seed(0))
    exact = expected(model, images[:1], 15).elbo[0]
    for sampled in (bound, terms.elbo):
        noise = sampled.std() / math.sqrt(len(many))
        assert abs(sampled.mean() - exact) < 4 * noise


@torch.no_grad()
def test_more_importance_weighted_samples_rise_towards_the_evidence(small, digits):
    images = digits.test.images[:100].float() / 255
    evidence = refine(small.model, images)[0].log_evidence.mean()
    bounds = [expected(small.model, images, 9).elbo.mean()]
    for samples in (5, 50, 500):
        generator = torch.Generator().manual_seed(0)
        parts = [
            importance_weighted(small.model, batch, samples, generator)[0]
            for batch in images.split(20)
        ]
        bounds.append(torch.cat(parts).mean())
    gaps = [(evidence - bound).item() for bound in bounds]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > 10 * gaps[-1]
    assert gaps[-1] > -0.02


@torch.no_grad()
def test_several_samples_weigh_the_terms_of_the_bound_alike(model, images):
    _, terms = importance_weighted(model, images, 500, torch.Generator().manual_seed(0))
    exact = expected(model, images, 15)
    assert torch.allclose(terms.kl, exact.kl)
    assert torch.allclose(terms.reconstruction, exact.reconstruction, rtol=0.02)


class Plain(Gaussian):
    """Gaussian noise around whatever the decoder says, not squeezed into [0, 1]."""

    def mean(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits themselves."""
        return logits


@pytest.fixture
def linear():
    """A model whose decoder is x = W z + b + noise: all about it is known in closed form."""
    torch.manual_seed(0)
    config = ModelConfig(
        side=4,
        encoder_widths=(8,),
        covariance="full",
        decoder="dense",
        decoder_widths=(),
        likelihood="gaussian",
        deviation=1.0,
    )
    model = VAE(config).eval()
    model.likelihood = Plain(1.0, learnt=False)
    return model


@pytest.fixture
def closed(linear):
    """log p(x), and the mean and covariance of p(z|x), of any images under the linear model."""
    layer = linear.decoder[0]
    w, b = layer.weight.detach().double(), layer.bias.detach().double()
    marginal = MultivariateNormal(b, w @ w.T + torch.eye(16).double())
    covariance = torch.linalg.inv(torch.eye(2).double() + w.T @ w)

    def answer(images):
        x = images.flatten(1).double()
        return marginal.log_prob(x), (x - b) @ w @ covariance, covariance

    return answer


@pytest.fixture
def noisy():
    """Images that a linear model might have drawn."""
    return torch.randn(20, 4, 4, generator=torch.Generator().manual_seed(1))


def gaussian(mean, covariance):
    """A full covariance as the posterior says it: two variances and a correlation."""
    wide, high = covariance.diagonal().sqrt()
    correlation = (covariance[0, 1] / (wide * high)).float()
    count = len(mean)
    log_var = covariance.diagonal().log().float().expand(count, 2)
    return Posterior(mean.float(), log_var, correlation.expand(count))


@torch.no_grad()
def test_the_integral_of_a_linear_model_is_the_closed_form(linear, closed, noisy):
    evidence, mean, covariance = closed(noisy)
    found, _ = refine(linear, noisy, tolerance=1e-4)
    assert covariance[0, 1].abs() > 0.01, "an ellipse along the axes would prove less"
    assert torch.allclose(found.log_evidence.double(), evidence, atol=2e-3)
    assert torch.allclose(found.mean.double(), mean, atol=3e-3)
    assert torch.allclose(found.covariance.double(), covariance.expand(20, 2, 2), atol=3e-3)
    assert torch.allclose(found.mode.double(), mean, atol=0.05)  # a Gaussian's mode is its mean


@torch.no_grad()
def test_the_bound_of_a_linear_model_is_its_evidence_at_the_true_posterior(linear, closed, noisy):
    evidence, mean, covariance = closed(noisy)
    true = gaussian(mean, covariance)
    # Every single sample weighs the same where q is the posterior: p(x, z) / q(z) = p(x).
    weighted, _ = importance_weighted(linear, noisy, 3, torch.Generator(), true)
    assert torch.allclose(weighted.double(), evidence, atol=1e-3)
    many = Posterior(*(part.repeat_interleave(2000, 0) for part in true))
    sampled = elbo(linear, noisy.repeat_interleave(2000, 0), torch.Generator().manual_seed(0), many)
    bound = sampled.elbo.view(20, 2000)
    noise = bound.std(1) / math.sqrt(2000)
    assert ((bound.mean(1) - evidence).abs() < 4 * noise).all()


@torch.no_grad()
def test_quadrature_gives_a_linear_models_bound_in_closed_form(linear, closed, noisy):
    # With q = N(m, S): the gap to log p(x) is KL(q, p(z|x)), of two Gaussians.
    evidence, mean, covariance = closed(noisy)
    q = linear.posterior(noisy)
    gap = torch.distributions.kl_divergence(
        MultivariateNormal(q.mean.double(), q.covariance.double()),
        MultivariateNormal(mean, covariance.expand(20, 2, 2)),
    )
    found = expected(linear, noisy, 3).elbo.double()
    assert torch.allclose(found, evidence - gap, atol=1e-3)
