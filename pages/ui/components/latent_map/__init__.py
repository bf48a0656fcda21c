"""The live map: ten thousand points, the hand, two sliders and the decoded image.

One component, in HTML, CSS and JavaScript of our own, because no widget of Streamlit's reports
while it is dragged. It is mounted once, outside the fragment that reruns; see `bridge`.
"""

from pathlib import Path

from streamlit.components.v2 import component

HERE = Path(__file__).parent


def _text(*names: str) -> str:
    return "\n".join((HERE / name).read_text("utf-8") for name in names)


_mount = component(
    "latent_map",
    html=_text("latent_map.html"),
    css=_text("latent_map.css", "instruments.css"),
    js=_text(
        "normal.js",
        "codes.js",
        "atlas.js",
        "plane.js",
        "layers.js",
        "marks.js",
        "view.js",
        "requests.js",
        "controls.js",
        "tools.js",
        "paths.js",
        "samples.js",
        "latent_map.js",
    ),
)


def show(packed: bytes) -> None:
    """Draw the map of a packed atlas (see `pack`)."""
    _mount(key="latent_map", data=packed)
