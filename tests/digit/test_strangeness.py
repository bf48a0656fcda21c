import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.special import entr

from tests.support.configs import SMALL
from vae import library
from vae.codec import encode
from vae.data import sets
from vae.data.pixels import shrink, to_bytes
from vae.digit.inference import costs
from vae.digit.strangeness import (
    BLUR,
    LARGEST,
    POWER,
    RESIDUAL,
    SHARE,
    SMALLEST,
    TYPICAL,
    largest_residual,
    outline,
    own_entropy,
    size,
    strangenesses,
)
from vae.model import VAE
from vae.store import checkpoint


@pytest.fixture(scope="module")
def committed():
    return checkpoint.load(library.find("mnist")).model


def variation(image):
    """The total variation, pixel by pixel."""
    paper, total = np.pad(image, 1), 0.0
    for i in range(len(paper) - 1):
        for j in range(len(paper) - 1):
            right, below = paper[i, j + 1] - paper[i, j], paper[i + 1, j] - paper[i, j]
            total += math.hypot(right, below)
    return total


def test_a_rectangle_of_ink_has_its_perimeter_as_its_outline():
    sheet = torch.zeros(2, 28, 28)
    sheet[0, 5:15, 3:9] = 1
    sheet[1] = 1  # the edge of the sheet is an outline too
    corner = 2 - math.sqrt(2)  # that is cut, once for each
    assert outline(sheet).tolist() == pytest.approx([32 - corner, 4 * 28 - corner], rel=1e-5)


def test_the_entropy_of_grey_levels_is_that_of_their_draws():
    levels = torch.rand(3, 5, 5, generator=torch.Generator().manual_seed(0))
    draws = torch.distributions.Bernoulli(levels).entropy().sum((1, 2))
    assert own_entropy(levels).tolist() == pytest.approx(draws.tolist(), rel=1e-5)
    assert own_entropy(levels.round()).tolist() == [0, 0, 0]


def test_the_largest_residual_is_found_where_two_images_differ_by_a_stroke():
    levels, decoded = torch.zeros(2, 2, 28, 28)
    levels[0, 10:20, 12:15] = 1
    decoded[1, 10:20, 12:15] = 1  # ink that is missing counts like ink that is too much
    found = largest_residual(levels, decoded)
    blurred = gaussian_filter(levels[0].double().numpy(), BLUR, mode="constant", truncate=6 / BLUR)
    assert found.tolist() == pytest.approx([blurred.max()] * 2, rel=1e-4)


def test_size_is_measured_in_pixels_of_28_by_28_whatever_the_model_sees():
    sheet = torch.zeros(1, 28, 28)
    sheet[0, 4:24, 8:16] = 1
    small_sheet = shrink(to_bytes(sheet), 14).float() / 255
    at_28, at_14 = size(sheet, sheet).item(), size(small_sheet, small_sheet).item()
    assert at_28 == pytest.approx(math.sqrt(56 * 160), rel=0.01)
    assert at_14 == pytest.approx(at_28, rel=0.01)


def test_size_excuses_no_more_than_that_of_the_largest_and_smallest_digits():
    noise, empty = torch.rand(1, 28, 28), torch.zeros(1, 28, 28)
    assert size(noise, noise).item() == LARGEST
    assert size(empty, empty).item() == SMALLEST


def test_strangeness_is_what_each_of_its_parts_says_computed_one_by_one(committed):
    images = sets.load_test("mnist").images[:6]
    levels = images.double().numpy() / 255
    chances = committed.logits(encode(committed, images).mean).sigmoid().double().numpy()
    found = strangenesses(committed, images)
    for i, cost in enumerate(costs(committed, images).tolist()):
        excess = cost - (entr(levels[i]) + entr(1 - levels[i])).sum()
        extent = math.sqrt(variation(levels[i]) * chances[i].sum())
        assert SMALLEST < extent < LARGEST
        differences = gaussian_filter(
            levels[i] - chances[i], BLUR, mode="constant", truncate=6 / BLUR
        )
        stroke = (np.abs(differences).max() / RESIDUAL) ** SHARE
        expected = excess * stroke * (TYPICAL / extent) ** POWER
        assert found[i].item() == pytest.approx(expected, rel=1e-3)


def test_what_is_no_digit_is_strange_also_where_it_costs_little(committed):
    digits = sets.load_test("mnist").images[:500]
    noise = torch.randint(256, (28, 28), generator=torch.Generator().manual_seed(0))
    line, empty = torch.zeros(2, 28, 28, dtype=torch.uint8)
    line[13:15, 3:25] = 255
    others = torch.stack([noise.to(torch.uint8), line, empty])
    assert costs(committed, others)[1] < costs(committed, digits).quantile(0.75)
    found = strangenesses(committed, others)
    assert found.min() > strangenesses(committed, digits).max()
    assert found.isfinite().all()


def test_a_model_whose_pixels_are_not_bernoulli_is_refused():
    model = VAE(replace(SMALL, likelihood="gaussian")).eval()
    with pytest.raises(ValueError, match="bernoulli"):
        strangenesses(model, torch.zeros(1, 28, 28, dtype=torch.uint8))
