"""Explore: the map of a checkpoint, and what runs again while somebody drags."""

import math
import time
from base64 import b64encode

import streamlit as st
import torch

from pages.ui import address, resources
from pages.ui.checkpoint_picker import pick_checkpoint
from pages.ui.components import bridge
from pages.ui.components.latent_map.component import show_map
from pages.ui.explore import handlers, requests, selected_digit
from pages.ui.explore.protocol import LARGEST, MapData, Place, Response
from pages.ui.frame import Frame, explained, frame
from pages.ui.resources import Loaded
from pages.ui.server import files
from pages.ui.state import Session, as_index, as_place, session
from pages.ui.view import View
from vae.codec import decode


def main() -> None:
    """The page."""
    top = frame(address.EXPLORE)
    with explained():
        if name := pick_checkpoint(top.row):
            loaded = resources.load(name)
            bring_within(session(), loaded)
            show_map(map_data(loaded))
            respond(loaded, top, address.EXPLORE, address.DIGIT)


def map_data(loaded: Loaded) -> MapData:
    """Where the map finds what it shows."""
    return {
        "key": loaded.key,
        "plane": files.serve(loaded.plane),
        "decoder": files.serve(loaded.decoder) if loaded.decoder.size <= LARGEST else None,
        "megabytes": loaded.decoder.size / 1e6,
    }


def bring_within(state: Session, loaded: Loaded) -> None:
    """Put a hand that an address, or another checkpoint, has beyond this map at its edge."""
    within = loaded.clip(state.z)
    if not math.isclose(math.dist(within, state.z), 0, abs_tol=1e-5):
        z1, z2 = (f"{value:.6g}" for value in state.z)
        st.warning(
            f"The place z1 = {z1}, z2 = {z2} lies beyond this map. The hand is put at its edge, "
            f"at z1 = {within[0]:.2f}, z2 = {within[1]:.2f}."
        )
    state.z = within


@st.fragment
def respond(loaded: Loaded, top: Frame, page: str, other: str) -> None:
    """Decode exactly where the cursor is: this much runs again while somebody drags.

    Args:
        page: that this is on.
        other: page with the same map, whose link is to lead to where the cursor is.
    """
    with explained():
        state, message = session(), bridge.received()
        if message.revision == state.revision:
            follow(state, message, loaded)
        state.z = loaded.clip(state.z)
        at = loaded.clip(as_place(message.hover) or state.z)
        bridge.send(response(loaded, state, message, at))
        if message.settled:
            address.write(state, page)
        top.point(other)  # at every run, or the link would go with the last


def response(loaded: Loaded, state: Session, message: bridge.Received, at: Place) -> Response:
    """The exact image at a place, and what else the map needs to know now."""
    model = loaded.checkpoint.model
    start = time.perf_counter()
    image = decode(model, torch.tensor([at]))[0]
    took = time.perf_counter() - start
    return {
        "key": loaded.key,
        "number": message.number,
        "revision": state.revision,
        "z": state.z,
        "view": state.view.words(),
        "at": at,
        "image": bridge.picture(image),
        "ms": 1000 * took,
        "device": str(model.device),
        "value": handlers.value(loaded, state.view, at),
        "selected": selected_digit.describe(loaded, state.selected),
        "result": handlers.respond(loaded, message.request),
        "given": {
            "number": state.given,
            "drawing": state.drawing,
            "picture": b64encode(state.picture).decode() if state.picture else None,
            "others": state.others,
        },
    }


def follow(state: Session, message: bridge.Received, loaded: Loaded) -> None:
    """Take what a browser says of its cursor and of its view, as far as it makes sense."""
    if z := as_place(message.z):
        state.z = z
        state.selected = as_index(message.selected, len(loaded.checkpoint.labels))
    if (asked := requests.read(message.request)) and asked.what == "reading":
        state.digit = asked.digit
    if isinstance(message.view, dict):
        state.view, _ = View.read(message.view)
    if message.given == state.given and isinstance(message.drawing, str):
        drawing = message.drawing
        if not drawing or address.DRAWN.fullmatch(drawing):
            state.drawing, state.picture = drawing, None
