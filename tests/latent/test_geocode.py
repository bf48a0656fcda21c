from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import chisquare, norm

from vae.errors import CodeError, VAEError
from vae.latent import geocode
from vae.latent.geocode import cell, parse

PLACES = [(0.0, 0.0), (0.3, -1.2), (-2.7, 3.1), (1.5, 1.5), (-0.001, 0.001)]


@pytest.mark.parametrize("z", PLACES)
@pytest.mark.parametrize("characters", range(1, 9))
def test_a_place_lies_in_the_cell_of_its_code_and_the_codes_place_spells_it_again(z, characters):
    code = geocode.format(z, characters)
    (left, bottom), (right, top) = cell(code)
    assert len(code) == characters
    assert left <= norm.cdf(z[0]) < right
    assert bottom <= norm.cdf(z[1]) < top
    assert right - left == top - bottom == 4.0**-characters
    assert geocode.format(parse(code), characters) == code


@pytest.mark.parametrize("z", PLACES)
def test_a_codes_beginning_is_the_code_of_a_cell_around_it(z):
    codes = [geocode.format(z, characters) for characters in range(1, 9)]
    for shorter, longer in pairwise(codes):
        assert longer.startswith(shorter)
        outer, inner = np.array(cell(shorter)), np.array(cell(longer))
        assert (outer[0] <= inner[0]).all()
        assert (inner[1] <= outer[1]).all()


def test_digits_count_from_the_bottom_left_along_the_rows():
    corners = [cell(digit)[0] for digit in "0123456789ABCDEF"]
    assert corners == [(column / 4, row / 4) for row in range(4) for column in range(4)]


def test_every_code_of_two_characters_spells_itself_and_names_a_cell_of_its_own():
    codes = ["".join(pair) for pair in product("0123456789ABCDEF", repeat=2)]
    assert [geocode.format(parse(code), 2) for code in codes] == codes
    assert len({cell(code) for code in codes}) == 256


def test_places_beyond_all_percentiles_are_in_the_outermost_cells():
    assert geocode.format((-40, -40), 8) == "0" * 8
    assert geocode.format((40, 40), 8) == "F" * 8
    assert geocode.format((40, -40), 3) == "333"
    assert geocode.format((-40, 40), 3) == "CCC"
    assert np.isfinite(parse("F" * 8)).all()
    assert np.isfinite(parse("0" * 8)).all()


def test_small_letters_name_the_same_place():
    assert parse("beef") == parse("BEEF")


def test_codes_are_equally_likely_under_the_prior():
    draws = np.random.default_rng(0).normal(size=(50_000, 2)).tolist()
    counts = np.unique([geocode.format((x, y), 2) for x, y in draws], return_counts=True)[1]
    assert len(counts) == 256
    assert chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize(
    "code", ["", "123456789", "G", "0x1F", " 1", "1_2", "½", "\ufb00", "Z" * 99]
)
def test_what_is_no_code_is_refused_in_words(code):
    with pytest.raises(CodeError, match=r"must be 1 to 8 of the characters .*, got '") as refused:
        parse(code)
    assert isinstance(refused.value, VAEError)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("characters", [0, 9, -1])
def test_a_code_of_no_or_too_many_characters_cannot_be_asked_for(characters):
    with pytest.raises(ValueError, match="1 to 8"):
        geocode.format((0, 0), characters)


def test_what_is_not_a_number_has_no_code():
    with pytest.raises(ValueError, match="NaN"):
        geocode.format((float("nan"), 0), 4)
