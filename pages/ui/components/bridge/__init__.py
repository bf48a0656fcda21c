"""The bridge between the map and the server: where the cursor is, out; the exact image, back.

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

from pages.ui.components.modules import bundle
from pages.ui.explore.protocol import Response

KEY = "bridge"
HERE = Path(__file__).parent
_mount = component("bridge", js=bundle(HERE / "bridge.js"))


class Received(NamedTuple):
    """A `protocol.Message` as it came. A field may be anything: browsers belong to strangers."""

    number: int = 0
    revision: Any = None
    z: Any = None
    hover: Any = None  # the place under the pointer, where that is not the cursor's
    view: Any = None  # how the map is looked at, in the words of `View`
    request: Any = None  # what else is asked for, see `explore.requests`
    selected: Any = None  # the test image that was clicked
    drawing: Any = None  # what is on the pad, see `address`
    given: Any = None  # number of what the server last put there
    settled: bool = True  # the cursor has come to rest: worth keeping in the address


def received() -> Received:
    """The last message, read before `send` mounts the component again."""
    message = st.session_state.get(KEY, {}).get("message")
    if not isinstance(message, dict) or type(message.get("number")) is not int:
        return Received()
    known = {name: message.get(name) for name in Received._fields}
    return Received(**{**known, "settled": message.get("settled") is True})


def send(response: Response) -> None:
    """Give the map its response."""
    _mount(key=KEY, data=response, on_message_change=lambda: None, height="content")


def picture(image: NDArray[Any] | Tensor) -> str:
    """(28, 28) uint8 -> 784 bytes in base64."""
    return b64encode(np.asarray(image).tobytes()).decode()
