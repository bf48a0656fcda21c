"""What is clearly no digit by its ink is said to be none; what may be one is left to the model."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.digits.conditions import MARKER, composed, mask
from tests.digits.hands import HANDS, strokes
from tests.support.pictures import encoded, mnist
from vae.digit import blot
from vae.digit.normalise import find, normalise
from vae.digit.picture import decode
from vae.errors import ImageError


def page(draw, side=300):
    image = Image.new("L", (side, side), 250)
    draw(ImageDraw.Draw(image))
    return encoded(image)


def scribble(pen):
    turns = np.cumsum(np.random.default_rng(0).normal(0, 40, (120, 2)), 0)
    pen.line([tuple(150 + 60 * np.sin(turn / 60)) for turn in turns], 20, 14)


def words(pen):
    text = "the quick brown\nfox jumps over\nthe lazy dog\nand again the"
    pen.multiline_text((20, 20), text, 20, ImageFont.load_default(36))


BLOTS = {
    "a disc": lambda pen: pen.ellipse((80, 80, 200, 200), 20),
    "an ellipse": lambda pen: pen.ellipse((60, 90, 230, 210), 20),
    "a square": lambda pen: pen.rectangle((80, 80, 200, 200), 20),
    "a broad stroke": lambda pen: pen.rectangle((60, 100, 200, 200), 20),
}


@pytest.mark.parametrize("name", BLOTS)
def test_a_blot_is_called_a_blot(name):
    with pytest.raises(ImageError, match=r"one blot without strokes\. Draw or photograph one"):
        normalise(decode(page(BLOTS[name])))


def test_a_scribble_without_form_may_be_a_blot():
    steps = normalise(decode(page(scribble))).steps
    assert blot.NOTE in " ".join(step.note for step in steps)


def test_writing_is_not_called_empty():
    with pytest.raises(ImageError, match=r"in \d\d pieces, as writing .*Crop the picture"):
        normalise(decode(page(words, 400)))


def test_an_empty_page_says_that_there_is_no_ink():
    with pytest.raises(ImageError, match="There is no ink on this picture"):
        normalise(decode(page(lambda pen: None)))


def test_no_digit_of_mnist_is_a_blot_and_next_to_none_may_be():
    images, _ = mnist()
    assert sum(bool(blot.note(image / 255)) for image in images[:2000]) <= 4


def test_no_digit_of_a_marker_is_a_blot():
    for digit, hands in HANDS.items():
        for hand in hands:
            ink = mask(strokes(digit, hand), width=MARKER)
            notes = [step.note for step in find(decode(encoded(composed(ink)))).steps]
            assert blot.NOTE not in " ".join(notes)
