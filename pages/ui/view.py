"""How one visitor looks at the map, in the words that its address has for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from string import digits
from typing import Any, get_args

from pages.ui.explore.protocol import (
    FURTHEST,
    NARROWEST,
    TILES,
    USUAL_VIEW,
    Axes,
    Layer,
    Place,
    Top,
    spell,
)

LONGEST = 60  # characters of an address that are worth repeating to who typed it


def _word(choices: Any) -> Any:
    def read(text: str) -> str:
        if text not in get_args(choices):
            raise ValueError(f"one of {', '.join(get_args(choices))}")
        return text

    return {"read": read}


def _hidden(text: str) -> str:
    if not text or not set(text) <= set(digits) or len(set(text)) < len(text):
        raise ValueError("the digits to hide, each once, such as 38")
    return "".join(sorted(text))


def _pin(text: str) -> Place:
    x, y = _numbers(text, 2, "two numbers, such as 0.5,-1.2")
    return x, y


def _window(text: str) -> tuple[float, float, float]:
    expected = "three numbers: the middle of what is seen, and half its width, at least 0.00001"
    x, y, half = _numbers(text, 3, expected)
    if half < NARROWEST:
        raise ValueError(expected)
    return x, y, half


def _tiles(text: str) -> int:
    if text not in map(str, range(int(TILES.low), int(TILES.high) + 1)):
        raise ValueError(f"a number from {TILES.low} to {TILES.high}")
    return int(text)


def _numbers(text: str, count: int, expected: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",", count)]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(number) < FURTHEST for number in numbers):
        raise ValueError(expected)
    return numbers


@dataclass(frozen=True)
class View:
    """What is drawn and where from. The place of the hand is not part of it."""

    # under the points
    layer: Layer = field(default=USUAL_VIEW["layer"], metadata=_word(Layer))
    # the points themselves; by default what the screen has room for
    top: Top | None = field(default=USUAL_VIEW["top"], metadata=_word(Top))
    # classes whose points are not shown
    hidden: str = field(default=USUAL_VIEW["hidden"], metadata={"read": _hidden})
    axes: Axes = field(default=USUAL_VIEW["axes"], metadata=_word(Axes))
    # images along each side, where they are the layer
    tiles: int = field(default=USUAL_VIEW["tiles"], metadata={"read": _tiles})
    # the ends of the path
    a: Place | None = field(default=USUAL_VIEW["a"], metadata={"read": _pin})
    b: Place | None = field(default=USUAL_VIEW["b"], metadata={"read": _pin})
    # the middle of what is seen and half its width, in the units of the axes; None is everything
    window: tuple[float, float, float] | None = field(
        default=USUAL_VIEW["window"], metadata={"read": _window}
    )

    @staticmethod
    def read(words: Mapping[str, Any]) -> tuple["View", list[str]]:
        """The view that an address or a browser asks for.

        Returns:
            The view, with the default for whatever could not be understood, and what that was, in
            words for the person at the screen.
        """
        view, complaints = View(), []
        for part in fields(View):
            text = words.get(part.name)
            if not isinstance(text, str):
                continue
            try:
                view = replace(view, **{part.name: part.metadata["read"](text)})
            except ValueError as expected:
                complaints.append(
                    f"The address asks for {part.name}={text[:LONGEST]!r}; "
                    f"it must be {expected}. The usual view is shown instead."
                )
        return view, complaints

    def words(self) -> dict[str, str]:
        """What differs from the usual view, as `read` takes it."""
        parts = ((part, getattr(self, part.name)) for part in fields(self))
        return {part.name: _words(value) for part, value in parts if value != part.default}


def _words(value: Any) -> str:
    return ",".join(map(spell, value)) if isinstance(value, tuple) else str(value)
