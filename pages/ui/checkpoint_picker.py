"""Which model a page looks at."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.state import session
from vae import library

KEY = "model"


def pick_checkpoint(row: DeltaGenerator) -> str | None:
    """The visitor's checkpoint, with a way to take another where there is more than one.

    Returns:
        Its name, or nothing where there is no checkpoint at all; then the page has said so.
    """
    state, names = session(), list(library.checkpoints())
    if not names:
        st.info("There is no model here yet. Train one: five epochs take less than a minute.")
        st.page_link("pages/train.py", label="Train a model")
        return None
    if len(names) > 1:
        st.session_state[KEY] = state.checkpoint
        row.selectbox(
            "Model", names, key=KEY, on_change=_open, label_visibility="collapsed", width=260
        )
    return state.checkpoint


def _open() -> None:
    session().open(st.session_state[KEY])
