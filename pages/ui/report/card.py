"""A picture on a card: one height, one type, colours that both themes can read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

STYLE = Path(__file__).parent / "report.css"
HEIGHT = 320  # CSS pixels, of each chart
FONT = 13
# Contrasts of at least 3 to the ground of either theme; words have the theme's own colour.
MAIN, SECOND, GREY = "#3f7fd8", "#d0553f", "#868e96"
BARE = {"displayModeBar": False, "scrollZoom": False}
Drawn = go.Figure | str  # a picture, or why there is none


def show(key: str, title: str, how: str, drawn: Drawn, help: str = "") -> DeltaGenerator:
    """A picture with its name, and one sentence that says how to read it.

    Args:
        key: told from those of other pictures.
        help: what terms mean.

    Returns:
        The card, for what stands under the picture.
    """
    made = st.container(key=f"picture-{key}")
    with made:
        st.markdown(f"#### {title}", help=help or None)
        if isinstance(drawn, str):
            st.markdown(drawn)
        else:
            st.markdown(how)
            st.plotly_chart(drawn, key=f"chart-{key}", config=BARE)
    return made


def figure(draw: Callable[[go.Figure], Any], **layout: Any) -> go.Figure:
    """A chart in the common card.

    Args:
        draw: puts its marks on it.
        layout: what it has of its own.
    """
    made = go.Figure()
    draw(made)
    made.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"size": FONT},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "font": {"size": FONT}},
        hoverlabel={"font": {"size": FONT}},
        dragmode=False,
    )
    made.update_xaxes(title_font_size=FONT, tickfont_size=FONT, zeroline=False, fixedrange=True)
    made.update_yaxes(title_font_size=FONT, tickfont_size=FONT, zeroline=False, fixedrange=True)
    return made.update_layout(**layout)


def faint(colour: str, part: float) -> str:
    """A colour as rgba, so that the theme's ground shows through it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{part})"
