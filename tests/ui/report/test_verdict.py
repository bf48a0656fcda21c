import math
import re
from dataclasses import replace

import pytest

from pages.ui.report.verdict import ordinal, verdict
from tests.support.configs import QUICK
from vae import front, library
from vae.store import checkpoint

METRICS = {"elbo": -140.0, "exact_log_likelihood": -130.0, "knn": {"1": 0.7, "5": 0.8}}


def scored(name, config=QUICK, **metrics):
    return front.score(name, config, {**METRICS, **metrics})


def test_it_says_how_many_digits_are_told_apart_and_what_one_costs_in_nats_and_in_bits():
    said = verdict(scored("mine"), [])
    assert said == (
        "**mine:** its map tells 80% of the test digits apart, and it explains a digit in "
        f"130 nats, {130 / math.log(2):.0f} bits."
    )


def test_each_committed_model_has_the_place_that_its_figures_give_it():
    models = [
        (path.stem, checkpoint.describe(path)) for path in library.COMMITTED.glob("*.safetensors")
    ]
    ours = front.committed()
    accuracies = sorted((told.metrics["knn"]["5"] for _, told in models), reverse=True)
    for one in ours:
        assert one.accuracy is not None and one.exact is not None
        said = verdict(one, ours)
        place = 1 + accuracies.index(one.accuracy)
        words = "last" if place == len(models) > 2 else ordinal(place)
        assert f"({words} of the {len(models)} models)" in said
        assert f"{100 * one.accuracy:.0f}% of the test digits" in said
        assert f"{abs(one.exact):.0f} nats" in said


def test_a_density_has_no_bits_and_a_minus():
    config = replace(QUICK, model=replace(QUICK.model, likelihood="gaussian"))
    said = verdict(scored("mine", config), [])
    assert "a log-density of −130 nats" in said
    assert "bits" not in said


def test_likelihoods_of_other_pixels_and_accuracies_on_other_digits_give_no_place():
    grey = scored("grey")
    binarised = replace(QUICK, model=replace(QUICK.model, pixels="binarised"))
    mnist = replace(QUICK, train=replace(QUICK.train, dataset="mnist"))
    assert "kind of pixels" not in verdict(grey, [scored("other", binarised)])
    assert "models" not in verdict(grey, [scored("other", mnist)])
    assert "kind of pixels" in verdict(grey, [scored("other")])


def test_a_model_that_was_not_scored_has_its_bound_alone():
    bare = front.score("mine", QUICK, {"elbo": -140.0})
    others = [scored("better", elbo=-120.0), scored("worse", elbo=-150.0)]
    assert verdict(bare, others) == (
        "**mine:** it explains a digit in at most 140 nats, 202 bits "
        "(2nd best of the 3 that see the same kind of pixels)."
    )


def test_a_name_from_a_stranger_is_text_and_no_markup():
    said = verdict(scored("[x](http://a.b) <b>"), [])
    assert not re.search(r"(?<!\\)[\[\]()<>](?=.*:\*\*)", said)


@pytest.mark.parametrize(
    ("place", "words"),
    [(1, "best"), (2, "2nd best"), (3, "3rd best"), (4, "4th best"), (11, "11th best")],
)
def test_places_are_written_as_people_say_them(place, words):
    assert ordinal(place) == words
    assert ordinal(22) == "22nd best" and ordinal(112) == "112th best"
