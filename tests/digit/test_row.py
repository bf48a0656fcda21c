"""The digits of a number are told apart, and no digit is torn."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.digits.conditions import CONDITIONS, FINE, composed, in_shadow, mask, picture
from tests.digits.hands import HANDS, strokes
from tests.support.pictures import encoded, enlarged, mnist
from vae.digit import row
from vae.digit.image import read
from vae.digit.normalise import find, normalise, normalise_row
from vae.digit.picture import decode

NUMBERS = ["42", "2026", "17", "11", "10", "99", "007", "31415", "86420135"]
HAND_COUNT = 3


def alike(one, other):
    """Their correlation, after a shift by a pixel at most: where a pixel falls is chance."""
    shifts = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    moved = [np.roll(one, shift, (0, 1)).ravel() for shift in shifts]
    return max(np.corrcoef(each, other.ravel())[0, 1] for each in moved)


def written(number, turn, gap=0.25):
    """The strokes of a number, each digit in another hand; and those of its digits alone."""
    whole, alone, x = [], [], 0.0
    for place, name in enumerate(number):
        digit = int(name)
        hands = list(HANDS[digit])
        lines = strokes(digit, hands[(turn + place) % len(hands)])
        every = np.concatenate(lines)
        offset = [x - every[:, 0].min(), 0.06 * (place % 2)]
        whole += [line + offset for line in lines]
        x += np.ptp(every[:, 0]) + gap
        alone.append(lines)
    return whole, alone


def page(lines, number, **how):
    return mask(lines, size=(150 * len(number) + 60, 300), height=130, **how)


@pytest.mark.parametrize("turn", range(HAND_COUNT))
@pytest.mark.parametrize("number", NUMBERS)
def test_the_digits_of_a_number_are_told_apart_from_left_to_right(number, turn):
    whole, alone = written(number, turn)
    found = normalise_row(decode(encoded(composed(page(whole, number)))))
    assert len(found) == len(number)
    for digit, lines in zip(found, alone, strict=True):
        by_itself = normalise(decode(encoded(composed(page(lines, "0")))))
        assert alike(digit.image, by_itself.image) > 0.8


@pytest.mark.parametrize("angle", [-12, 12])
@pytest.mark.parametrize("gap", [0.2, 0.6])
def test_a_number_may_be_slanted_near_or_wide(gap, angle):
    for number in ("42", "2026", "117"):
        whole, _ = written(number, 1, gap)
        slant = np.array([[1, 0], [-np.tan(np.deg2rad(angle)), 1]])
        ink = page([line @ slant for line in whole], number)
        assert row.digits(np.asarray(ink) / 255).length == len(number)


def test_a_number_in_shadow_or_of_a_fine_pen_is_told_apart():
    whole, _ = written("2026", 2)
    shaded = in_shadow(composed(page(whole, "2026"), "#f4f2ec", "#303038"))
    fine = encoded(composed(page(whole, "2026", width=FINE)))
    for source in (shaded, fine):
        assert len(normalise_row(decode(source))) == 4


def torn(condition, among):
    return [
        f"{digit} {hand}"
        for digit, hand in among
        if len(normalise_row(decode(picture(digit, hand, condition)))) > 1
    ]


EVERY = [(digit, hand) for digit, hands in HANDS.items() for hand in hands]


@pytest.mark.parametrize(("turn", "condition"), list(enumerate(CONDITIONS)))
def test_no_digit_of_the_corpus_is_torn(turn, condition):
    among = [*EVERY[(turn + 3) % 6 :: 6], (5, "broken roof"), (4, "open"), (7, "crossed")]
    assert not torn(condition, among)


@pytest.mark.slow
@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_digit_of_the_corpus_is_torn_at_all(condition):
    assert not torn(condition, EVERY)


def test_of_mnists_digits_next_to_none_is_torn():
    images, _ = mnist()
    found = [row.digits(enlarged(image, 112) / 255).length for image in images[:2000]]
    assert sum(count > 1 for count in found) <= 1
    assert all(row.digits(image / 255).length == 1 for image in images[:2000])


def test_a_stroke_that_the_pen_has_broken_stays():
    ink = Image.new("L", (300, 300))
    pen = ImageDraw.Draw(ink)
    pen.line([(90, 60), (90, 160), (165, 160)], 255, 14)  # a 4, of which the bar falls short
    pen.line([(190, 60), (190, 240)], 255, 14)
    assert row.digits(np.asarray(ink) / 255).length == 1


def test_a_line_under_a_number_is_none_of_its_digits():
    whole, _ = written("42", 0)
    ink = page(whole, "42")
    bare = normalise_row(decode(encoded(composed(ink))))
    ImageDraw.Draw(ink).line((60, 250, 300, 250), 255, 8)
    lined = normalise_row(decode(encoded(composed(ink))))
    assert len(lined) == len(bare) == 2
    assert all(alike(one.image, other.image) > 0.99 for one, other in zip(lined, bare, strict=True))


def test_more_than_eight_digits_are_eight():
    whole, _ = written("123456789017", 0)
    source = encoded(composed(page(whole, "123456789017")))
    first = read(source)
    assert 1 + len(first.others) == row.DIGITS == 8
    assert "Only the first 8" in first.steps[-3].note


def test_a_number_comes_back_from_the_other_process_as_it_is_found():
    whole, _ = written("2026", 3)
    source = encoded(composed(page(whole, "2026")))
    first = read(source)
    here = normalise_row(decode(source))
    assert len(first.others) == 3
    for one, other in zip((first, *first.others), here, strict=True):
        assert np.array_equal(one.image, other.image)
        assert [step.name for step in one.steps] == [step.name for step in other.steps]
        assert all(
            np.array_equal(a.image, b.image) and a.note == b.note
            for a, b in zip(one.steps, other.steps, strict=True)
        )
        assert not one.others or one is first
    assert "digit 3 of 4, counted from the left" in first.others[1].steps[-3].note


def test_one_digit_has_no_others_and_is_all_the_ink():
    source = picture(5, "broken roof", "plain")
    assert read(source).others == ()
    assert np.array_equal(read(source).image, normalise(decode(source)).image)
    level = find(decode(source)).ink.level
    assert row.digits(level).parts[0] is level
