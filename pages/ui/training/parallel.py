"""The trials of a sweep as parallel coordinates: an axis for each setting, and the ELBO last."""

import math
from statistics import median
from typing import Any

import plotly.graph_objects as go

from vae.sweep.trials import Sweep, Trial

FONT = 13
# Each has a contrast of 3 to the ground of either theme.
COLOURS = [[0.0, "#868e96"], [0.6, "#3f7fd8"], [1.0, "#d0553f"]]
TICKS = 4
AXES = 8  # more are too narrow to read


def draw(sweep: Sweep) -> go.Figure | None:
    """The plot, once there are two trials to compare."""
    known = [trial for trial in sweep.trials if trial.elbo is not None]
    if len(known) < 2:
        return None
    elbos = lifted([trial.elbo or 0.0 for trial in known])
    axes = [axis(sweep, known, name) for name in searched(known)]
    last = {"label": "ELBO", "values": elbos, **ticks(min(elbos), max(elbos))}
    if min(elbos) > min(trial.elbo or 0.0 for trial in known):
        last["ticktext"][0] = f"≤ {last['ticktext'][0]}"
    figure = go.Figure(
        go.Parcoords(
            dimensions=[*axes, last],
            line={"color": elbos, "colorscale": COLOURS},
            labelfont={"size": FONT},
            tickfont={"size": FONT - 1},
            rangefont={"size": 1, "color": "rgba(0,0,0,0)"},  # the ticks say it already
            labelside="bottom",
            labelangle=30,  # on a phone they stand closer than their words are long
        )
    )
    return figure.update_layout(height=372, margin={"l": 56, "r": 56, "t": 24, "b": 84})


def searched(known: list[Trial]) -> list[str]:
    """The settings in which trials differ."""
    values: dict[str, set[float]] = {}
    for trial in known:
        for name, value in trial.settings.items():
            values.setdefault(name, set()).add(value)
    return [name for name, found in values.items() if len(found) > 1][:AXES]


def lifted(elbos: list[float]) -> list[float]:
    """The ELBOs, those far below the others put at the end of the axis.

    A trial that was pruned at once would press all others together.
    """
    best = max(elbos)
    floor = best - 3 * (best - median(elbos)) - 1e-6
    return [max(elbo, floor) for elbo in elbos]


def axis(sweep: Sweep, known: list[Trial], name: str) -> dict[str, Any]:
    """One setting's axis; a trial that lacks it is drawn at the middle of the others."""
    found = [trial.settings[name] for trial in known if name in trial.settings]
    values = [trial.settings.get(name, median(found)) for trial in known]
    if name in sweep.log and min(values) > 0:
        values = [math.log10(value) for value in values]
        marks = ticks(min(values), max(values))
        marks["ticktext"] = [short(10**value) for value in marks["tickvals"]]
    else:
        marks = ticks(min(values), max(values))
    return {"label": spell(name), "values": values, **marks}


def ticks(low: float, high: float) -> dict[str, list[Any]]:
    """Evenly spaced marks, both ends included."""
    places = [low + (high - low) * count / (TICKS - 1) for count in range(TICKS)]
    return {"tickvals": places, "ticktext": [short(place) for place in places]}


def short(value: float) -> str:
    """A number in the few characters that there is room for."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def spell(name: str) -> str:
    """A setting as people say it."""
    return {"beta": "β"}.get(name, name.replace("_", " "))
