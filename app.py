"""Explore: every image a small VAE can draw, on one map.

Each point of the map is a test digit, put there by the encoder. Each place on the map is an image,
drawn by the decoder. Put a hand on it and see.
"""

import time

import streamlit as st
import torch

from pages.ui import address, resources
from pages.ui.checkpoint_picker import pick_checkpoint
from pages.ui.components import bridge, latent_map
from pages.ui.explore import handlers, selected_digit
from pages.ui.frame import explained, frame
from pages.ui.resources import Loaded
from pages.ui.state import Session, as_index, as_place, session
from pages.ui.view import View
from vae.codec import decode


def main() -> None:
    """The page."""
    top = frame(address.EXPLORE)
    with explained():
        if name := pick_checkpoint(top):
            loaded = resources.load(name)
            latent_map.show(loaded.packed)
            answer_the_hand(loaded)


@st.fragment
def answer_the_hand(loaded: Loaded) -> None:
    """Decode exactly where the hand is: this much runs again while somebody drags."""
    with explained():
        state, hand = session(), bridge.received()
        if hand.order == state.revision:
            follow(state, hand, loaded)
        state.z = loaded.clip(state.z)
        at = loaded.clip(as_place(hand.look) or state.z)
        start = time.perf_counter()
        image = decode(loaded.checkpoint.model, torch.tensor([at]))[0]
        took = time.perf_counter() - start
        bridge.send(
            {
                "key": loaded.key,
                "number": hand.number,
                "order": state.revision,
                "z": state.z,
                "view": state.view.words(),
                "at": at,
                "image": bridge.picture(image),
                "ms": 1000 * took,
                "device": str(loaded.checkpoint.model.device),
                "value": handlers.value(loaded, state.view, at),
                "chosen": selected_digit.describe(loaded, state.selected),
                "result": handlers.answer(loaded, hand.request),
            }
        )
        if hand.settled:
            address.write(state, address.EXPLORE)


def follow(state: Session, hand: bridge.Hand, loaded: Loaded) -> None:
    """Take what a browser says of its hand and of its view, as far as it makes sense."""
    if z := as_place(hand.z):
        state.z = z
        state.selected = as_index(hand.chosen, len(loaded.checkpoint.labels))
    if isinstance(hand.view, dict):
        state.view, _ = View.read(hand.view)


main()
