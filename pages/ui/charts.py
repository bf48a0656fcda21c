"""The drawings that a person studies, as Plotly figures."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import torch
from torch import Tensor

from pages.ui.explore.protocol import PRIOR_SHARES
from vae.config import TrainConfig
from vae.latent.density import prior_radius
from vae.latent.neighbours import article

# Streamlit puts the theme's own (`chartCategoricalColors`) in the place of these: #000001, #000002…
CLASS_COLOURS = tuple(f"#{count:06}" for count in range(1, 11))

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def latent_scatter(means: Tensor, labels: Tensor) -> go.Figure:
    """The encoded test set, coloured by class.

    Args:
        means: (N, 2)
        labels: (N,)
    """
    figure = go.Figure()
    across, up = _square(means)
    for label in range(10):
        name = f"{article(label)} {label}"
        x, y = means[labels == label].numpy().T  # arrays travel as bytes, lists as text
        figure.add_scattergl(
            x=x,
            y=y,
            mode="markers",
            name=str(label),
            marker={"color": CLASS_COLOURS[label], "size": 3.5, "opacity": 0.75},
            hovertemplate=f"{name} at z = (%{{x:.2f}}, %{{y:.2f}})<extra></extra>",
        )
    figure.update_layout(
        height=430,
        margin=MARGIN,
        legend={"orientation": "h", "itemsizing": "constant", "y": -0.14, "x": 0},
        shapes=[_ring(prior_radius(share)) for share in PRIOR_SHARES],
        # A step along one axis is as long as along the other, as on the live map.
        xaxis={"title": "z1", "range": across, "zeroline": False, "constrain": "domain"},
        yaxis={
            "title": "z2",
            "range": up,
            "zeroline": False,
            "constrain": "domain",
            "scaleanchor": "x",
        },
        uirevision="plane",  # a zoom survives the next epoch
    )
    return figure


def _square(means: Tensor) -> list[list[float]]:
    """The ends of both axes, equally far apart: all but two in a thousand points lie between."""
    low, high = torch.quantile(means, torch.tensor([0.001, 0.999]), 0)  # (2,) each
    half = 0.55 * (high - low).max() + 1e-3
    return [[float(middle - half), float(middle + half)] for middle in (low + high) / 2]


def _ring(radius: float) -> dict[str, Any]:
    """A circle around the middle, as the live map has them around shares of the prior."""
    line = {"color": "rgba(128,128,128,0.4)", "width": 1}
    ends = {"x0": -radius, "x1": radius, "y0": -radius, "y1": radius}
    return {"type": "circle", "layer": "below", "line": line, **ends}


def curves(history: Sequence[dict[str, Any]], config: TrainConfig, judge: str) -> go.Figure:
    """The two costs of the bound, epoch by epoch, on the training images and those held back.

    Args:
        config: how many epochs there will be.
        judge: what the images held back are called.
    """
    figure = go.Figure()
    alone = f" (the last {config.refit_epochs} of the encoder alone)" if config.refit_epochs else ""
    x = [entry["epoch"] for entry in history]
    lines = (
        ("train_reconstruction", "reconstruction, training", CLASS_COLOURS[6], "dot"),
        ("held_reconstruction", f"reconstruction, {judge}", CLASS_COLOURS[2], "solid"),
        ("train_kl", "KL, training", CLASS_COLOURS[9], "dot"),
        ("held_kl", f"KL, {judge}", CLASS_COLOURS[0], "solid"),
    )
    for key, name, colour, dash in lines:
        figure.add_scatter(
            x=x,
            y=[entry[key] for entry in history],
            name=name,
            mode="lines+markers",
            marker={"size": 5},
            line={"color": colour, "dash": dash, "width": 2},
            yaxis="y2" if "kl" in key else "y",
            hovertemplate="%{y:.2f} nats<extra>" + name + "</extra>",
        )
    figure.update_layout(
        height=430,
        margin=MARGIN,
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.16, "x": 0},
        xaxis={
            "title": f"epoch{alone}",
            "range": [0.5, max(config.all_epochs, 2) + 0.5],
            "anchor": "y2",
        },
        yaxis={"title": "reconstruction, nats per image", "domain": [0.36, 1]},
        yaxis2={"title": "KL, nats", "domain": [0, 0.27], "rangemode": "tozero"},
    )
    return figure
