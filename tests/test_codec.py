from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import expit

from tests.support.configs import SMALL
from tests.support.oracles import by_brute_force
from vae.codec import decode, encode, reconstruct
from vae.config import ModelConfig
from vae.data.pixels import binarise, observe, observe_set
from vae.exact import TruePosterior
from vae.model import VAE
from vae.nn.posterior import Posterior


@pytest.fixture
def images(digits):
    """Five real digits."""
    return digits.test.images[:5]


@pytest.fixture
def tiny():
    """A model of 10×10 pixels that has learnt nothing."""
    torch.manual_seed(0)
    return VAE(replace(SMALL, side=10)).eval()


def test_images_become_places_and_places_images(model, images):
    posterior = encode(model, images)
    assert isinstance(posterior, Posterior)
    assert posterior.mean.shape == posterior.log_var.shape == (5, 2)
    assert posterior.correlation.shape == (5,)
    decoded = decode(model, posterior.mean)
    assert decoded.shape == (5, 28, 28)
    assert decoded.dtype == torch.uint8
    assert torch.equal(reconstruct(model, images), decoded)


def test_no_images_give_no_places_and_no_places_give_no_images(model, images):
    assert encode(model, images[:0]).mean.shape == (0, 2)
    assert decode(model, torch.empty(0, 2)).shape == (0, 28, 28)


def test_more_images_than_a_batch_are_encoded_each_as_it_would_be_alone(model):
    images = torch.randint(256, (4100, 28, 28), generator=torch.Generator().manual_seed(0))
    images = images.to(torch.uint8)
    whole = encode(model, images)
    assert whole.mean.shape == (4100, 2)
    for i in (0, 4095, 4096, 4099):
        assert torch.allclose(whole.mean[i], encode(model, images[i : i + 1]).mean[0], atol=1e-4)


def test_the_exact_method_equals_a_fine_grid(small, images):
    found = encode(small.model, images, method="exact")
    assert isinstance(found, TruePosterior)
    evidence, mean, covariance, mode = by_brute_force(small.model, images.float() / 255)
    assert torch.allclose(found.log_evidence, evidence, atol=0.01)
    assert torch.allclose(found.mean, mean, atol=0.01)
    assert torch.allclose(found.covariance, covariance, rtol=0.02, atol=0.005)
    assert torch.allclose(found.mode, mode, atol=0.15)


def test_the_exact_method_asks_no_encoder(small, images):
    before = encode(small.model, images, method="exact")
    for part in (small.model.encoder, small.model.head):
        for weight in part.parameters():
            weight.fill_(float("nan"))
    after = encode(small.model, images, method="exact")
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("method", ["encoder", "exact"])
def test_a_plain_vector_is_the_image_it_lists_row_by_row(method, small, images):
    vectors = images.flatten(1).double() / 255
    ours, theirs = (encode(small.model, x, method) for x in (vectors, images))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(ours, theirs, strict=True))


def test_a_small_model_takes_a_hundred_numbers(tiny):
    vectors = torch.rand(3, 100, generator=torch.Generator().manual_seed(0))
    direct = tiny.posterior(vectors.view(3, 10, 10))
    assert torch.allclose(encode(tiny, vectors).mean, direct.mean, atol=1e-6)


@pytest.mark.parametrize(
    "strange",
    [
        torch.zeros(3, 28, 27),
        torch.zeros(3, 28, 28, dtype=torch.int64),
        torch.zeros(3, 783),
        torch.zeros(3, 100),
        torch.zeros(784),
        torch.zeros(3, 784, dtype=torch.uint8),
        torch.zeros(3, 784, dtype=torch.int64),
        torch.zeros(3, 28, 27, dtype=torch.uint8),
        torch.zeros(3, 1, 784),
        torch.zeros(28, 28, dtype=torch.uint8),
    ],
    ids=lambda x: f"{tuple(x.shape)}-{x.dtype}",
)
def test_images_of_the_wrong_kind_are_a_programming_error(strange, model):
    with pytest.raises(ValueError, match=r"uint8, or floats \(N, 28, 28\) or \(N, 784\), got"):
        encode(model, strange)


