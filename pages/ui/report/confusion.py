"""Which digits the map takes for which."""

import numpy as np
import plotly.graph_objects as go

from pages.ui.report import card
from pages.ui.resources import Loaded
from vae.latent.confusion import COUNT, confusion
from vae.latent.neighbours import article

HOW = (
    f"Each test digit is judged by the {COUNT} others nearest to it on the map. Rows: its class; "
    "columns: what they say. Blue is right, red is mistaken."
)
STRONGEST = 0.62  # opacity: numbers have to be read on it


def show(loaded: Loaded) -> None:
    """The card."""
    card.show("confusion", "What is taken for what", HOW, draw(loaded))


def draw(loaded: Loaded) -> card.Drawn:
    """The matrix, its numbers in it."""
    found = confusion(loaded.checkpoint.encoded.mean, loaded.checkpoint.labels)
    if found is None:
        return "There is a single test digit, which has no neighbours to judge it."
    return matrix(found)


def matrix(counts: np.ndarray) -> go.Figure:
    """A heat map of shares of each row.

    Args:
        counts: (10, 10) images.
    """
    totals = counts.sum(1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right = np.eye(10, dtype=bool)
    digits = [str(digit) for digit in range(10)]
    words = [
        [
            f"{counts[row, column]:,} of {totals[row, 0]:,} {row}s "
            f"are taken for {article(column)} {column}"
            for column in range(10)
        ]
        for row in range(10)
    ]

    def marks(figure: go.Figure) -> None:
        for mask, colour, most in ((right, card.MAIN, 1.0), (~right, card.SECOND, _most(shares))):
            figure.add_heatmap(
                x=digits,
                y=digits,
                z=np.where(mask, shares, np.nan),
                zmin=0,
                zmax=most,
                colorscale=[[0, card.faint(colour, 0)], [1, card.faint(colour, STRONGEST)]],
                showscale=False,
                customdata=words,
                hovertemplate="%{customdata}<extra></extra>",
                xgap=1,
                ygap=1,
            )
        there = [(row, column) for row in range(10) for column in range(10) if counts[row, column]]
        figure.add_scatter(
            x=[digits[column] for _, column in there],
            y=[digits[row] for row, _ in there],
            text=[str(counts[row, column]) for row, column in there],
            mode="text",
            textfont={"size": 11},
            hoverinfo="skip",
        )

    return card.figure(
        marks,
        showlegend=False,
        xaxis={"title": "taken for", "type": "category", "showgrid": False, "dtick": 1},
        yaxis={
            "title": "is",
            "type": "category",
            "showgrid": False,
            "dtick": 1,
            "autorange": "reversed",
        },
    )


def _most(shares: np.ndarray) -> float:
    """The largest share of a row that is mistaken for one class, for the strongest shade."""
    return max(float(np.where(np.eye(10, dtype=bool), 0, shares).max()), 1e-3)
