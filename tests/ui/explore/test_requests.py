import pytest

from pages.ui.explore.protocol import CHARACTERS, SAMPLES, TEMPERATURE, TILES
from pages.ui.explore.requests import read

ASKED = {
    "what": "file",
    "of": "grid",
    "path": "straight",
    "z": [0.5, -1],
    "x": [0.0, 1.0],
    "y": [-2, 2],
    "selected": 17,
    "count": 12,
    "temperature": 0.5,
    "seed": 99,
    "characters": 2,
}
USUAL = read({"what": "file"})


def test_a_request_is_read_as_it_was_asked():
    request = read(ASKED)
    assert (request.what, request.of, request.path) == ("file", "grid", "straight")
    assert (request.z, request.x, request.y) == ((0.5, -1.0), (0.0, 1.0), (-2.0, 2.0))
    assert (request.selected, request.count, request.temperature, request.seed) == (17, 12, 0.5, 99)
    assert request.characters == 2


@pytest.mark.parametrize(
    "message", [None, 7, "layer", [], {}, {"of": "grid"}, {"what": ["layer"]}, {"what": True}]
)
def test_what_is_no_request_is_none(message):
    assert read(message) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("of", ["grid"]),
        ("of", "x" * 1000),
        ("z", [float("nan"), 0]),
        ("x", [1, 1]),
        ("x", [2, 1]),
        ("x", [200, 300]),
        ("y", [0, float("inf")]),
        ("selected", -1),
        ("selected", 1.0),
        ("count", SAMPLES.high + 1),
        ("count", SAMPLES.low - 1),
        ("count", True),
        ("count", 10**400),
        ("temperature", float("nan")),
        ("temperature", -0.1),
        ("temperature", TEMPERATURE.high + 0.1),
        ("view", "mine"),
        ("seed", -1),
        ("seed", 2**31),
        ("characters", CHARACTERS.high + 1),
    ],
)
def test_a_detail_that_makes_no_sense_has_its_default(name, value):
    request = read({**ASKED, name: value})
    expected = getattr(USUAL, name)
    assert getattr(request, name) == expected


def test_what_is_seen_in_percentiles_ends_with_the_square():
    seen = read({**ASKED, "view": {"axes": "percentiles"}, "x": [-0.5, 0.25], "y": [0.5, 3]})
    assert (seen.x, seen.y) == ((0.0, 0.25), (0.5, 1.0))
    off = read({**ASKED, "view": {"axes": "percentiles"}, "x": [1.5, 2.5]})
    assert off.x is None


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([[0.5, 1], [2, 3]], [(0.5, 1.0), (2.0, 3.0)]),
        ([[0.5, 1], "there", [1], [float("nan"), 0], None], [(0.5, 1.0)]),
        ("everywhere", []),
        ([[0, 0]] * 10_000, [(0.0, 0.0)] * int(TILES.high) ** 2),
    ],
)
def test_places_are_as_many_as_the_finest_layer_has_and_each_makes_sense(places, expected):
    assert read({**ASKED, "what": "images", "places": places}).places == expected
