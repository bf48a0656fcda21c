"""What one visitor has in hand, from page to page, and the part of it in the address."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from pages.ui.explore.protocol import spell
from pages.ui.view import View
from vae import library

KEY = "state"


@dataclass
class State:
    """One visitor's things."""

    checkpoint: str = library.DEFAULT
    z: tuple[float, float] = (0.0, 0.0)  # where the hand is, in standard deviations of the prior
    view: View = field(default_factory=View)
    selected: int | None = None  # the test image that was clicked
    sample: int | None = None  # the ready-made digit that was taken on Reconstruct
    revision: int = 0  # how often the hand was put somewhere by other than the hand itself
    address: dict[str, str] | None = None  # as it was last read or written

    def put_hand(self, z: tuple[float, float]) -> None:
        """Put the hand somewhere; messages that the map sent before it heard of that are void."""
        self.z, self.selected = z, None
        self.revision += 1

    def open(self, checkpoint: str) -> None:
        """Take another checkpoint; the hand stays where it is, as far as its map reaches."""
        self.checkpoint = checkpoint
        self.put_hand(self.z)


def session() -> State:
    """This visitor's state, made on their first page, whichever that is."""
    return st.session_state.setdefault(KEY, State())


def read_address(state: State, address: Mapping[str, str]) -> list[str]:
    """Take checkpoint, z and view from an address that was copied, made up, or gone back to.

    The address that this page wrote itself says nothing new.

    Returns:
        What could not be taken, in words for the person at the screen.
    """
    complaints: list[str] = []
    if not address or dict(address) == state.address:
        return complaints
    state.address = dict(address)
    if name := address.get("ckpt"):
        if name in library.checkpoints():
            state.open(name)
        else:
            complaints.append(
                f"The address asks for a checkpoint {name[:60]!r}, which is not here; "
                f"{state.checkpoint!r} is shown instead."
            )
    if "z1" in address or "z2" in address:
        z = as_place([address.get("z1", "0"), address.get("z2", "0")])
        if z:
            state.put_hand(z)
        else:
            complaints.append(
                "The address asks for a place that is not on the map: z1 and z2 must be numbers. "
                "The middle is shown instead."
            )
    state.view, misunderstood = View.read(address)
    state.revision += 1
    return complaints + misunderstood


def write_address(state: State) -> None:
    """Let the address reproduce this view; each writing is a step that Back undoes."""
    z1, z2 = map(spell, state.z)
    state.address = {"ckpt": state.checkpoint, "z1": z1, "z2": z2, **state.view.words()}
    if dict(st.query_params) != state.address:
        st.query_params.from_dict(state.address)


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
