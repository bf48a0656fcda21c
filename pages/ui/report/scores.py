"""What each test digit costs, computed beside the visitors; and the file of it for the map."""

import json
from base64 import b64encode

import streamlit as st
import torch
from torch import Tensor

from pages.ui import resources
from pages.ui.background import Pending
from pages.ui.components import bridge
from pages.ui.explore import selected_digit
from pages.ui.explore.protocol import Example, Scores
from pages.ui.resources import Loaded
from pages.ui.server import files
from pages.ui.server.files import File
from vae.codec import decode
from vae.extremes import extremes

ENDS = (0.02, 0.98)  # shares of the test digits that cost less than the ends of the scale
AGAIN = 0.5  # seconds until it is asked again whether they are there


def costs(loaded: Loaded) -> Tensor | str:
    """(N,) nats, minus the ELBO of each test digit as the report card averages it.

    Returns:
        The costs; or in words why they are not known, yet or at all.
    """
    images = resources.originals(loaded.checkpoint)
    if images is None:
        return (
            f"This model has encoded none of the test images of "
            f"{loaded.checkpoint.config.train.dataset}, so what each costs cannot be computed."
        )
    try:
        return -selected_digit.costs_of_all(loaded, images).elbo
    except Pending:
        wait(loaded)
        return f"Working out what each of the {len(images):,} test digits costs…"


@st.fragment(run_every=AGAIN)
def wait(loaded: Loaded) -> None:
    """Show the whole page again once the costs are there."""
    images = resources.originals(loaded.checkpoint)
    assert images is not None
    try:
        selected_digit.costs_of_all(loaded, images)
    except Pending:
        return
    st.rerun()


def file(loaded: Loaded, costs: Tensor) -> File:
    """The scores for the map, made once for each checkpoint."""
    return _file(loaded.key, loaded, costs)


@st.cache_resource(max_entries=6, show_spinner=False)
def _file(key: str, _loaded: Loaded, _costs: Tensor) -> File:
    low, high = torch.quantile(_costs, torch.tensor(ENDS)).tolist()
    numbers = b64encode(_costs.numpy().astype("<f4").tobytes()).decode()
    found: Scores = {
        "costs": numbers,
        "low": low,
        "high": high,
        "examples": examples(_loaded, _costs),
    }
    return files.make(json.dumps(found).encode())


def examples(loaded: Loaded, costs: Tensor) -> list[Example]:
    """The cheapest, the median and the dearest of each class."""
    found, images = loaded.checkpoint, resources.originals(loaded.checkpoint)
    assert images is not None
    chosen = extremes(costs, found.labels)
    back = decode(found.model, found.encoded.mean[[one.index for one in chosen]])
    return [
        {
            "standing": one.standing,
            "index": one.index,
            "label": one.label,
            "cost": float(costs[one.index]),
            "original": bridge.picture(images[one.index]),
            "reconstruction": bridge.picture(image),
        }
        for one, image in zip(chosen, back, strict=True)
    ]
