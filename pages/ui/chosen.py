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
    if images is not None and len(images) != len(loaded.checkpoint.labels):
        images = None  # these are not what it was made with
    words = [f"Test digit {index:,}, a {label}. Its reconstruction is the image above."]
    pending = False
    if images is None:
        words.append(f"Its original, and what the image costs, show where {dataset} is on disk.")
    else:
        try:
            reconstruction = costs_of_all(loaded, images).reconstruction
            words.append(
                f"Reconstruction {reconstruction[index]:.1f} nats: {rank(reconstruction, index)}."
            )
        except Pending:
            pending = True
            words.append(f"Reconstruction: working out all {len(images):,}, to compare…")
    kl = loaded.checkpoint.encoded.kl_to_prior()
    words.append(f"KL {kl[index]:.2f} nats, {BITS * kl[index]:.1f} bits: {rank(kl, index)}.")
    return {
        "index": index,
        "label": label,
        "words": words,
        "pending": pending,
        "original": None if images is None else courier.picture(images[index]),
    }


def costs_of_all(loaded: Loaded, images: NDArray[np.uint8]) -> Terms:
    """The two costs of each test image, in nats, as the report card has them on average.

    Args:
        images: (N, 28, 28)

    Raises:
        Pending: the first time, for some seconds.
    """
    return background.result(compute_costs, loaded, given=images)


@torch.inference_mode()
def compute_costs(loaded: Loaded, images: NDArray[np.uint8]) -> Terms:
    """The same, now."""
    model = loaded.checkpoint.model
    seen = observe(torch.from_numpy(images), model.config).to(model.device)
    return Terms(*(cost.cpu() for cost in bounds(model, seen)))


def rank(costs: Tensor, index: int) -> str:
    """Where one cost stands among all: (N,)."""
    return f"more than {(costs < costs[index]).float().mean():.0%} of the test digits"
