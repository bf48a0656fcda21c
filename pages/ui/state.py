"""What one visitor has in hand, from page to page, and the part of it in the address."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from vae import library

KEY = "state"


@dataclass
class State:
    """One visitor's things."""

    checkpoint: str = library.DEFAULT
    z: tuple[float, float] = (0.0, 0.0)  # where the hand is, in standard deviations of the prior
    chosen: int | None = None  # the test image that was clicked
    sample: int | None = None  # the ready-made digit that was taken on Reconstruct


def session() -> State:
    """This visitor's state, made on their first page, whichever that is."""
    return st.session_state.setdefault(KEY, State())


def read_address(state: State, address: Mapping[str, str]) -> list[str]:
    """Take checkpoint and z from an address that somebody copied, or made up.

    Returns:
        What could not be taken, in words for the person at the screen.
    """
    complaints = []
    if name := address.get("ckpt"):
        if name in library.checkpoints():
            state.checkpoint = name
        else:
            complaints.append(
                f"The address asks for a checkpoint {name[:60]!r}, which is not here; "
                f"{state.checkpoint!r} is shown instead."
            )
    if "z1" in address or "z2" in address:
        z = as_place([address.get("z1", "0"), address.get("z2", "0")])
        if z:
            state.z = z
        else:
            complaints.append(
                "The address asks for a place that is not on the map: z1 and z2 must be numbers. "
                "The middle is shown instead."
            )
    return complaints


def write_address(state: State) -> None:
    """Let the address reproduce this view."""
    st.query_params.from_dict(
        {"ckpt": state.checkpoint, "z1": f"{state.z[0]:.4g}", "z2": f"{state.z[1]:.4g}"}
    )


def as_place(value: object) -> tuple[float, float] | None:
    """Two finite numbers, if that is what came; browsers and addresses belong to strangers."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    try:
        x, y = (float(number) for number in value)
    except (TypeError, ValueError, OverflowError):
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None