def test_places_of_the_wrong_kind_are_a_programming_error(model):
    for strange in (torch.zeros(3), torch.zeros(3, 3), torch.zeros(2, 3, 2)):
        with pytest.raises(ValueError, match=r"z must be \(N, 2\)"):
            decode(model, strange)


def test_a_grey_image_stands_for_all_its_draws(images, digits):
    torch.manual_seed(0)
    model = VAE(replace(SMALL, pixels="binarised")).eval()
    grey = observe(digits.test.images[:3], model.config)
    assert torch.equal(encode(model, digits.test.images[:3]).mean, model.posterior(grey).mean)
    z = torch.tensor([[0.3, -0.7], [1.0, 0.5]])
    with torch.no_grad():
        logits = model.logits(z)
        draws = torch.stack([binarise(grey) for _ in range(4000)])
        drawn = model.likelihood.table(draws.flatten(0, 1), logits).unflatten(0, draws.shape[:2])
        computed = model.likelihood.table(grey, logits)
    error = drawn.std(0) / 4000**0.5
    assert ((drawn.mean(0) - computed).abs() < 5 * error + 1e-3).all()


def test_an_answer_depends_on_the_picture_alone(images):
    torch.manual_seed(0)
    model = VAE(replace(SMALL, pixels="binarised")).eval()
    one, other = images[:1], images[1:2]
    alone = encode(model, one).mean[0]
    for pictures, which in (([one, one, one, one], (0, 1, 2, 3)), ([other, one], (1,))):
        found = encode(model, torch.cat(pictures)).mean
        for place in which:
            assert torch.allclose(found[place], alone, atol=1e-6)


def test_a_set_is_binarised_as_a_whole_by_one_stream_of_noise(images):
    config = ModelConfig(pixels="binarised")
    noise = torch.empty(5, 28, 28).uniform_(generator=torch.Generator().manual_seed(0))
    seen = observe_set(images, config)
    assert torch.equal(seen, (noise < images.float() / 255).float())
    assert not torch.equal(observe_set(images[[1, 1]], config)[0], observe_set(images, config)[1])
    assert torch.equal(observe_set(images[:1], config), seen[:1])  # alone, an image is a set of one


def test_what_has_been_observed_is_left_as_it_is(images):
    config = ModelConfig(pixels="binarised")
    seen = observe_set(images, config)
    assert torch.equal(observe(seen, config), seen)
    assert torch.equal(observe(seen.flatten(1), config), seen)


def test_grey_images_are_seen_as_they_are(images):
    assert torch.equal(observe(images, ModelConfig()), images.float() / 255)


@torch.no_grad()
def test_a_small_model_decodes_to_the_size_of_the_screen(tiny):
    z = torch.tensor([[0.3, -1.0], [1.5, 0.2]])
    ours = decode(tiny, z)
    assert ours.shape == (2, 28, 28)
    for found, logits in zip(ours, tiny.logits(z).numpy(), strict=True):
        theirs = np.pad(np.kron(255 * expit(logits), np.ones((2, 2))), 4)
        assert np.abs(found.numpy() - theirs).max() <= 0.51


@torch.no_grad()
@pytest.mark.parametrize("likelihood", ["continuous-bernoulli", "gaussian"])
def test_the_decoded_image_is_the_mean_of_the_likelihood(likelihood):
    torch.manual_seed(0)
    model = VAE(replace(SMALL, likelihood=likelihood)).eval()
    z = torch.tensor([[0.3, -1.0]])
    logits = model.logits(z).double()
    mean = logits.sigmoid()
    if likelihood == "continuous-bernoulli":
        mean = torch.distributions.ContinuousBernoulli(logits=logits).mean
    assert (decode(model, z) - 255 * mean).abs().max() <= 0.51
