"""The recipes as networks: what each is built of, that each learns, that any parts go together."""

from argparse import ArgumentParser
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from vae.codec import decode, encode
from vae.config import Config, ModelConfig, TrainConfig
from vae.data.pixels import observe, observe_set, shrink
from vae.data.sets import Dataset, Split
from vae.errors import ConfigError
from vae.model import VAE
from vae.nn.decoders import DECODERS
from vae.nn.encoders import ENCODERS
from vae.nn.heads import HEADS
from vae.recipes import DEFAULT, RECIPES, recipe
from vae.training import flags, optimiser
from vae.training.batches import Batches
from vae.training.candidates import Candidates
from vae.training.loop import fit
from vae.training.loss import batch_loss
from vae.training.scores import evaluate

ARTICLES = ("conv", "modular", "dense-softplus", "strided-conv", "dense-100")

# The layers with weights, in order, from the table of the articles: encoder, then decoder.
LAYERS = {
    "conv": (
        ["Conv2d 1→32 3×3 stride 2", "Conv2d 32→64 3×3 stride 2", "Linear 3136→128"],
        [
            "Linear 2→128",
            "Linear 128→3136",
            "ConvTranspose2d 64→64 3×3 stride 2",
            "ConvTranspose2d 64→32 3×3 stride 2",
            "ConvTranspose2d 32→1 3×3 stride 1",
        ],
    ),
    "dense-softplus": (
        ["Linear 784→128", "Linear 128→64"],
        ["Linear 2→256", "Linear 256→128", "Linear 128→784"],
    ),
    "strided-conv": (
        ["Conv2d 1→32 3×3 stride 2", "Conv2d 32→64 3×3 stride 2", "Linear 3136→16"],
        [
            "Linear 2→3136",
            "ConvTranspose2d 64→64 3×3 stride 2",
            "ConvTranspose2d 64→32 3×3 stride 2",
            "ConvTranspose2d 32→1 3×3 stride 1",
        ],
    ),
    "dense-100": (["Linear 100→128"], ["Linear 2→128", "Linear 128→100"]),
}
OPTIMISERS = {
    "conv": optimiser.Adam,
    "dense-softplus": optimiser.Adam,
    "strided-conv": optimiser.RMSprop,
    "dense-100": optimiser.RMSprop,
}


def build(name):
    torch.manual_seed(0)
    return VAE(recipe(name).model).eval()


def layers(network):
    """The layers with weights, in words."""
    words = []
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            words.append(f"Linear {layer.in_features}→{layer.out_features}")
        elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            kind, (high, wide) = type(layer).__name__, layer.kernel_size
            channels = f"{layer.in_channels}→{layer.out_channels}"
            words.append(f"{kind} {channels} {high}×{wide} stride {layer.stride[0]}")
    return words


def bends(network):
    return {type(layer) for layer in network.modules() if isinstance(layer, nn.ReLU | nn.GELU)}


def parse(*words):
    parser = ArgumentParser()
    flags.add(parser)
    return flags.parse(parser.parse_args(words))


@pytest.fixture(scope="module")
def few(digits):
    """Part of the digits: 800 to train on, 200 to judge by."""
    return Dataset(
        "digits", Split(*(p[:800] for p in digits.train)), Split(*(p[:200] for p in digits.test))
    )


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_learns_digits(few, name):
    config = recipe(name)
    short = replace(
        config.train,
        dataset="digits",
        epochs=2,
        refit_epochs=min(config.train.refit_epochs, 1),
        batch_size=min(config.train.batch_size, 100),
        lattice=1024,
        device="cpu",
        precision="fp32",
    )
    model = build(name)
    before = evaluate(model, observe_set(few.test.images, config.model))[0]
    reports = list(fit(model, short, few))
    assert len(reports) == 2 + short.refit_epochs
    assert reports[0].held.elbo > before.elbo + 5
    assert reports[-1].held.elbo > reports[0].held.elbo


@pytest.mark.parametrize("name", LAYERS)
def test_a_recipe_has_the_layers_of_its_article(name):
    model, (encoder, decoder) = build(name), LAYERS[name]
    assert layers(model.encoder) == encoder
    assert layers(model.decoder) == decoder
    assert bends(model) == {nn.ReLU}


