"""Each figure against the numbers that it shows."""

import numpy as np
import pytest
import torch

from pages.ui.report import confusion, costs, labels, models, spread
from pages.ui.report.verdict import verdict
from tests.support.configs import QUICK
from vae import front
from vae.latent.marginals import marginals


@pytest.fixture
def nats():
    return torch.randn(5000, generator=torch.Generator().manual_seed(0)) * 20 + 100


def test_the_bars_are_all_test_digits_and_the_lines_stand_where_they_should(nats):
    bars, average, own = costs.histogram(nats, 131.0).data
    assert sum(bars.y) == 5000
    assert average.x[0] == pytest.approx(nats.mean().item(), rel=1e-5)
    assert average.text[1] == f"average {nats.mean():.0f}"
    assert own.x == (131.0, 131.0) and own.text[1] == "your digit 131"


def test_without_a_digit_of_ones_own_there_is_no_line_for_it(nats):
    bars, average = costs.histogram(nats, None).data
    assert sum(bars.y) == 5000 and average.text[1].startswith("average")


def test_a_digit_that_costs_more_than_all_others_is_on_the_picture(nats):
    bars, _, own = costs.histogram(nats, 900.0).data
    assert bars.x[-1] < 900 < 2 * bars.x[-1] - bars.x[-2] + 1
    assert own.x[0] == 900


def test_test_digits_that_all_cost_the_same_are_one_bar():
    bars = costs.histogram(torch.full((7,), 42.0), None).data[0]
    assert sum(bars.y) == 7


def test_the_matrix_has_the_counts_as_numbers_and_shares_of_rows_as_shades():
    counts = np.arange(100).reshape(10, 10)
    right, wrong, numbers = confusion.matrix(counts).data
    written = {
        (int(row), int(column)): int(text)
        for row, column, text in zip(numbers.y, numbers.x, numbers.text, strict=True)
    }
    assert written == {(i, j): counts[i, j] for i in range(10) for j in range(10) if counts[i, j]}
    shares = counts / counts.sum(1, keepdims=True)
    assert np.diag(right.z) == pytest.approx(np.diag(shares))
    assert np.isnan(np.diag(wrong.z)).all()
    off = ~np.eye(10, dtype=bool)
    assert wrong.z[off] == pytest.approx(shares[off])
    assert wrong.customdata[3][8] == "38 of 345 3s are taken for an 8"


def test_a_class_that_is_not_there_is_an_empty_row():
    counts = np.zeros((10, 10), int)
    counts[2, 2] = 3
    assert confusion.matrix(counts).data[0].z[5, 5] == 0


def test_accuracies_stand_over_their_numbers_of_labels():
    metrics = {
        "few_labels": {"600": {"1": 0.7, "5": 0.8}, "100": {"1": 0.5, "5": 0.6}},
        "knn": {"1": 0.85, "5": 0.9},
    }
    known = labels.points(metrics, {"train_images": 50_000})
    assert list(known) == [100, 600, 50_000]
    five, one = labels.curve(known).data
    assert five.x == one.x == (100, 600, 50_000)
    assert five.y == pytest.approx((60, 80, 90))
    assert one.y == pytest.approx((50, 70, 85))


def test_numbers_of_labels_that_are_none_are_left_out():
    row = {"1": 0.5, "5": 0.6}
    strange = dict.fromkeys(["-5", "0", "1e9", "<b>", "²", "9" * 400, "100"], row)
    assert list(labels.points({"few_labels": strange, "knn": row}, {"train_images": -1})) == [100]


def test_the_bars_along_both_axes_have_the_same_scales():
    means = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    drawn = spread.histograms(marginals(means))
    assert drawn.layout.yaxis.range == drawn.layout.yaxis2.range
    assert drawn.data[0].xaxis == drawn.data[2].xaxis == "x"
    assert np.array_equal(drawn.data[0].x, drawn.data[2].x)


def one(name, **metrics):
    usual = {"elbo": -140.0, "exact_log_likelihood": -130.0, "knn": {"1": 0.7, "5": 0.8}}
    return front.score(name, QUICK, {**usual, **metrics})


def test_this_model_is_the_large_dot_and_every_dot_has_its_name():
    everyone = [one("a", elbo=-150.0), one("b", exact_log_likelihood=-120.0), one("c")]
    for drawn in (
        models.exactness(everyone[1], everyone),
        models.readability(everyone[1], everyone),
    ):
        dots = drawn.data[-1]
        assert dots.text == ("a", "b", "c")
        assert dots.marker.size[1] > dots.marker.size[0] == dots.marker.size[2]
        assert ["<b>b</b>" in words for words in dots.customdata] == [False, True, False]
    line, dots = models.exactness(everyone[1], everyone).data
    assert line.x == line.y
    assert dots.x == (-150, -140, -140) and dots.y == (-130, -120, -130)


def test_what_was_not_computed_is_a_sentence():
    bare = front.score("mine", QUICK, {"elbo": -140.0})
    assert "has not been computed" in models.exactness(bare, [bare])
    assert "has not been computed" in models.readability(bare, [bare])


@pytest.mark.parametrize("value", [1.7e308, -1.7e308, 0.0, 10**300])
def test_figures_that_a_stranger_made_up_are_drawn_all_the_same(value):
    strange = one("mine", elbo=-value, exact_log_likelihood=value, knn={"1": value, "5": value})
    verdict(strange, [one("other")])
    for draw in (models.exactness, models.readability):
        draw(strange, [strange, one("other")]).to_json()
