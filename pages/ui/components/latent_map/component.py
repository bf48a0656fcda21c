"""The live map: ten thousand points, the hand, two sliders and the decoded image.

One component, in HTML, CSS and JavaScript of our own, because no widget of Streamlit's reports
while it is dragged. It is mounted once, outside the fragment that reruns; see `bridge`.
"""

from html import escape
from pathlib import Path

from streamlit.components.v2 import component

from pages.ui.components.latent_map.markup import LAST, STYLES, markup
from pages.ui.components.modules import bundle
from pages.ui.explore.protocol import MapData

HERE = Path(__file__).parent


def _text(*names: str) -> str:
    return "\n".join((HERE / name).read_text("utf-8") for name in names)


# The script of a Worker, which the map starts from its text.
WORKER = f'<template class="worker">{escape(bundle(HERE / "decoder_worker.js"))}</template>'
_mount = component(
    "latent_map",
    html=markup("explore", machine=_text("../machine/machine.html"), tabs=_text("explore.html"))
    + WORKER,
    css=_text(*STYLES, "../machine/machine.css", *LAST),
    js=bundle(HERE / "latent_map.js"),
)


def show_map(data: MapData) -> None:
    """Draw the map of a checkpoint."""
    _mount(key="latent_map", data=data)
