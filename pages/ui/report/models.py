"""This model among all committed ones."""

from collections.abc import Sequence
from math import log10

import plotly.graph_objects as go
import streamlit as st

from pages.ui.frame import plain
from pages.ui.glossary import explain
from pages.ui.report import card
from vae import front, library
from vae.front import Scored
from vae.store.header import SUFFIX

FRONT = (
    "Up: log p(x) is higher, digits are explained better. Right: so is the bound, which is what "
    "the encoder reaches; on the dotted line it would lose nothing."
)
ALONE = "No other committed model sees the same kind of pixels."
MAP = (
    "Up: the map tells more digits apart. Right: the encoder loses less of log p(x), so the model "
    "can be read by its map. Best is the upper right corner."
)


def show(one: Scored, others: Sequence[Scored]) -> None:
    """Both cards.

    Args:
        others: the committed models, this one possibly among them.
    """
    everyone = [*(other for other in others if other.name != one.name), one]
    help = explain("log p(x)", "ELBO", "nats")
    how = FRONT if len(front.comparable(one, everyone)) > 1 else f"{FRONT} {ALONE}"
    card.show("front", "Exactness and bound", how, exactness(one, everyone), help)
    card.show("models", "All models", MAP, readability(one, everyone), explain("encoder"))


def committed() -> list[Scored]:
    """The committed models; their files are read again when one has changed."""
    paths = sorted(library.COMMITTED.glob(f"*{SUFFIX}"))
    return _committed(tuple((str(path), path.stat().st_mtime_ns) for path in paths))


@st.cache_data(max_entries=2, show_spinner=False)
def _committed(files: tuple[tuple[str, int], ...]) -> list[Scored]:
    return front.committed()


def exactness(one: Scored, everyone: Sequence[Scored]) -> card.Drawn:
    """Log p(x) over the bound, of the models whose likelihoods compare."""
    if one.exact is None:
        return "The exact log p(x) of this model has not been computed: see below."
    alike = [other for other in front.comparable(one, everyone) if other.exact is not None]
    elbo = [other.elbo for other in alike]
    exact = [other.exact or 0.0 for other in alike]
    low, high = min(elbo), max(exact)
    pad = 0.15 * (high - low) + 0.5
    ends = [low - pad, high + pad]

    def marks(figure: go.Figure) -> None:
        figure.add_scatter(
            x=ends,
            y=ends,
            mode="lines",
            line={"color": card.GREY, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        )
        words = [f"log p(x) {y:.1f}, bound {x:.1f} nats" for x, y in zip(elbo, exact, strict=True)]
        _dots(figure, one, alike, elbo, exact, words)

    return card.figure(
        marks,
        showlegend=False,
        xaxis={"title": "ELBO, nats", "range": ends},
        yaxis={"title": "log p(x), nats", "range": [min(exact) - pad, high + pad]},
    )


def readability(one: Scored, everyone: Sequence[Scored]) -> card.Drawn:
    """Accuracy over the gap, which compare between models of any pixels."""
    if one.gap is None or one.accuracy is None:
        return "How well this model's map tells digits apart has not been computed: see below."
    judged = [other for other in everyone if other.dataset == one.dataset]
    known = [other for other in judged if other.gap is not None and other.accuracy is not None]
    gaps = [max(other.gap or 0.0, 0.01) for other in known]
    shares = [100 * (other.accuracy or 0.0) for other in known]

    def marks(figure: go.Figure) -> None:
        words = [f"{y:.1f}%, gap {x:.1f} nats" for x, y in zip(gaps, shares, strict=True)]
        _dots(figure, one, known, gaps, shares, words)

    return card.figure(
        marks,
        showlegend=False,
        xaxis={
            "title": "gap between bound and log p(x), nats",
            "type": "log",
            "range": [log10(2 * max(gaps)), log10(min(gaps) / 2)],
            "tickvals": [0.1, 0.3, 1, 3, 10, 30, 100],
        },
        yaxis={
            "title": "told by the nearest 5",
            "ticksuffix": "%",
            "range": [min(shares) - 5, max(shares) + 5],
        },
    )


def _dots(
    figure: go.Figure,
    one: Scored,
    models: Sequence[Scored],
    x: Sequence[float],
    y: Sequence[float],
    words: Sequence[str],
) -> None:
    """Dots with names; this model's is the large one."""
    own = [model.name == one.name for model in models]
    order = sorted(range(len(x)), key=lambda i: x[i])  # names above and below, in turn
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode="markers+text",
        text=[_short(model.title) for model in models],
        textposition=[
            "top center" if order.index(i) % 2 else "bottom center" for i in range(len(x))
        ],
        textfont={"size": card.FONT},
        cliponaxis=False,
        customdata=[
            f"<b>{plain(model.title)}</b><br>{said}"
            for model, said in zip(models, words, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        marker={
            "color": [card.SECOND if mine else card.MAIN for mine in own],
            "size": [14 if mine else 9 for mine in own],
            "opacity": 1,
            "symbol": ["diamond" if mine else "circle" for mine in own],
        },
    )


def _short(title: str) -> str:
    """As much of a title as there is room for beside a dot."""
    return title.split(":")[0][:24]
