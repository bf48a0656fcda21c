from argparse import ArgumentParser
from dataclasses import replace

import pytest

from vae.config import Config, ModelConfig, TrainConfig
from vae.errors import ConfigError
from vae.recipes import DEFAULT, RECIPES, recipe
from vae.training import flags


@pytest.mark.parametrize("epochs", [0, -1, 10**9, 2.5, True, "5", None, float("nan")])
def test_an_impossible_number_of_epochs_is_refused_with_its_bounds(epochs):
    with pytest.raises(ConfigError, match="epochs must be a whole number from 1 to 1000, got"):
        TrainConfig(epochs=epochs)


def test_a_learning_rate_that_is_not_a_number_is_refused():
    with pytest.raises(
        ConfigError, match="learning_rate must be a number from 1e-06 to 1, got nan"
    ):
        TrainConfig(learning_rate=float("nan"))


def test_a_choice_that_is_not_offered_is_refused_with_what_is():
    with pytest.raises(ConfigError, match="dataset must be one of mnist, digits, got 'cifar'"):
        TrainConfig(dataset="cifar")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("widths", [(), (0,), (10**6,), 5, "ab", (1,) * 9])
def test_impossible_layers_are_refused(widths):
    with pytest.raises(ConfigError, match="encoder_widths must be"):
        ModelConfig(encoder_widths=widths)


def test_a_configuration_survives_its_own_dictionary():
    config = Config(ModelConfig(encoder_widths=(7, 9)), TrainConfig(epochs=3, beta=0.5))
    assert Config.from_dict(config.as_dict()) == config


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(
        ConfigError, match="the training has no 'epoch'; it has augment, batch_size"
    ):
        TrainConfig.from_dict({"epoch": 3})


def test_flags_spell_a_configuration_and_parse_back_to_it():
    parser = ArgumentParser()
    flags.add(parser)
    config = Config(
        ModelConfig(encoder_widths=(8, 4), decoder="dense"),
        TrainConfig(epochs=2, learning_rate=0.01),
    )
    assert flags.parse(parser.parse_args(flags.spell(config))) == config


def test_flags_leave_out_what_is_the_default():
    default = recipe(DEFAULT)
    assert flags.spell(default) == []
    other = replace(default, train=replace(default.train, seed=4))
    assert flags.spell(other) == ["--seed", "4"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_spelt_by_its_name_and_what_differs_from_it(name):
    parser = ArgumentParser()
    flags.add(parser)
    base = recipe(name)
    other = replace(base, train=replace(base.train, beta=base.train.beta / 2, epochs=7))
    words = flags.spell(other)
    assert flags.parse(parser.parse_args(words)) == other
    assert flags.parse(parser.parse_args(["--recipe", name])) == base


def test_a_decoder_without_layers_between_survives_its_flags():
    parser = ArgumentParser()
    flags.add(parser)
    config = Config(ModelConfig(decoder="dense", decoder_widths=()))
    assert flags.parse(parser.parse_args(flags.spell(config))) == config


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"decoder_widths": (8, 9)}, "decoder_widths of a residual decoder must be one number"),
        ({"decoder_widths": ()}, "decoder_widths of a residual decoder must be one number"),
        ({"pixels": "binarised", "likelihood": "gaussian"}, "must be bernoulli for binarised"),
        ({"decoder": "conv", "side": 10}, "side must be a multiple of 4 for a conv decoder"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings, complaint):
    with pytest.raises(ConfigError, match=complaint):
        ModelConfig(**settings)
