"""The committed models keep what the documents say of them."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from vae import library
from vae.codec import encode
from vae.data import sets
from vae.data.pixels import observe_set
from vae.evaluate import bounds
from vae.exact import integrate
from vae.recipes import RECIPES, recipe
from vae.store import checkpoint
from vae.training.scores import evaluate

ROOT = library.COMMITTED.parent
QUALITY, MADE = ((ROOT / "docs" / name).read_text("utf-8") for name in ("quality.md", "recipes.md"))
on_disk = pytest.mark.skipif(not sets.is_on_disk("mnist"), reason="MNIST is not on disk")

COMMITTED = sorted(library.COMMITTED.glob("*.safetensors"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_checkpoint_holds_what_it_promises(path):
    found = checkpoint.load(path)
    ours = path.stem in ("mnist", "mnist-exact")
    assert path.stat().st_size < (20_000_000 if ours else 5_000_000)
    assert len(found.labels) == 10_000
    assert found.metrics["knn"]["5"] >= 0.65
    assert found.metrics["images"] == 10_000


@pytest.mark.parametrize(("name", "of"), [("mnist", "default"), ("mnist-exact", "exact")])
def test_a_committed_model_has_its_recipe_and_its_row_of_the_quality_table(name, of):
    found = checkpoint.describe(library.find(name))
    assert found.config == replace_device(recipe(of), found)
    figures = found.metrics
    measured = {
        "exact": round(figures["exact_log_likelihood"], 2),
        "elbo": round(figures["elbo"], 2),
        "knn_means": round(figures["knn"]["5"], 4),
        "knn_modes": round(figures["knn_exact"]["5"], 4),
    }
    assert quality(of)[found.config.train.seed] == pytest.approx(measured)


@pytest.mark.parametrize(
    ("figure", "line", "digits"),
    [
        ("exact", "exact log p(x)", 2),
        ("elbo", "ELBO of the encoder", 2),
        ("knn_means", "5-NN accuracy of the encoder's means", 3),
        ("knn_modes", "5-NN accuracy of the exact modes", 3),
    ],
)
def test_the_headline_is_mean_and_deviation_of_the_quality_table(figure, line, digits):
    *_, default, exact = next(row for row in rows(QUALITY) if row[0] == line)
    for of, printed in (("default", default), ("exact", exact)):
        seeds = [row[figure] for row in quality(of)]
        mean, deviation = (float(number) for number in printed.strip("*").split(" ± "))
        last = 10**-digits  # the table is rounded, too
        assert mean == pytest.approx(np.mean(seeds), abs=last)
        assert deviation == pytest.approx(np.std(seeds, ddof=1), abs=last)


@pytest.mark.parametrize("name", [path.stem for path in COMMITTED if path.stem in RECIPES])
def test_the_table_of_recipes_prints_what_a_checkpoint_records(name):
    path = library.find(name)
    found = checkpoint.describe(path)
    row = next(row for row in rows(MADE) if row[0] == f"`{name}`")
    assert row[-4:] == [
        f"{found.metrics['elbo']:.1f}",
        f"{found.metrics['kl']:.1f}",
        f"{found.metrics['knn']['5']:.3f}",
        f"{path.stat().st_size / 1e6:.1f} MB, {found.made['seconds']:.0f} s",
    ]


def rows(text):
    """The cells of every line of a Markdown table."""
    return [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines() if "|" in line]


def quality(of):
    """The figures of docs/quality.csv, seed by seed."""
    with (ROOT / "docs" / "quality.csv").open(encoding="utf-8") as file:
        found = [row for row in csv.DictReader(file) if row["name"].startswith(f"{of}, seed ")]
    names = ("exact", "elbo", "knn_means", "knn_modes")
    return [{name: float(row[name]) for name in names} for row in found]


def replace_device(config, found):
    """A recipe on the device and in the arithmetic that a model was really trained with."""
    made = found.config.train
    train = replace(config.train, device=made.device, precision=made.precision, seed=made.seed)
    return replace(config, train=train)


@on_disk
def test_the_committed_places_are_those_that_the_committed_model_encodes():
    found = checkpoint.load(library.find("mnist"))
    images = observe_set(sets.load("mnist").test.images, found.config.model)
    posterior = encode(found.model, images)
    far = (posterior.mean - found.encoded.mean).norm(dim=1) > 1e-3
    # Two cells may be as likely as each other to the last digit; another processor may then choose
    # the other one.
    assert far.float().mean() < 0.001
    assert torch.allclose(posterior.log_var[~far], found.encoded.log_var[~far], atol=1e-2)


@on_disk
@torch.inference_mode()
@pytest.mark.parametrize("name", ["mnist", "mnist-exact"])
def test_the_recorded_figures_are_what_their_definitions_give(name):
    found = checkpoint.load(library.find(name))
    images = observe_set(sets.load("mnist").test.images, found.config.model)
    score, _ = evaluate(found.model, images)
    assert score.elbo == pytest.approx(found.metrics["elbo"], abs=0.3)
    # What the encoder loses differs less from image to image than log p(x) does.
    some = images[:200]
    lost = integrate(found.model, some, 2**17).log_evidence - bounds(found.model, some).elbo
    error = lost.std().item() / len(some) ** 0.5
    assert lost.mean().item() == pytest.approx(found.metrics["gap"], abs=4 * error)


def test_something_is_committed():
    assert library.DEFAULT in [path.stem for path in COMMITTED]
