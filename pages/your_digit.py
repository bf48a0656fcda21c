"""Your digit: draw, upload or photograph one, and see what the model makes of it."""

import streamlit as st

from pages.ui import address, resources, uploaded
from pages.ui.checkpoint_picker import pick_checkpoint
from pages.ui.components.your_digit.component import show_pad
from pages.ui.explore.page import map_data, respond
from pages.ui.explore.protocol import LARGEST, DigitData
from pages.ui.frame import explained, frame
from pages.ui.resources import Loaded
from pages.ui.server import files


def main() -> None:
    """The page."""
    top = frame(address.DIGIT)
    with explained():
        if name := pick_checkpoint(top.row):
            loaded = resources.load(name)
            pad, below = st.container(), st.container(key="uploaded")
            with below:  # first, for what was uploaded to be on the pad
                found = uploaded.take(loaded)
            with pad:
                show_pad(pad_data(loaded))
                respond(loaded, top, address.DIGIT, address.EXPLORE)
            with below:
                uploaded.show(loaded, found)


def pad_data(loaded: Loaded) -> DigitData:
    """Where the page finds what it shows."""
    encoder = resources.encoder(loaded)
    return {
        **map_data(loaded),
        "encoder": files.serve(encoder) if encoder.size <= LARGEST else None,
        "samples": files.serve(resources.samples()),
    }


main()
