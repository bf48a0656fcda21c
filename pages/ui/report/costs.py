"""What each test digit costs, and what the visitor's own does."""

import numpy as np
import plotly.graph_objects as go
from torch import Tensor

from pages.ui.glossary import explain
from pages.ui.report import card

HOW = (
    "How many of the test digits cost how much: minus their ELBO. Those on the left the model "
    "expected; those on the right surprise it."
)
BINS = 60


def show(costs: Tensor | str, own: float | None) -> None:
    """The card.

    Args:
        costs: (N,) nats of each test digit; or why they are not known.
        own: what the visitor's digit costs, if there is one.
    """
    drawn = costs if isinstance(costs, str) else histogram(costs, own)
    help = explain("ELBO", "nats")
    card.show("costs", "What the test digits cost", HOW, drawn, help)


def histogram(costs: Tensor, own: float | None) -> go.Figure:
    """The costs of all, their mean, and the visitor's own."""
    values = costs.double().numpy()
    low, high = np.quantile(values, [0, 0.998])
    high = max(high, own or high)
    edges = np.linspace(low, high + 1e-6, BINS + 1)
    counts = np.histogram(np.minimum(values, high), edges)[0]

    def marks(figure: go.Figure) -> None:
        figure.add_bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts,
            marker={"color": card.MAIN, "opacity": 0.7, "line": {"width": 0}},
            hovertemplate="%{y:,} test digits cost about %{x:.0f} nats<extra></extra>",
        )
        _line(figure, float(values.mean()), "average", card.GREY, "dot", counts.max())
        if own is not None:
            _line(figure, own, "your digit", card.SECOND, "solid", counts.max())

    return card.figure(
        marks,
        bargap=0,
        showlegend=False,
        xaxis={"title": "nats"},
        yaxis={"title": "test digits", "range": [0, 1.22 * counts.max()]},
    )


def _line(figure: go.Figure, x: float, name: str, colour: str, dash: str, highest: float) -> None:
    """An upright line with its name at its top."""
    heights = (1.06, 1.15) if name == "average" else (1.15, 1.06)
    figure.add_scatter(
        x=[x, x],
        y=[0, heights[0] * highest],
        mode="lines+text",
        text=["", f"{name} {x:.0f}"],
        textposition="top center",
        textfont={"size": card.FONT},
        line={"color": colour, "width": 2, "dash": dash},
        hoverinfo="skip",
    )
