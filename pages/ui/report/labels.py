"""How few labels it takes to tell all digits by their places."""

from typing import Any

import plotly.graph_objects as go

from pages.ui.report import card
from pages.ui.resources import Loaded

HOW = (
    "So many training digits have a label, and the nearest of them on the map says what a test "
    "digit is. A map that has understood digits needs few."
)
NEIGHBOURS = {"5": ("nearest 5 vote", card.MAIN, "solid"), "1": ("nearest 1", card.SECOND, "dot")}


def show(loaded: Loaded) -> None:
    """The card."""
    card.show("labels", "How many labels it needs", HOW, draw(loaded))


def draw(loaded: Loaded) -> card.Drawn:
    """Accuracy against labels, as far as the report card has it."""
    known = points(loaded.checkpoint.metrics, loaded.checkpoint.made)
    if len(known) < 2:
        return "How well few labels do has not been computed: see below."
    return curve(known)


def points(metrics: dict[str, Any], made: dict[str, Any]) -> dict[int, dict[str, float]]:
    """How many labels -> accuracies by one and by five neighbours; the last has all labels.

    Args:
        metrics, made: of a checkpoint, possibly a stranger's.
    """
    few = metrics.get("few_labels", {})
    found = {int(count): row for count, row in few.items() if is_count(count)}
    everything = made.get("train_images", 0)
    if "knn" in metrics and everything >= 1:
        found[int(everything)] = metrics["knn"]
    return dict(sorted(found.items()))


def is_count(text: str) -> bool:
    """Whether that is a number of labels; strangers may write anything there."""
    return text.isascii() and text.isdigit() and len(text) < 8 and int(text) > 0


def curve(known: dict[int, dict[str, float]]) -> go.Figure:
    """The two curves.

    Args:
        known: as `points` has it.
    """

    def marks(figure: go.Figure) -> None:
        for key, (name, colour, dash) in NEIGHBOURS.items():
            figure.add_scatter(
                x=list(known),
                y=[100 * row[key] for row in known.values()],
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": 2, "dash": dash},
                marker={"size": 7},
                hovertemplate="%{y:.1f}% with %{x:,} labels<extra>" + name + "</extra>",
            )

    return card.figure(
        marks,
        xaxis={
            "title": "labels",
            "type": "log",
            "dtick": 1,
            "tickformat": ",",
        },
        yaxis={"title": "test digits told rightly", "ticksuffix": "%"},
    )
