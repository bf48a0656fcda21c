"""Which model a page looks at."""

from itertools import groupby

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import plain
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
        title = plain(library.tell(state.checkpoint).title)
        # A key of its own for each choice: whoever has chosen finds the list closed.
        with row.popover(title, key=f"{KEY}-{state.opened}", width=240):
            for group, members in groupby(names, lambda name: library.tell(name).group):
                _offer(group, list(members), state.checkpoint)
    return state.checkpoint


def _offer(group: str, names: list[str], chosen: str) -> None:
    """The checkpoints of one group; the one that is open may be in another."""
    # New lists for each choice: of an old one the browser would say again what was chosen there.
    opened = session().opened
    key = f"{KEY}-{group}-{opened}"
    st.radio(
        group,
        names,
        names.index(chosen) if chosen in names else None,
        key=key,
        format_func=lambda name: plain(library.tell(name).title),
        captions=[_caption(name) for name in names],
        on_change=_open,
        args=(key, opened),
    )


def _caption(name: str) -> str:
    """A sentence about a checkpoint, and what its file and the address call it."""
    told = library.tell(name)
    return f"{told.words} *{plain(name)}*" if told.words else ""


def _open(key: str, opened: int) -> None:
    """Take what was chosen, unless it is an old list of which the browser tells once more."""
    name = st.session_state[key]
    if opened == session().opened and name in library.checkpoints():  # a browser may say anything
        session().open(name)