@pytest.mark.parametrize("name", ARTICLES)
def test_a_recipe_has_mean_and_width_in_layers_of_their_own(name):
    head = build(name).head
    features = head.mean.in_features
    assert layers(head) == [f"Linear {features}→2", f"Linear {features}→2"]
    assert head.mean.weight is not head.widths.weight


@pytest.mark.parametrize("name", ARTICLES)
def test_a_recipe_draws_images_as_large_as_those_it_sees(name):
    model = build(name)
    side = 10 if name == "dense-100" else 28
    logits = model.logits(torch.zeros(3, 2))
    assert logits.shape == (3, side, side)
    assert model.posterior(torch.zeros(3, side, side)).mean.shape == (3, 2)
    drawn = model.likelihood.mean(logits)
    assert torch.equal(drawn, logits.sigmoid())


@pytest.mark.parametrize("name", ARTICLES)
@pytest.mark.parametrize("raw", [-3.0, 0.0, 1.5])
def test_the_width_of_a_posterior_is_what_the_article_says(name, raw):
    model = build(name)
    with torch.no_grad():
        model.head.widths.weight.zero_()
        model.head.widths.bias.fill_(raw)
        side = model.config.side
        std = model.posterior(torch.rand(2, side, side)).std
    raw = torch.tensor(raw)
    expected = F.softplus(raw) if name == "dense-softplus" else torch.exp(raw / 2)
    assert torch.allclose(std, expected)


@pytest.mark.parametrize("name", ["conv", "dense-softplus"])
def test_the_squared_error_is_summed_over_pixels(digits, name):
    model = build(name)
    images = observe(digits.test.images[:5], model.config)
    with torch.no_grad():
        logits = model.logits(torch.randn(5, 2))
        costs = -model.likelihood(images, logits)
    squared = (images - logits.sigmoid()).square().sum((1, 2))
    constant = 784 / 2 * torch.log(torch.tensor(torch.pi))
    assert torch.allclose(costs, squared + constant, rtol=1e-5)


@pytest.mark.parametrize("name", ["modular", "strided-conv", "dense-100"])
def test_the_cross_entropy_is_whole_and_summed_over_pixels(digits, name):
    model = build(name)
    images = observe(digits.test.images[:5], model.config)
    with torch.no_grad():
        logits = model.logits(torch.randn(5, 2))
        costs = -model.likelihood(images, logits)
    chance = logits.sigmoid()
    whole = -(images * chance.log() + (1 - images) * (1 - chance).log())
    assert torch.allclose(costs, whole.sum((1, 2)), rtol=1e-4)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_recipe_is_trained_by_the_optimiser_of_its_article(name):
    chosen = optimiser.build(build(name).parameters(), recipe(name).train)
    assert type(chosen) is OPTIMISERS[name]
    assert recipe(name).train.optimiser != "adamw"


def test_dense_100_is_trained_on_256_vectors_at_a_time(digits):
    config = recipe("dense-100")
    batches = Batches(digits.train.images, config.model, config.train, torch.Generator())
    assert next(batches.epoch(batches.order(), 0.0)).flatten(1).shape == (256, 100)


def first_loss(model, config, images):
    """The loss of the first step of a training."""
    random = torch.Generator().manual_seed(0)
    return batch_loss(model, config, images, 0.0, random, Candidates(model, 0)).loss


def test_modular_weighs_the_kl_by_beta(few):
    config = recipe("modular")
    torch.manual_seed(0)
    model, images = VAE(config.model), observe_set(few.test.images[:50], config.model)

    def cost(beta):
        chosen = replace(config.train, beta=beta)
        return first_loss(model, chosen, images)

    heavy, none = cost(config.train.beta), cost(0.0)
    kl = model.posterior(images).kl_to_prior().mean()
    assert config.train.beta != 1
    assert kl > 0
    assert torch.isclose(heavy - none, config.train.beta * kl, rtol=0.01)


