"""Where the encoder puts the digits along each axis, against where the prior expects them."""

import plotly.graph_objects as go

from pages.ui.glossary import explain
from pages.ui.report import card
from pages.ui.resources import Loaded
from vae.latent.marginals import Marginals, marginals, prior

HOW = (
    "Bars: where the test digits lie along each axis of the map. Line: the prior. Where bars and "
    "line agree, places drawn at random from the prior give digits."
)


def show(loaded: Loaded) -> None:
    """The card."""
    drawn = histograms(marginals(loaded.checkpoint.encoded.mean))
    card.show("spread", "The map against the prior", HOW, drawn, explain("prior", "latent space"))


def histograms(found: Marginals) -> go.Figure:
    """One above the other, with the same scales."""
    end = float(found.middles[-1] * 2 - found.middles[-2])
    top = 1.08 * max(float(found.densities.max()), float(prior(found.middles).max()))

    def marks(figure: go.Figure) -> None:
        for axis, (x, y) in enumerate((("x", "y"), ("x", "y2"))):
            figure.add_bar(
                x=found.middles,
                y=found.densities[axis],
                name="test digits",
                marker={"color": card.MAIN, "opacity": 0.7, "line": {"width": 0}},
                xaxis=x,
                yaxis=y,
                showlegend=axis == 0,
                hovertemplate=f"z{axis + 1} = %{{x:.2f}}: density %{{y:.2f}}<extra></extra>",
            )
            figure.add_scatter(
                x=found.middles,
                y=prior(found.middles),
                name="prior",
                mode="lines",
                line={"color": card.SECOND, "width": 2},
                xaxis=x,
                yaxis=y,
                showlegend=axis == 0,
                hoverinfo="skip",
            )

    return card.figure(
        marks,
        bargap=0,
        xaxis={"title": "standard deviations of the prior", "range": [-end, end], "anchor": "y2"},
        yaxis={"title": "z1", "range": [0, top], "domain": [0.54, 1], "nticks": 3},
        yaxis2={"title": "z2", "range": [0, top], "domain": [0, 0.46], "nticks": 3},
    )
