import math

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from vae.nn.posterior import Posterior, concatenate


@pytest.fixture
def slanted():
    """Fifty Gaussians of all shapes, in float64, with correlations from -0.98 to 0.98."""
    generator = torch.Generator().manual_seed(0)
    mean, log_var = torch.randn(2, 50, 2, generator=generator, dtype=torch.float64) * 2
    return Posterior(mean, log_var, torch.linspace(-0.98, 0.98, 50, dtype=torch.float64))


def theirs(posterior):
    """The same Gaussians by torch, their covariances put together entry by entry."""
    covariance = torch.empty(len(posterior.mean), 2, 2, dtype=posterior.mean.dtype)
    for i, (log_var, correlation) in enumerate(
        zip(posterior.log_var, posterior.correlation, strict=True)
    ):
        wide, high = math.exp(log_var[0] / 2), math.exp(log_var[1] / 2)
        across = correlation * wide * high
        covariance[i] = torch.tensor([[wide**2, across], [across, high**2]])
    return MultivariateNormal(posterior.mean, covariance)


def test_kl_equals_torch_distributions():
    generator = torch.Generator().manual_seed(0)
    mean, log_var = torch.randn(2, 50, 2, generator=generator) * 2
    ours = Posterior(mean, log_var, torch.zeros(50)).kl_to_prior()
    q = Independent(Normal(mean, torch.exp(0.5 * log_var)), 1)
    p = Independent(Normal(torch.zeros(50, 2), torch.ones(50, 2)), 1)
    assert torch.allclose(ours, kl_divergence(q, p), rtol=1e-5)


def test_kl_of_an_ellipse_aslant_equals_torch_distributions(slanted):
    prior = MultivariateNormal(torch.zeros(2).double(), torch.eye(2).double())
    assert torch.allclose(slanted.kl_to_prior(), kl_divergence(theirs(slanted), prior))


def test_log_density_and_covariance_equal_torch_distributions(slanted):
    z = torch.randn(7, 50, 2, generator=torch.Generator().manual_seed(1)).double()
    assert torch.allclose(slanted.log_density(z), theirs(slanted).log_prob(z))
    assert torch.allclose(slanted.covariance, theirs(slanted).covariance_matrix)


def test_a_place_is_the_mean_and_the_cholesky_factor_times_the_noise(slanted):
    noise = torch.randn(50, 2, generator=torch.Generator().manual_seed(1)).double()
    moved = (theirs(slanted).scale_tril @ noise[:, :, None])[:, :, 0]
    assert torch.allclose(slanted.at(noise), slanted.mean + moved)


def test_one_offset_for_all_is_that_offset_for_each(slanted):
    offsets = torch.randn(9, 1, 2, generator=torch.Generator().manual_seed(1)).double()
    places = slanted.at(offsets)
    assert places.shape == (9, 50, 2)
    for offset, row in zip(offsets, places, strict=True):
        assert torch.equal(row, slanted.at(offset.expand(50, 2)))


def test_samples_have_the_posteriors_mean_and_covariance():
    mean, covariance = torch.tensor([0.5, -2.0]), torch.tensor([[0.01, -0.09], [-0.09, 2.25]])
    posterior = Posterior(
        mean[None], covariance.diagonal().log()[None], torch.tensor([-0.09 / (0.1 * 1.5)])
    )
    sample = posterior.sample(torch.Generator().manual_seed(0), 200_000)
    assert sample.shape == (200_000, 1, 2)
    assert torch.allclose(sample[:, 0].mean(0), mean, atol=0.015)
    assert torch.allclose(sample[:, 0].T.cov(), covariance, rtol=0.02)


def test_one_sample_for_each_image_is_another_for_each():
    posterior = Posterior(torch.zeros(1000, 2), torch.zeros(1000, 2), torch.full((1000,), 0.8))
    sample = posterior.sample(torch.Generator().manual_seed(0))
    assert sample.shape == (1000, 2)
    assert torch.corrcoef(sample.T)[0, 1] == pytest.approx(0.8, abs=0.05)


def test_the_gradient_of_a_sample_equals_finite_differences():
    def squared(mean, log_var, correlation):
        sample = Posterior(mean, log_var, correlation).sample(torch.Generator().manual_seed(3))
        return (sample**2 * torch.tensor([1.0, 3.0])).sum()

    mean = torch.tensor([[0.4, -0.7]], dtype=torch.float64, requires_grad=True)
    log_var = torch.tensor([[-1.0, 0.5]], dtype=torch.float64, requires_grad=True)
    correlation = torch.tensor([0.6], dtype=torch.float64, requires_grad=True)
    inputs = (mean, log_var, correlation)
    assert torch.autograd.gradcheck(squared, inputs, eps=1e-6, atol=1e-6)


def test_posteriors_of_batches_come_together_in_order(slanted):
    batches = [Posterior(*parts) for parts in zip(*(p.split(20) for p in slanted), strict=True)]
    again = concatenate(batches)
    assert all(torch.equal(ours, whole) for ours, whole in zip(again, slanted, strict=True))


def test_no_batches_are_a_posterior_of_no_images():
    none = concatenate([])
    assert none.mean.shape == none.std.shape == (0, 2)
    assert none.covariance.shape == (0, 2, 2)
    assert none.kl_to_prior().shape == (0,)