@pytest.mark.parametrize("likelihood", ["bernoulli", "learnt-gaussian"])
@pytest.mark.parametrize(("encoder", "decoder", "head"), list(product(ENCODERS, DECODERS, HEADS)))
def test_any_encoder_learns_with_any_decoder_and_head(few, encoder, decoder, head, likelihood):
    small = ModelConfig(
        side=12,
        encoder=encoder,
        encoder_channels=(4, 8),
        encoder_widths=(32,),
        head=head,
        cells=16,
        decoder=decoder,
        decoder_widths=(32, 32),
        decoder_channels=(8, 4),
        likelihood=likelihood,
    )
    short = TrainConfig(
        dataset="digits", epochs=2, batch_size=50, schedule="constant", device="cpu"
    )
    torch.manual_seed(0)
    model, images = VAE(small), observe_set(few.test.images, small)

    @torch.no_grad()
    def loss():
        return first_loss(model, short, images).item()

    before = loss()
    list(fit(model, short, few))
    assert loss() < before  # which no NaN is
    assert all(torch.isfinite(weight).all() for weight in model.parameters())


@pytest.mark.parametrize("name", RECIPES)
def test_the_flag_of_a_recipe_asks_for_it_and_is_all_it_needs(name):
    assert parse("--recipe", name) == recipe(name)
    assert flags.spell(recipe(name)) == ([] if name == DEFAULT else ["--recipe", name])


def test_no_flags_ask_for_the_default():
    assert parse() == recipe(DEFAULT)


@pytest.mark.parametrize(("model", "training"), list(product(RECIPES, RECIPES)))
def test_the_model_of_one_recipe_trained_as_another_is_spelt_and_parsed_back(model, training):
    mixed = Config(recipe(model).model, recipe(training).train)
    assert parse(*flags.spell(mixed)) == mixed


@pytest.mark.parametrize("name", RECIPES)
def test_a_setting_beside_a_recipe_changes_that_setting_alone(name):
    base = recipe(name)
    found = parse("--recipe", name, "--batch-size", "7", "--encoder-widths", "9", "11")
    assert found.train == replace(base.train, batch_size=7)
    assert found.model == replace(base.model, encoder_widths=(9, 11))


@pytest.mark.parametrize("name", ["", "Conv", "gan"])
def test_an_unknown_recipe_is_refused_with_those_there_are(name):
    with pytest.raises(ConfigError, match=f"one of {', '.join(RECIPES)}, got '{name}'"):
        parse("--recipe", name)


def test_dense_100_takes_plain_vectors_of_100_numbers(digits):
    model, images = build("dense-100"), digits.test.images[:6]
    vectors = shrink(images, 10).flatten(1).float() / 255
    assert vectors.shape == (6, 100)
    found, expected = encode(model, vectors), encode(model, images)
    assert torch.allclose(found.mean, expected.mean, atol=1e-6)
    assert torch.allclose(found.log_var, expected.log_var, atol=1e-6)
    assert len(found.mean.unique(dim=0)) == 6


def test_dense_100_refuses_vectors_of_another_length():
    with pytest.raises(ValueError, match=r"or \(N, 100\), got \(2, 99\)"):
        encode(build("dense-100"), torch.rand(2, 99))


def test_the_encoder_of_strided_conv_works_without_the_decoder(digits):
    model = build("strided-conv")
    alone = nn.Sequential(model.encoder, model.head)
    model.decoder = nn.Identity()
    images = observe(digits.test.images[:4], model.config)
    with torch.no_grad():
        found = alone(images)
    assert torch.equal(found.mean, encode(build("strided-conv"), digits.test.images[:4]).mean)
    assert layers(alone) == [*LAYERS["strided-conv"][0], "Linear 16→2", "Linear 16→2"]


def test_the_decoder_of_strided_conv_works_without_the_encoder():
    model, other = build("strided-conv"), VAE(recipe("strided-conv").model)
    other.decoder.load_state_dict(model.decoder.state_dict())
    z = torch.randn(4, 2)
    with torch.no_grad():
        drawn = (model.decoder(z).sigmoid() * 255).round().to(torch.uint8)
    assert torch.equal(drawn, decode(other, z))
    assert drawn.shape == (4, 28, 28)
