"""What each test digit costs, computed beside the visitors; and the file of it for the map."""

import json
from base64 import b64encode
from typing import NamedTuple

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
AGAIN = 0.3  # seconds until it is asked again whether they are there


class Costs(NamedTuple):
    """What each test digit costs, as far as it is known."""

    nats: Tensor | None  # (N,) minus the ELBO of each, as the report card averages it
    words: str = ""  # why they are not known, yet or at all
    pending: bool = False


def costs(loaded: Loaded) -> Costs:
    """The costs, or that they are being computed: then `wait` has to follow on the page."""
    images = resources.originals(loaded.checkpoint)
    if images is None:
        dataset = loaded.checkpoint.config.train.dataset
        return Costs(
            None,
            f"The images that this model has encoded are none of the test images of {dataset}, so "
            "what each costs cannot be computed.",
        )
    try:
        nats = -selected_digit.costs_of_all(loaded, images).elbo
    except Pending:
        words = f"Working out what each of the {len(images):,} test digits costs…"
        return Costs(None, words, pending=True)
    if not torch.isfinite(nats).all():
        return Costs(None, "To this model some test digits are impossible: their cost is infinite.")
    return Costs(nats)


@st.fragment(run_every=AGAIN)
def wait(loaded: Loaded) -> None:
    """Say how far the costs are, and show the whole page again once they are there."""
    images = resources.originals(loaded.checkpoint)
    assert images is not None
    try:
        selected_digit.costs_of_all(loaded, images)
    except Pending as pending:
        known, total = pending.progress, len(images)
        st.progress(known / total, f"The costs of {known:,} of {total:,} test digits are known.")
        return
    st.rerun()


def file(loaded: Loaded, nats: Tensor) -> File:
    """The scores for the map, made once for each checkpoint."""
    return _file(loaded.key, loaded, nats)


@st.cache_resource(max_entries=6, show_spinner=False)
def _file(key: str, _loaded: Loaded, _nats: Tensor) -> File:
    low, high = torch.quantile(_nats, torch.tensor(ENDS)).tolist()
    numbers = b64encode(_nats.numpy().astype("<f4").tobytes()).decode()
    found: Scores = {
        "costs": numbers,
        "low": low,
        "high": high,
        "examples": examples(_loaded, _nats),
    }
    return files.make(json.dumps(found).encode())


def examples(loaded: Loaded, nats: Tensor) -> list[Example]:
    """The cheapest, the median and the dearest of each class."""
    found, images = loaded.checkpoint, resources.originals(loaded.checkpoint)
    assert images is not None
    chosen = extremes(nats, found.labels)
    back = decode(found.model, found.encoded.mean[[one.image for one in chosen]])
    return [
        {
            "standing": one.standing,
            "index": one.image,
            "label": one.label,
            "cost": float(nats[one.image]),
            "original": bridge.picture(images[one.image]),
            "reconstruction": bridge.picture(image),
        }
        for one, image in zip(chosen, back, strict=True)
    ]
