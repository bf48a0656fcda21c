"""Explore: every image a small VAE can draw, on one map.

Each point of the map is a test digit, put there by the encoder. Each place on the map is an image,
drawn by the decoder. Put a hand on it and see.
"""

import time
from typing import Any

import streamlit as st
import torch

from pages.ui import resources
from pages.ui.chooser import choose_checkpoint
from pages.ui.components import courier, latent_map
from pages.ui.frame import explained, frame, plain
from pages.ui.resources import Loaded
from pages.ui.state import as_place, read_address, session, write_address
from vae.codec import decode


def main() -> None:
    """The page."""
    top = frame("Explore")
    for complaint in read_address(session(), st.query_params):
        st.warning(plain(complaint))
    with explained():
        if name := choose_checkpoint(top):
            loaded = resources.load(name)
            latent_map.show(loaded.packed)
            answer_the_hand(loaded)


@st.fragment
def answer_the_hand(loaded: Loaded) -> None:
    """Decode exactly where the hand is: this much runs again while somebody drags."""
    with explained():
        state, hand = session(), courier.received()
        if hand.order == state.order and (z := as_place(hand.z)):
            state.z, state.chosen = z, as_index(hand.chosen, len(loaded.checkpoint.labels))
        state.z = loaded.clip(state.z)
        start = time.perf_counter()
        image = decode(loaded.checkpoint.model, torch.tensor([state.z]))[0].numpy()
        took = time.perf_counter() - start
        courier.send(
            {
                "key": loaded.key,
                "number": hand.number,
                "order": state.order,
                "z": state.z,
                "image": courier.picture(image),
                "ms": 1000 * took,
                "device": str(loaded.checkpoint.model.device),
                "chosen": describe(loaded, state.chosen),
            }
        )
        if hand.settled:
            write_address(state)


def as_index(value: object, count: int) -> int | None:
    """An index into the test set, if that is what came."""
    return value if type(value) is int and 0 <= value < count else None


def describe(loaded: Loaded, chosen: int | None) -> dict[str, Any] | None:
    """The test digit behind a point: its label, and its original where the data set is on disk."""
    if chosen is None:
        return None
    label = int(loaded.checkpoint.labels[chosen])
    dataset = loaded.checkpoint.config.train.dataset
    original = resources.test_image(dataset, chosen)
    words = f"Test digit {chosen:,}, a {label}; its reconstruction is the image above."
    if original is None:
        words += f" The original shows where {dataset} is on disk."
    return {
        "index": chosen,
        "label": label,
        "words": words,
        "original": None if original is None else courier.picture(original),
    }


main()
