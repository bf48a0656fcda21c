import math

import pytest

from pages.ui.explore.protocol import TILES
from pages.ui.view import View

EVERYTHING = View(
    layer="stretch",
    top="contours",
    hidden="38",
    axes="percentiles",
    tiles=12,
    a=(0.5, -1.25),
    b=(-2.0, 0.0),
    window=(0.5, 0.25, 0.125),
)


def test_the_usual_view_needs_no_words():
    assert View().words() == {}
    assert View.read({}) == (View(), [])


def test_every_part_of_a_view_survives_its_words():
    words = EVERYTHING.words()
    assert len(words) == 8
    assert View.read(words) == (EVERYTHING, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("layer", "pixels"),
        ("top", ""),
        ("hidden", ""),
        ("hidden", "3a"),
        ("hidden", "-1"),
        ("hidden", "33"),
        ("hidden", "²"),
        ("hidden", "0123456789" * 1000),
        ("axes", "Z"),
        ("tiles", "3"),
        ("tiles", "31"),
        ("tiles", "²"),
        ("tiles", "1e1"),
        ("tiles", "000012999"),
        ("tiles", "9" * 5000),
        ("a", "1"),
        ("a", "1,2,3"),
        ("a", "nan,0"),
        ("b", "inf,0"),
        ("b", "1e999,0"),
        ("window", "0,0,0"),
        ("window", "0,0,-1"),
        ("window", "0,0,5e-324"),
        ("window", "0,0,1e9"),
        ("window", "0,0"),
        ("layer", "<b>" * 1000),
    ],
)
def test_what_makes_no_sense_is_said_and_the_usual_kept(name, text):
    view, complaints = View.read({**EVERYTHING.words(), name: text})
    assert getattr(view, name) == getattr(View(), name)
    (complaint,) = complaints
    assert f"{name}=" in complaint and "must be" in complaint
    assert len(complaint) < 250


def test_other_words_of_an_address_are_not_about_the_view():
    assert View.read({"ckpt": "mnist", "z1": "nan", "utm_source": "x"}) == (View(), [])


def test_the_limits_of_tiles_can_be_reached():
    for tiles in (int(TILES.low), int(TILES.high)):
        assert View.read({"tiles": str(tiles)}) == (View(tiles=tiles), [])


def test_places_come_back_to_five_decimals():
    view, _ = View.read(View(a=(math.pi, -math.e), window=(0.123456, 0.5, 1e-5)).words())
    assert view.a == pytest.approx((math.pi, -math.e), abs=5.1e-6)
    assert view.window == pytest.approx((0.123456, 0.5, 1e-5), abs=5.1e-6)


@pytest.mark.parametrize("value", [pytest.param(10**5000, id="huge"), ["z"], {"a": 1}, None, 7])
def test_what_is_not_a_word_is_passed_over(value):
    assert View.read({"axes": value, "tiles": value}) == (View(), [])


def test_hidden_classes_are_told_in_their_order():
    view, complaints = View.read({"hidden": "8391"})
    assert (view.hidden, complaints) == ("1389", [])
    assert View.read({"hidden": "0123456789"}) == (View(hidden="0123456789"), [])
