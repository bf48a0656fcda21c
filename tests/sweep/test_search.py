from dataclasses import replace

import pytest

from vae.errors import ConfigError
from vae.recipes import RECIPES, recipe
from vae.sweep import search
from vae.sweep.search import Range


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_ranges_around_its_own_values_whose_ends_can_be_trained(name):
    config = recipe(name)
    found = search.around(config)
    assert {"learning_rate", "batch_size", "encoder_widths"} <= set(found)
    for setting, (low, high, log) in found.items():
        assert low < (search.start(config, setting) or 0) < high
        assert log
        search.apply(config, {setting: low})
        search.apply(config, {setting: high})
    search.apply(config, {setting: found[setting].high for setting in found})


def test_what_does_not_matter_to_a_recipe_is_not_searched():
    assert "beta" in search.around(recipe("default"))
    assert "beta" not in search.around(recipe("exact"))
    assert "encoder_channels" not in search.around(recipe("default"))
    assert "encoder_channels" in search.around(recipe("conv"))
    assert "decoder_widths" not in search.around(recipe("strided-conv"))  # which has none


def test_layers_keep_their_proportions_to_the_first():
    config = search.apply(recipe("default"), {"encoder_widths": 512, "decoder_widths": 256})
    assert config.model.encoder_widths == (512, 256)  # from 1024, 512
    assert config.model.decoder_widths == (256,) * 4
    assert config.train == recipe("default").train


def test_a_range_from_the_command_line_takes_the_place_of_the_recipes():
    found = search.read(["learning-rate=1e-4:1e-2:log", "weight_decay=0:0.1"], recipe("plain"))
    assert found["learning_rate"] == Range(1e-4, 1e-2, True)
    assert found["weight_decay"] == Range(0.0, 0.1, False)
    assert found["batch_size"] == search.around(recipe("plain"))["batch_size"]


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("lr=1e-4:1e-2", "There is no setting 'lr' to search; there is augment, batch_size"),
        ("objective=elbo:exact", "There is no setting 'objective'"),
        ("learning_rate", "must be NAME=LOW:HIGH"),
        ("learning_rate=1e-3", "must be NAME=LOW:HIGH"),
        ("learning_rate=1e-3:1e-2:cubic", "must be NAME=LOW:HIGH"),
        ("learning_rate=a:b", "must have two numbers, got 'a'"),
        ("learning_rate=nan:1", "must have two numbers"),
        ("learning_rate=0.1:0.01", "must have its lower end first"),
        ("beta=0:2:log", "above zero where :log is"),
        ("learning_rate=0.1:2", "learning_rate must be a number from 1e-06 to 1, got 2.0"),
        ("batch_size=1.5:3", "must have two whole numbers"),
        ("batch_size=100:100000", "batch_size must be a whole number from 1 to 10000"),
        ("encoder_widths=2:64", "encoder_widths must be a whole number from 4"),
        ("validation=0:100", "validation cannot be searched"),
        ("seed=0:100", "seed cannot be searched"),
        ("decoder_widths=16:64", "decoder_widths is empty in this recipe"),
    ],
)
def test_a_bad_range_is_refused_in_words(word, words):
    config = recipe("strided-conv")
    with pytest.raises(ConfigError) as told:
        search.read([word], config)
    assert words in str(told.value)


def test_a_recipe_without_a_kl_weight_searches_none():
    config = recipe("plain")
    assert "beta" not in search.around(replace(config, train=replace(config.train, beta=0.0)))
