"""Where a training begins."""

from dataclasses import replace

import pytest
import torch

from tests.support.configs import QUICK
from vae.data.pixels import observe_set
from vae.model import VAE
from vae.recipes import recipe
from vae.training.start import untrained


@torch.no_grad()
@pytest.mark.parametrize("pixels", ["grey", "binarised"])
def test_an_untrained_decoder_gives_the_mean_image_everywhere(digits, pixels):
    config = replace(QUICK, model=replace(QUICK.model, pixels=pixels))
    model = untrained(config, digits)
    mean = observe_set(digits.train.images, config.model).mean(0)
    decoded = model.likelihood.mean(model.logits(torch.randn(200, 2)))
    assert (decoded.mean(0) - mean).abs().mean() < 0.05
    assert (decoded - mean).abs().mean() < 0.1
    before = VAE(config.model).decoder(torch.randn(200, 2)).sigmoid()
    assert (before - mean).abs().mean() > 0.3


@pytest.mark.parametrize("name", ["conv", "modular", "dense-softplus", "strided-conv", "dense-100"])
def test_an_articles_network_begins_as_its_author_has_it(digits, name):
    found = untrained(recipe(name), digits)
    torch.manual_seed(recipe(name).train.seed)
    for ours, theirs in zip(found.parameters(), VAE(recipe(name).model).parameters(), strict=True):
        assert torch.equal(ours, theirs)
