"""Where on the map the model is good and bad: the live map, with costs as colours."""

from dataclasses import replace

import streamlit as st

from pages.ui import address
from pages.ui.components import bridge
from pages.ui.components.report_map.component import show_costs
from pages.ui.explore.page import follow, map_data, response
from pages.ui.frame import Frame, explained
from pages.ui.report import scores
from pages.ui.report.scores import Costs
from pages.ui.resources import Loaded
from pages.ui.server import files
from pages.ui.state import as_place, session
from pages.ui.view import View

VIEW = View(top="points")  # what costs are shown on; Explore's view stays as it is


def show(loaded: Loaded, top: Frame, costs: Costs) -> None:
    """The map, with the costs as far as they are known."""
    nats = costs.nats
    show_costs(
        {
            **map_data(loaded),
            "scores": None if nats is None else files.serve(scores.file(loaded, nats)),
            "pending": costs.pending,
            "words": costs.words,
        }
    )
    respond(loaded, top)


@st.fragment
def respond(loaded: Loaded, top: Frame) -> None:
    """Decode where the hand is, and describe the digit that is selected."""
    with explained():
        state, message = session(), bridge.received()
        here = replace(state, view=VIEW)
        if message.revision == state.revision:
            follow(here, message._replace(view=None), loaded)
        state.z, state.selected = loaded.clip(here.z), here.selected
        here.z = state.z
        at = loaded.clip(as_place(message.hover) or state.z)
        bridge.send(response(loaded, here, message, at))
        top.point(address.EXPLORE)
