"""The corpus of people's own digits is complete, the same each time, and read throughout."""

import numpy as np
import pytest

from tests.digits.conditions import CONDITIONS, PEN, mask, picture
from tests.digits.hands import HANDS, strokes
from vae.digit.normalise import normalise
from vae.digit.picture import decode

EVERY = [(digit, hand) for digit, hands in HANDS.items() for hand in hands]


def test_there_are_all_ten_digits_in_five_hands_and_fifteen_conditions():
    assert list(HANDS) == list(range(10))
    assert min(map(len, HANDS.values())) >= 5
    assert len(CONDITIONS) >= 15


def test_the_ways_of_writing_that_machines_confuse_are_there():
    there = {f"{digit} {hand}" for digit, hand in EVERY}
    asked = "7 crossed;4 open;4 closed;1 serif;1 flag;1 foot;0 slashed;9 no tail;9 curled;6 round"
    assert set(asked.split(";")) <= there


def test_no_two_hands_write_the_same():
    drawn = {np.asarray(mask(strokes(*which), PEN)).tobytes() for which in EVERY}
    assert len(drawn) == len(EVERY)


def test_a_picture_is_the_same_each_time():
    for condition in CONDITIONS:
        assert picture(6, "round", condition) == picture(6, "round", condition)


def all_read(condition, among):
    for digit, hand in among:
        image = normalise(decode(picture(digit, hand, condition))).image
        assert image.max() == 255, (digit, hand)


@pytest.mark.parametrize(("turn", "condition"), list(enumerate(CONDITIONS)))
def test_every_condition_is_read(turn, condition):
    all_read(condition, EVERY[turn % 6 :: 6])


@pytest.mark.slow
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_picture_is_read(condition):
    all_read(condition, EVERY)
