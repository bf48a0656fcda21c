"""A digit is found in a screenshot, and nothing is cut off where there is no window."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.digits.conditions import composed, mask, ruled
from tests.digits.hands import strokes
from tests.support.pictures import encoded
from vae.digit.image import as_digit
from vae.digit.normalise import normalise
from vae.digit.picture import decode

SIZE = (640, 480)


def alike(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def names(digit):
    return [step.name for step in digit.steps]


def drawn(size=SIZE, **how):
    return composed(mask(strokes(5, "broken roof"), size=size, height=160, **how))


def with_tools_at_the_left():
    page = drawn()
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 640, 40), "#dddddd")
    pen.text((10, 10), "File   Edit   View", "black", font_size=18)
    pen.rectangle((0, 40, 70, 480), "#dddddd")
    for at in range(8):
        pen.rectangle((15, 60 + 50 * at, 55, 95 + 50 * at), "black")
    return page


def on_a_grey_desk():
    desk = Image.new("RGB", SIZE, "#c4ccd8")
    desk.paste(drawn((420, 320)), (5, 90))
    pen = ImageDraw.Draw(desk)
    pen.rectangle((0, 0, 640, 80), "#fafafa")
    for at in range(10):
        pen.ellipse((20 + 50 * at, 20, 55 + 50 * at, 55), "#202020")
    pen.rectangle((0, 455, 640, 480), "#fafafa")
    return desk


def on_a_phone():
    page = drawn((390, 700))
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 390, 60), "black")
    pen.text((20, 15), "12:34", "white", font_size=24)
    pen.rectangle((0, 640, 390, 700), "#202020")
    for at in (80, 180, 280):
        pen.rectangle((at, 655, at + 30, 685), "white")
    return page


def in_the_dark():
    return Image.eval(with_tools_at_the_left(), lambda level: 255 - level)


SCREENS = [with_tools_at_the_left, on_a_grey_desk, on_a_phone, in_the_dark]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_digit_is_found_in_a_window(screen, kind):
    found = normalise(decode(encoded(screen(), kind)))
    bare = normalise(decode(encoded(drawn())))
    assert alike(found.image, bare.image) > 0.97
    assert "Window cut off" in names(found)
    assert "Window cut off" not in names(bare)
    (step,) = (step for step in found.steps if step.name == "Window cut off")
    assert "bars of a window" in step.note
    rim = (step.image[0], step.image[-1], step.image[:, 0], step.image[:, -1])
    assert np.ptp(np.concatenate(rim)) < 16  # no bar is left


def test_a_drawn_box_is_a_zero_and_no_window():
    ink = np.asarray(mask(strokes(0, "box"), width=0.05, height=300))
    rows, columns = np.nonzero(ink)
    close = 255 - ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    square = np.full((200, 200), 255, np.uint8)
    square[20:180, 20:180] = 0
    square[30:170, 30:170] = 255
    for grey in (close, square):
        found = as_digit(grey)
        assert "Window cut off" not in names(found)
        assert found.image[12:16, 13:15].max() == 0
        assert (found.image.max(axis=1) > 100).sum() == 20


def test_ink_that_crosses_a_line_is_not_cut():
    lines = strokes(4, "tall")
    for squares, step in ((False, 90), (True, 150)):
        paper = ruled((320, 320), step, "#404040", squares)
        assert "Window cut off" not in names(
            normalise(decode(encoded(composed(mask(lines), paper))))
        )


def test_a_roof_from_side_to_side_stays():
    page = np.full((300, 200), 255, np.uint8)
    page[:24] = 0  # the roof of a 5, cropped to its ink
    page[60:150, :24] = 0
    page[140:164, :180] = 0
    page[150:300, 156:180] = 0
    page[276:300, 20:180] = 0
    assert as_digit(page).image[:8].max() > 200
    assert "Window cut off" not in names(as_digit(page))
