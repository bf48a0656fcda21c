"""What a browser asks of the server besides the image at the cursor, as far as it makes sense."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from pages.ui.explore.protocol import (
    CHARACTERS,
    FURTHEST,
    LABELS,
    PIXELS,
    SAMPLES,
    TEMPERATURE,
    TILES,
    Place,
    Range,
)
from pages.ui.state import as_index, as_place
from pages.ui.view import View

DIGIT_LENGTH = 4 * -(-PIXELS // 3)  # characters of a digit in base64


@dataclass(frozen=True)
class Request:
    """One request. What came wrong has its default here: browsers belong to strangers."""

    what: str
    of: str  # which layer, file or snippet
    path: str  # which of the two from A to B
    view: View  # as it was when the request was made
    z: Place
    places: list[Place]  # whose images are asked for
    x: Place | None  # the ends of what is seen, in the units of the axes
    y: Place | None
    selected: int | None  # the test image that was clicked
    count: int  # of samples
    temperature: float
    seed: int | None  # of the samples; none where none were drawn
    characters: int  # of the code
    digit: bytes | None  # (784,) of a visitor's own
    indices: list[int]  # of test digits


def read(message: Any) -> Request | None:
    """The request in a message, if there is one."""
    if not isinstance(message, dict) or not isinstance(message.get("what"), str):
        return None
    get = message.get
    words = get("view")
    view, _ = View.read(words if isinstance(words, dict) else {})
    return Request(
        what=_word(get("what")),
        of=_word(get("of")),
        path=_word(get("path")),
        view=view,
        z=as_place(get("z")) or (0.0, 0.0),
        places=_places(get("places")),
        x=_ends(get("x"), view),
        y=_ends(get("y"), view),
        selected=as_index(get("selected"), 10**6),
        count=int(_number(get("count"), SAMPLES)),
        temperature=_number(get("temperature"), TEMPERATURE),
        seed=as_index(get("seed"), 2**31),
        characters=int(_number(get("characters"), CHARACTERS)),
        digit=as_digit(get("digit")),
        indices=_indices(get("indices")),
    )


def _word(value: Any) -> str:
    return value if isinstance(value, str) and len(value) < 20 else ""


def _number(value: Any, limits: Range) -> float:
    within = type(value) in (int, float) and limits.low <= value <= limits.high
    return float(value if within else limits.usual)


def _places(value: Any) -> list[Place]:
    """At most as many as the finest layer of images has."""
    some = value[: int(TILES.high) ** 2] if isinstance(value, list) else []
    return [place for one in some if (place := as_place(one))]


def as_digit(value: Any) -> bytes | None:
    """The 784 bytes of a digit, if that is what came in base64."""
    if not isinstance(value, str) or len(value) != DIGIT_LENGTH:
        return None
    try:
        digit = b64decode(value, validate=True)
    except ValueError:
        return None
    return digit if len(digit) == PIXELS else None


def _indices(value: Any) -> list[int]:
    some = value[:LABELS] if isinstance(value, list) else []
    return [index for one in some if (index := as_index(one, 10**6)) is not None]


def _ends(value: Any, view: View) -> Place | None:
    low, high = as_place(value) or (0.0, 0.0)
    least, most = (0.0, 1.0) if view.axes == "percentiles" else (-FURTHEST, FURTHEST)
    low, high = max(low, least), min(high, most)
    return (low, high) if low < high else None
