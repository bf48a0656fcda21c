from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import expit

from vae.codec import decode
from vae.config import ModelConfig
from vae.model import VAE
from vae.nn.decoders import DECODERS
from vae.nn.encoders import ENCODERS
from vae.nn.heads import HEADS

SMALL_PARTS = {
    "encoder_widths": (16, 8),
    "encoder_channels": (4, 6),
    "decoder_widths": (8, 8),
    "decoder_channels": (6, 4),
    "frequencies": 5,
    "cells": 16,
}


@pytest.mark.parametrize(
    ("encoder", "head", "decoder", "side"), [*product(ENCODERS, HEADS, DECODERS, (28, 12))]
)
def test_any_encoder_goes_with_any_head_and_any_decoder(encoder, head, decoder, side):
    torch.manual_seed(0)
    config = ModelConfig(side=side, encoder=encoder, head=head, decoder=decoder, **SMALL_PARTS)
    model = VAE(config)
    images = torch.rand(3, side, side)
    posterior = model.posterior(images)
    logits = model.logits(posterior.mean)
    assert logits.shape == images.shape
    assert decode(model, posterior.mean).shape == (3, 28, 28)
    # The image says where it lies, and where it lies says what is drawn.
    assert len(posterior.mean.unique(dim=0)) == len(logits.flatten(1).unique(dim=0)) == 3
    # No part is left out: what is seen and what is drawn depend on every learnt number.
    (sum(part.sum() for part in posterior) + logits.square().sum()).backward()
    assert not [name for name, weight in model.named_parameters() if weight.grad is None]
    assert model.parameters_count == sum(weight.numel() for weight in model.state_dict().values())


def test_the_plain_decoder_equals_the_same_layers_in_numpy():
    model = VAE(ModelConfig(encoder_widths=(8,), decoder="dense", decoder_widths=(6,)))
    z = np.array([[0.3, -1.2], [2.0, 0.5]], dtype=np.float32)
    first, _, last, _ = model.decoder.children()
    hidden = z @ first.weight.detach().numpy().T + first.bias.detach().numpy()
    hidden = torch.nn.functional.gelu(torch.from_numpy(hidden)).numpy()
    logits = hidden @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    expected = np.rint(255 * expit(logits)).reshape(2, 28, 28)
    assert np.abs(decode(model, torch.from_numpy(z)).numpy() - expected).max() <= 1


def test_the_residual_decoder_equals_the_same_layers_in_numpy():
    config = ModelConfig(
        encoder_widths=(8,), decoder_widths=(6, 6), frequencies=3, activation="relu"
    )
    model = VAE(config)
    weights = {k: w.numpy().astype(float) for k, w in model.decoder.state_dict().items()}
    z = np.array([[0.3, -1.2], [2.0, 0.5]])
    rates = np.geomspace(config.lowest_frequency, config.highest_frequency, 3)
    angles = np.pi * (3 - np.sqrt(5)) * np.arange(3)
    phase = z @ np.stack([rates * np.cos(angles), rates * np.sin(angles)])
    waves = np.concatenate([np.sin(phase), np.cos(phase)], 1)

    def layer(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    x = layer(z, "plane") + layer(waves, "mix")
    for block in (0, 1):
        x = x + layer(np.maximum(x, 0), f"blocks.{block}")
    logits = layer(np.maximum(x, 0), "out").reshape(2, 28, 28)
    with torch.no_grad():
        ours = model.logits(torch.from_numpy(z).float()).numpy()
    assert np.allclose(ours, logits, atol=1e-4)


@pytest.mark.parametrize("head", HEADS)
def test_places_on_the_plane_keep_fp32_when_the_rest_is_bf16(head):
    model = VAE(ModelConfig(encoder_widths=(16,), decoder_widths=(16,), head=head, cells=16))
    images = torch.rand(500, 28, 28)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        mean = model.posterior(images).mean
        near = model.decoder.plane(torch.tensor([[1.0, 1.0], [1.0005, 1.0]]))
    assert mean.dtype == torch.float32
    assert (mean != mean.bfloat16().float()).any(), "rounded to bf16"
    assert (near[0] != near[1]).any(), "two places became one"


def test_the_encoder_cannot_claim_to_know_a_place_exactly():
    model = VAE(ModelConfig(encoder_widths=(8,), decoder_widths=(8,)))
    with torch.no_grad():
        model.head.widths.bias.fill_(-1000.0)
        posterior = model.posterior(torch.rand(3, 28, 28))
    assert torch.isfinite(posterior.log_var).all()
    assert (posterior.std > 0).all()
