"""The test digit behind a point that was clicked: what it is, and what it costs."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pages.ui import background, resources
from pages.ui.background import Pending
from pages.ui.components import courier
from pages.ui.resources import Loaded
from vae.card import bounds
from vae.objective import Terms
from vae.pixels import observe

BITS = 1.4427  # in a nat


def describe(loaded: Loaded, index: int | None) -> dict[str, Any] | None:
    """Label, original and costs of a test digit; the last two where the data set is on disk."""
    if index is None:
        return None
    label = int(loaded.checkpoint.labels[index])
    dataset = loaded.checkpoint.config.train.dataset
    images = resources.test_images(dataset)
    words = [f"Test digit {index:,}, a {label}. Its reconstruction is the image above."]
    pending = False
    try:
        words += costs(loaded, index)
    except Pending:
        pending = True
        words.append(f"Working out what all {len(loaded.checkpoint.labels):,} cost…")
    if images is None:
        words.append(f"Its original, and what the image costs, show where {dataset} is on disk.")
    return {
        "index": index,
        "label": label,
        "words": words,
        "pending": pending,
        "original": None if images is None else courier.picture(images[index]),
    }


def costs(loaded: Loaded, index: int) -> list[str]:
    """The costs of one test digit, each with its rank among all of them, in words.

    Raises:
        Pending: while they are being computed.
    """
    kl = loaded.checkpoint.encoded.kl_to_prior()
    lines = [f"KL {kl[index]:.2f} nats, {BITS * kl[index]:.1f} bits: {rank(kl, index)}."]
    if terms := costs_of_all(loaded):
        reconstruction = terms.reconstruction
        lines.insert(
            0, f"Reconstruction {reconstruction[index]:.1f} nats: {rank(reconstruction, index)}."
        )
    return lines


def costs_of_all(loaded: Loaded) -> Terms | None:
    """The two costs of each test image, in nats; none where the data set is not on disk.

    Raises:
        Pending: the first time, for some seconds.
    """
    images = resources.test_images(loaded.checkpoint.config.train.dataset)
    return None if images is None else background.result(compute_costs, loaded, given=images)


@torch.inference_mode()
def compute_costs(loaded: Loaded, images: NDArray[np.uint8]) -> Terms:
    """The same, now: the two terms of the bound as the report card has them."""
    model = loaded.checkpoint.model
    seen = observe(torch.from_numpy(images), model.config).to(model.device)
    return Terms(*(cost.cpu() for cost in bounds(model, seen)))


def rank(costs: Tensor, index: int) -> str:
    """Where one cost stands among all: (N,)."""
    return f"more than {(costs < costs[index]).float().mean():.0%} of the test digits"
