"""The front of docs/quality.md: how well a model explains digits, against how readable its map is.

    python -m benchmarks.front

Draws the rows of docs/quality.csv that have both figures.
"""

import csv

import plotly.graph_objects as go

from benchmarks.live import browser
from benchmarks.pictures import FOLDER, save

GROUPS = {  # kind -> name, colour, symbol
    "elsewhere": ("best published, N(0, I) prior", "#94a4a2", "x"),
    "trial": ("trials, one seed", "#e0a030", "circle-open"),
    "map": ("default: the map, test images", "#3f90da", "circle"),
    "exact": ("exact: the likelihood, test images", "#bd1f01", "diamond"),
}
SCHEMES = {"light": ("#ffffff", "#31333f", "#dfe3ea"), "dark": ("#0e1117", "#fafafa", "#333844")}


def main() -> None:
    """Draw it, light and dark."""
    with (FOLDER / "quality.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["exact"] and row["elbo"]]
    with browser() as chrome:
        for scheme, colours in SCHEMES.items():
            page = chrome.new_page(viewport={"width": 860, "height": 560})
            page.set_content(draw(rows, *colours).to_html(config={"displayModeBar": False}))
            page.wait_for_selector(".main-svg")
            save(page.screenshot(), FOLDER / f"front-{scheme}.png")
            page.close()


def draw(rows: list[dict[str, str]], paper: str, ink: str, lines: str) -> go.Figure:
    """Exact log-likelihood over ELBO; below the dotted line nothing can lie."""
    figure = go.Figure()
    ends = [-142, -104]
    figure.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        name="no gap: the encoder loses nothing",
        line={"dash": "dot", "color": ink, "width": 1},
    )
    for kind, (name, colour, symbol) in GROUPS.items():
        chosen = [row for row in rows if row["kind"] == kind]
        figure.add_scatter(
            x=[float(row["elbo"]) for row in chosen],
            y=[float(row["exact"]) for row in chosen],
            text=[row["name"] for row in chosen],
            mode="markers+text" if kind in ("elsewhere", "trial") else "markers",
            textposition="bottom center",
            textfont={"size": 10},
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 11},
        )
    axis = {"gridcolor": lines, "zeroline": False}
    figure.update_layout(
        width=840,
        height=540,
        paper_bgcolor=paper,
        plot_bgcolor=paper,
        font={"color": ink, "family": "Source Sans Pro, sans-serif", "size": 13},
        margin={"l": 60, "r": 20, "t": 20, "b": 55},
        legend={"x": 0.98, "xanchor": "right", "y": 0.03, "yanchor": "bottom"},
        xaxis={**axis, "title": "ELBO of the encoder, nats per binarised image", "range": ends},
        yaxis={**axis, "title": "exact log p(x), nats per binarised image", "range": [-136, -104]},
    )
    return figure


if __name__ == "__main__":
    main()
