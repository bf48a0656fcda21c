"""What each test digit costs, and what the visitor's own does."""

import math

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from pages.ui import address
from pages.ui.frame import link_to
from pages.ui.glossary import explain
from pages.ui.report import card, scores
from pages.ui.report.scores import Costs
from pages.ui.resources import Loaded
from pages.ui.state import session
from vae.config import SIDE
from vae.digit import inference

HOW = (
    "How many of the test digits cost how much: minus their ELBO. Those on the left the model "
    "expected; those on the right surprise it."
)
BINS = 60


def show(loaded: Loaded, costs: Costs) -> None:
    """The card, with the visitor's digit, or a way to draw one."""
    own = own_cost(loaded)
    why = "" if costs.pending else costs.words
    drawn = why if costs.nats is None else histogram(costs.nats, own)
    with card.show("costs", "What the test digits cost", HOW, drawn, explain("ELBO", "nats")):
        if costs.pending:
            scores.wait(loaded)
        elif costs.nats is not None and own is not None:
            share = (costs.nats < own).float().mean().item()
            st.markdown(f"Yours costs {own:.0f} nats: more than {int(100 * share)}% of them.")
        elif costs.nats is not None:
            link_to(address.DIGIT, "Draw one to see it here")


def own_cost(loaded: Loaded) -> float | None:
    """What the digit on the visitor's pad costs, nats; its grey levels count as expectations."""
    state = session()
    if state.digit is None or not (state.drawing or state.picture):
        return None
    image = torch.frombuffer(bytearray(state.digit), dtype=torch.uint8).view(1, SIDE, SIDE)
    cost = inference.costs(loaded.checkpoint.model, image).item()
    return cost if math.isfinite(cost) else None


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
