"""What a browser may ask of the server besides the image at the hand, as far as it makes sense."""

from dataclasses import dataclass
from typing import Any

from pages.ui.state import as_index, as_place
from pages.ui.view import Place, View

MOST = 64  # samples at a time
FURTHEST = 100.0  # prior deviations: no map reaches so far


@dataclass(frozen=True)
class Request:
    """One request. What came wrong has its default here: browsers belong to strangers."""

    id: int
    what: str
    of: str  # which layer, file or snippet
    way: str  # which of the two ways from A to B
    view: View  # as it was when the request was made
    z: Place
    x: Place | None  # the ends of what is seen, in the units of the axes
    y: Place | None
    chosen: int | None  # the test image that was clicked
    count: int  # of samples
    temperature: float
    seed: int | None  # of the samples; none where none were drawn
    characters: int  # of the code


def read(message: Any) -> Request | None:
    """The request in a message, if there is one."""
    if not isinstance(message, dict) or type(message.get("id")) is not int:
        return None
    get = message.get
    words = get("view")
    view, _ = View.read(words if isinstance(words, dict) else {})
    return Request(
        id=message["id"],
        what=_word(get("what")),
        of=_word(get("of")),
        way=_word(get("way")),
        view=view,
        z=as_place(get("z")) or (0.0, 0.0),
        x=_ends(get("x"), view),
        y=_ends(get("y"), view),
        chosen=as_index(get("chosen"), 10**6),
        count=_whole(get("count"), 1, MOST, usual=24),
        temperature=_number(get("temperature"), 0.0, 3.0, usual=1.0),
        seed=as_index(get("seed"), 2**31),
        characters=_whole(get("characters"), 1, 8, usual=4),
    )


def _word(value: Any) -> str:
    return value if isinstance(value, str) and len(value) < 20 else ""


def _number(value: Any, low: float, high: float, usual: float) -> float:
    return float(value) if type(value) in (int, float) and low <= value <= high else usual


def _whole(value: Any, low: int, high: int, usual: int) -> int:
    return int(_number(value, low, high, usual))


def _ends(value: Any, view: View) -> Place | None:
    low, high = as_place(value) or (0.0, 0.0)
    least, most = (0.0, 1.0) if view.axes == "percentiles" else (-FURTHEST, FURTHEST)
    low, high = max(low, least), min(high, most)
    return (low, high) if low < high else None
