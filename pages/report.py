"""Report card: how good a model is, in pictures and figures.

The figures stand in the checkpoint; `python -m vae evaluate` computes them again. What each test
digit costs is computed beside the visitors, once for each checkpoint.
"""

import streamlit as st

from pages.ui import resources
from pages.ui.checkpoint_picker import pick_checkpoint
from pages.ui.frame import Frame, explained, frame
from pages.ui.report import (
    card,
    confusion,
    costs,
    labels,
    live_map,
    models,
    scores,
    spread,
    tables,
)
from pages.ui.report.verdict import verdict
from pages.ui.resources import Loaded
from vae import front


def main() -> None:
    """The page."""
    top = frame("Report card")
    with explained():
        if name := pick_checkpoint(top.row):
            show(resources.load(name), top)


def show(loaded: Loaded, top: Frame) -> None:
    """The verdict, the pictures, and the figures."""
    found = loaded.checkpoint
    one, others = front.score(loaded.name, found.config, found.metrics), models.committed()
    st.html(card.STYLE)
    with st.container(key="verdict"):
        st.markdown(verdict(one, others))
    known = scores.costs(loaded)
    live_map.show(loaded, top, known)
    with st.container(key="pictures"):
        confusion.show(loaded)
        costs.show(loaded, known)
        labels.show(loaded)
        spread.show(loaded)
        models.show(one, others)
    tables.show(loaded)


main()
