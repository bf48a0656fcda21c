import pytest
import torch
from torch import nn

from tests.support.oracles import by_brute_force
from vae.exact import integrate, refine
from vae.nn.likelihoods import Bernoulli
from vae.objective import expected


@pytest.fixture
def images(digits):
    """Eight real digits in black and white."""
    return (digits.test.images[:8] > 127).float()


def test_evidence_and_posterior_equal_a_fine_grid(small, images):
    found, _ = refine(small.model, images)
    evidence, mean, covariance, mode = by_brute_force(small.model, images)
    assert torch.allclose(found.log_evidence, evidence, atol=0.01)
    assert torch.allclose(found.mean, mean, atol=0.01)
    assert torch.allclose(found.covariance, covariance, atol=0.005)
    assert torch.allclose(found.mode, mode, atol=0.15)


def test_a_decoder_that_ignores_z_has_the_likelihood_of_its_pixels(small, images):
    logits = torch.linspace(-3, 3, 784)
    with torch.no_grad():
        last = small.model.decoder.out
        assert isinstance(last, nn.Linear)
        last.weight.zero_()
        last.bias.copy_(logits)
    known = Bernoulli()(images, logits.view(28, 28))
    found, _ = refine(small.model, images)
    assert torch.allclose(found.log_evidence, known, atol=1e-3)
    assert torch.allclose(found.mean, torch.zeros(8, 2), atol=0.01)
    assert torch.allclose(found.covariance, torch.eye(2).expand(8, 2, 2), atol=0.02)


def test_the_exact_likelihood_is_above_the_bound(small, images):
    found, _ = refine(small.model, images)
    with torch.no_grad():
        bound = expected(small.model, images, 9).elbo
    assert (found.log_evidence > bound).all()


def test_a_looser_tolerance_stops_earlier_and_says_where(small, images):
    _, loose = refine(small.model, images, tolerance=100.0)
    _, tight = refine(small.model, images, tolerance=1e-5)
    assert loose.points < tight.points
    assert tight.step < loose.step
    assert tight.change <= 1e-5 or tight.points == 2**20


def test_more_points_do_not_change_the_answer_of_few_images_in_a_batch(small, images):
    one = integrate(small.model, images[:1], 2**14).log_evidence
    all_of_them = integrate(small.model, images, 2**14).log_evidence
    assert torch.allclose(one, all_of_them[:1], atol=1e-4)
