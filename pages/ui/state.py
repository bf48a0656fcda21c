"""What one visitor has in hand, from page to page."""

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.view import View
from vae import library
from vae.training import owner

if TYPE_CHECKING:  # Explore can do without what reads pictures
    from vae.digit.normalise import Digit
    from vae.errors import ImageError

KEY = "session"
TOKEN = 24  # characters of the token


@dataclass
class Session:
    """One visitor's things."""

    checkpoint: str = library.DEFAULT
    z: tuple[float, float] = (0.0, 0.0)  # of the cursor, in standard deviations of the prior
    view: View = field(default_factory=View)
    selected: int | None = None  # the test image that was clicked
    drawing: str = ""  # what is on the pad, as sketch/text.js writes it
    picture: bytes | None = None  # (784,) of an upload that the pad is to take
    digit: bytes | None = None  # (784,) as the pad last had it read
    others: list[tuple[float, float]] = field(default_factory=list)  # of more that came with it
    given: int = 0  # counts how often something other than the pen put something on the pad
    # what each file is, by its id; none where it was not read
    uploads: "dict[str, Digit | ImageError | None]" = field(default_factory=dict)
    shown: int = 0  # which of the digits that came last is on the pad
    integrated: bool = False  # log p(x) of each of those is wanted
    batch: list[str] = field(default_factory=list)  # ids of the files that came last, together
    revision: int = 0  # counts how often something other than the hand put the cursor somewhere
    # why each checkpoint that was uploaded, by its id, is not among the models; or nothing
    brought: dict[str, str] = field(default_factory=dict)
    token: str = ""  # whose runs are this visitor's, on a public server
    opened: int = 0  # counts how often another checkpoint was taken
    address: dict[str, str] | None = None  # as it was last read or written

    def move_cursor(self, z: tuple[float, float]) -> None:
        """Put the cursor somewhere; what the map sent before it heard of that is void."""
        self.z, self.selected = z, None
        self.revision += 1

    def give(
        self,
        drawing: str = "",
        picture: bytes | None = None,
        others: "list[tuple[float, float]] | None" = None,
    ) -> None:
        """Put something on the pad; what the page sent before it heard of that is void."""
        self.drawing, self.picture, self.others = drawing, picture, others or []
        self.given += 1

    def open(self, checkpoint: str) -> None:
        """Take another checkpoint; the cursor stays where it is, as far as its map reaches."""
        self.checkpoint = checkpoint
        self.opened += 1
        self.move_cursor(self.z)

    def own(self) -> str:
        """The token by which this visitor's runs are theirs; on one's own machine, none."""
        if owner.is_public() and not self.token:
            self.token = secrets.token_urlsafe(TOKEN * 3 // 4)
        return self.token if owner.is_public() else ""

    def keep_open(self, names: Iterable[str]) -> None:
        """Where the checkpoint that was open has gone, take the first of those that are there."""
        there = list(names)
        if there and self.checkpoint not in there:
            self.open(there[0])


def session() -> Session:
    """This visitor's session, made on their first page, whichever that is."""
    return st.session_state.setdefault(KEY, Session())


def as_place(value: object) -> tuple[float, float] | None:
    """Two finite numbers, if that is what came; browsers and addresses belong to strangers."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    try:
        x, y = (float(number) for number in value)
    except (TypeError, ValueError, OverflowError):
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def as_index(value: object, count: int) -> int | None:
    """An index into that many things, if that is what came."""
    return value if type(value) is int and 0 <= value < count else None
