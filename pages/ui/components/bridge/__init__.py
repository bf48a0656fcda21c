"""The bridge between the map and the server: where the hand is, out; the exact image, back.

It draws nothing. The map is mounted outside the fragment that reruns while a person drags, so that
neither its code nor the atlas travels again; this is the part that does, and it is small.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2 import component
from torch import Tensor

KEY = "bridge"
HERE = Path(__file__).parent
_mount = component("bridge", js=(HERE / "bridge.js").read_text("utf-8"))


class Hand(NamedTuple):
    """What the browser last said. Every field may be anything: browsers belong to strangers."""

    number: int = 0  # of the message, so that a late answer is known as one
    order: Any = None  # the last order of the server's that it had heard of
    z: Any = None
    look: Any = None  # the place under the pointer, where that is not the hand's
    view: Any = None  # how the map is looked at, in the words of `View`
    request: Any = None  # what else is asked for, see `explore.requests`
    chosen: Any = None  # the test image that was clicked
    settled: bool = True  # the hand has come to rest: worth keeping in the address


def received() -> Hand:
    """The last message, read before `send` mounts the component again."""
    message = st.session_state.get(KEY, {}).get("hand")
    if not isinstance(message, dict) or not isinstance(message.get("number"), int):
        return Hand()
    known = {name: message.get(name) for name in Hand._fields}
    return Hand(**{**known, "settled": message.get("settled") is True})


def send(message: dict[str, Any]) -> None:
    """Give the map its answer."""
    _mount(key=KEY, data=message, on_hand_change=lambda: None, height="content")


def picture(image: NDArray[Any] | Tensor) -> str:
    """(28, 28) uint8 -> 784 bytes in base64."""
    return b64encode(np.asarray(image).tobytes()).decode()
