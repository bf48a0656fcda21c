from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import bernoulli
from sklearn.neighbors import KNeighborsClassifier

from vae.codec import encode
from vae.config import ModelConfig
from vae.data.sets import Split
from vae.evaluate import encode_split, few_labels, report_card, shortfall, unit
from vae.exact import integrate
from vae.objective import expected
from vae.store import checkpoint


@pytest.fixture(scope="module")
def dataset(digits):
    """Real digits, but few to judge by."""
    return digits._replace(test=Split(digits.test.images[:60], digits.test.labels[:60]))


@pytest.fixture(scope="module")
def judged(trained, dataset):
    """A small trained model and its report card."""
    model = checkpoint.load(trained.checkpoint).model
    return model, report_card(model, dataset, validation=37)


def votes(train, labels, test, truth, count):
    """The share of right answers, counted by hand from scikit-learn's nearest neighbours."""
    voters = KNeighborsClassifier(count).fit(train, labels)
    return float(np.mean(voters.predict(test) == truth.numpy()))


def floats(images):
    return images.float() / 255


@torch.no_grad()
def test_the_bound_and_its_terms_equal_a_fine_quadrature(judged, dataset):
    model, card = judged
    terms = expected(model, floats(dataset.test.images), nodes=15)
    assert card["elbo"] == pytest.approx(terms.elbo.mean().item(), abs=0.2)
    assert card["reconstruction"] == pytest.approx(terms.reconstruction.mean().item(), abs=0.2)
    assert card["kl"] == pytest.approx(terms.kl.mean().item(), abs=1e-4)


@torch.no_grad()
def test_the_exact_likelihood_is_the_integral_and_the_gap_what_the_bound_misses(judged, dataset):
    model, card = judged
    evidence = integrate(model, floats(dataset.test.images), 2**17).log_evidence.mean().item()
    assert card["exact_log_likelihood"] == pytest.approx(evidence, abs=0.02)
    assert card["gap"] == pytest.approx(card["exact_log_likelihood"] - card["elbo"])
    assert card["gap"] > 0
    assert card["integration"]["change"] <= 0.01


def test_the_importance_weighted_bound_lies_between_the_bound_and_the_integral(judged):
    _, card = judged
    weighted = card["importance_weighted_500"]
    assert card["elbo"] < weighted < card["exact_log_likelihood"] + 0.05
    assert weighted == pytest.approx(card["exact_log_likelihood"], abs=0.3)


def test_one_sample_for_each_image_gives_about_the_bound(judged, dataset):
    model, card = judged
    many = encode_split(model, Split(*(part.repeat_interleave(10, 0) for part in dataset.test)))
    bound = -shortfall(model, many, torch.zeros(len(many.labels)), samples=1)
    assert bound == pytest.approx(card["elbo"], abs=2)


def test_neighbours_are_those_of_scikit_learn(judged, dataset):
    model, card = judged
    train, labels = dataset.train.images[:-37], dataset.train.labels[:-37]  # none held back
    places, asked = (encode(model, x).mean.numpy() for x in (train, dataset.test.images))
    for count in (1, 5):
        right = votes(places, labels, asked, dataset.test.labels, count)
        assert card["knn"][str(count)] == pytest.approx(right, abs=0.02)
    modes, asked = (
        integrate(model, floats(x), 2**16).mode.numpy() for x in (train, dataset.test.images)
    )
    for count in (1, 5):
        right = votes(modes, labels, asked, dataset.test.labels, count)
        assert card["knn_exact"][str(count)] == pytest.approx(right, abs=0.1)


@torch.no_grad()
def test_squared_error_and_entropy_of_pixels_equal_numpy_and_scipy(judged, dataset):
    model, card = judged
    images = floats(dataset.test.images)
    chances = torch.sigmoid(model.logits(model.posterior(images).mean).double()).numpy()
    assert card["mse"] == pytest.approx(np.mean((chances - images.numpy()) ** 2), rel=1e-4)
    assert card["pixel_entropy"] == pytest.approx(bernoulli.entropy(chances).mean(), rel=1e-4)
    assert 0 < card["pixel_entropy"] < np.log(2)


def test_the_card_says_what_it_is_of(judged):
    model, card = judged
    assert card["images"] == 60
    assert card["dataset"] == "digits"
    assert card["parameters"] == sum(weight.numel() for weight in model.parameters())
    assert card["device"] == "cpu"
    assert card["unit"] == unit(model.config)


def test_few_labels_are_asked_for_where_there_are_as_many(judged, dataset):
    model, card = judged
    assert list(card["few_labels"]) == ["100", "600", "1000"]
    first = [Split(*(part[:count] for part in dataset.train)) for count in (700, 99)]
    test, some, few = (encode_split(model, split) for split in (dataset.test, *first))
    assert [name for name, _ in few_labels(some, test)] == ["100", "600"]
    assert list(few_labels(few, test)) == []


def test_with_all_labels_few_labels_are_all_the_neighbours(judged, dataset):
    # A draw of 600 out of 600 is the whole set, in another order: no chance is left in it.
    model, _ = judged
    first = Split(*(part[:600] for part in dataset.train))
    some, test = (encode_split(model, split) for split in (first, dataset.test))
    found = dict(few_labels(some, test))["600"]
    for count in (1, 5):
        right = votes(some.means.numpy(), some.labels, test.means.numpy(), test.labels, count)
        assert found[str(count)] == pytest.approx(right, abs=0.02)


def test_the_unit_tells_figures_apart_that_do_not_compare():
    grey = ModelConfig()
    assert unit(grey) == "nats per image, grey levels as probabilities"
    assert unit(replace(grey, pixels="binarised")) == "nats per binarised image"
    densities = {
        unit(replace(grey, likelihood=likelihood))
        for likelihood in ("continuous-bernoulli", "gaussian", "learnt-gaussian")
    }
    assert densities == {"nats per image, density of grey levels"}
