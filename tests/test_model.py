import numpy as np
import pytest
import torch
from scipy.special import expit

from vae.config import ModelConfig
from vae.model import VAE, Posterior, decode, encode, reconstruct

IMAGES = torch.arange(3 * 784, dtype=torch.int64).remainder(256).to(torch.uint8).view(3, 28, 28)


@pytest.mark.parametrize("decoder", ["mlp", "residual"])
def test_shapes_are_what_the_docstrings_say(decoder):
    model = VAE(ModelConfig(encoder_widths=(16, 8), decoder=decoder, decoder_width=8)).eval()
    posterior = encode(model, IMAGES)
    assert posterior.mean.shape == posterior.log_var.shape == (3, 2)
    decoded = decode(model, posterior.mean)
    assert decoded.shape == (3, 28, 28)
    assert decoded.dtype == torch.uint8
    assert torch.equal(reconstruct(model, IMAGES), decoded)


def test_no_images_give_no_places_and_no_places_give_no_images():
    model = VAE(ModelConfig(encoder_widths=(8,), decoder_width=8))
    assert encode(model, IMAGES[:0]).mean.shape == (0, 2)
    assert decode(model, torch.empty(0, 2)).shape == (0, 28, 28)


def test_the_plain_decoder_equals_the_same_layers_in_numpy():
    model = VAE(ModelConfig(encoder_widths=(8,), decoder="mlp", decoder_width=6, decoder_depth=1))
    z = np.array([[0.3, -1.2], [2.0, 0.5]], dtype=np.float32)
    first, _, last = model.decoder
    hidden = z @ first.weight.detach().numpy().T + first.bias.detach().numpy()
    hidden = torch.nn.functional.gelu(torch.from_numpy(hidden)).numpy()
    logits = hidden @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    expected = np.rint(255 * expit(logits)).reshape(2, 28, 28)
    assert np.abs(decode(model, torch.from_numpy(z)).numpy() - expected).max() <= 1


def test_places_on_the_plane_keep_fp32_when_the_rest_is_bf16():
    model = VAE(ModelConfig(encoder_widths=(16,), decoder_width=16))
    images = torch.rand(500, 28, 28)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        mean = model.posterior(images).mean
        near = model.decoder[0](torch.tensor([[1.0, 1.0], [1.0005, 1.0]]))
    assert (mean != mean.bfloat16().float()).any(), "rounded to bf16"
    assert (near[0] != near[1]).any(), "two places became one"


def test_images_of_the_wrong_kind_are_a_programming_error():
    model = VAE(ModelConfig(encoder_widths=(8,), decoder_width=8))
    with pytest.raises(ValueError, match="uint8"):
        encode(model, IMAGES.float())
    with pytest.raises(ValueError, match=r"z must be \(N, 2\)"):
        decode(model, torch.zeros(3))


def test_samples_have_the_posteriors_mean_and_deviation():
    mean, std = torch.tensor([0.5, -2.0]), torch.tensor([0.1, 1.5])
    posterior = Posterior(mean.expand(200_000, 2), std.square().log().expand(200_000, 2))
    sample = posterior.sample(torch.Generator().manual_seed(0))
    assert torch.allclose(sample.mean(0), mean, atol=0.02)
    assert torch.allclose(sample.std(0), std, rtol=0.02)


def test_the_gradient_of_a_sample_equals_finite_differences():
    def squared(mean, log_var):
        sample = Posterior(mean, log_var).sample(torch.Generator().manual_seed(3))
        return (sample**2 * torch.tensor([1.0, 3.0])).sum()

    mean = torch.tensor([[0.4, -0.7]], dtype=torch.float64, requires_grad=True)
    log_var = torch.tensor([[-1.0, 0.5]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(squared, (mean, log_var), eps=1e-6, atol=1e-6)


def test_the_encoder_cannot_claim_to_know_a_place_exactly():
    model = VAE(ModelConfig(encoder_widths=(8,), decoder_width=8))
    with torch.no_grad():
        model.encoder[-1].bias[2:] = -1000.0
    assert torch.isfinite(encode(model, IMAGES).log_var).all()
