"""Explore: every image a small VAE can draw, on one map.

Each point of the map is a test digit, put there by the encoder. Each place on the map is an image,
drawn by the decoder. Put a hand on it and see.
"""

import time
from typing import Any

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from pages.ui import resources
from pages.ui.components import courier, latent_map
from pages.ui.frame import explained, frame, plain
from pages.ui.resources import Loaded
from pages.ui.state import State, as_place, read_address, session, write_address
from vae import library
from vae.model import decode


def main() -> None:
    """The page."""
    top = frame("Explore")
    state = session()
    for complaint in read_address(state, st.query_params):
        st.warning(plain(complaint))
    if not library.checkpoints():
        st.info("There is no model here yet. Train one: five epochs take less than a minute.")
        st.page_link("pages/train.py", label="Train a model")
        return
    choose_checkpoint(state, top)
    with explained():
        loaded = resources.load(state.checkpoint)
        latent_map.show(loaded.packed)
        answer_the_hand(loaded)


def choose_checkpoint(state: State, top: DeltaGenerator) -> None:
    """Which model the map shows; no question where there is only one."""
    names = list(library.checkpoints())
    if state.checkpoint not in names:
        state.checkpoint = names[0]
    if len(names) > 1:
        st.session_state["model"] = state.checkpoint
        top.selectbox(
            "Model",
            names,
            key="model",
            on_change=open_chosen,
            label_visibility="collapsed",
            width=260,
        )


def open_chosen() -> None:
    """The address is read again before the map is drawn, so it has to change first."""
    state = session()
    state.checkpoint, state.chosen = st.session_state["model"], None
    write_address(state)


@st.fragment
def answer_the_hand(loaded: Loaded) -> None:
    """Decode exactly where the hand is: this much runs again while somebody drags."""
    state, hand = session(), courier.received()
    if hand.number and (z := as_place(hand.z)):
        state.z, state.chosen = z, as_index(hand.chosen, len(loaded.checkpoint.labels))
    state.z = loaded.clip(state.z)
    start = time.perf_counter()
    image = decode(loaded.checkpoint.model, torch.tensor([state.z]))[0].numpy()
    took = time.perf_counter() - start
    courier.send(
        {
            "key": loaded.key,
            "number": hand.number,
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
    return value if isinstance(value, int) and 0 <= value < count else None


def describe(loaded: Loaded, chosen: int | None) -> dict[str, Any] | None:
    """The test digit behind a point: its label, and its original where the data set is on disk."""
    if chosen is None:
        return None
    label = int(loaded.checkpoint.labels[chosen])
    dataset = loaded.checkpoint.config.train.dataset
    originals = resources.test_images(dataset)
    words = f"Test digit {chosen:,}, a {label}; its reconstruction is the image above."
    if originals is None:
        words += f" The original shows where {dataset} is on disk."
    return {
        "index": chosen,
        "label": label,
        "words": words,
        "original": None if originals is None else courier.picture(originals[chosen]),
    }


main()
