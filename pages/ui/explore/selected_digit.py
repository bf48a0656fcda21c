"""The test digit behind a point that was clicked: what it is, how it comes back, what it costs."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pages.ui import background, resources
from pages.ui.background import Pending
from pages.ui.components import bridge
from pages.ui.explore.protocol import SelectedDigit
from pages.ui.resources import Loaded
from vae.codec import decode
from vae.data.pixels import observe_set
from vae.evaluate import bounds, unit
from vae.latent.neighbours import article
from vae.objective import Terms

PART = 2500  # test images whose costs are computed in one go, one to some seconds


def describe(loaded: Loaded, index: int | None) -> SelectedDigit | None:
    """Pictures and costs of a test digit; without its original where a stranger's has others."""
    if index is None:
        return None
    found = loaded.checkpoint
    label, dataset = int(found.labels[index]), found.config.train.dataset
    images = resources.originals(found)
    words = [f"Test digit {index:,}, {article(label)} {label}, and how it comes back."]
    pending = False
    if images is None:
        words.append(f"It is none of the test images of {dataset}: there is no original to show.")
    else:
        try:
            costs = costs_of_all(loaded, images).reconstruction
            nats = unit(found.config.model)
            words.append(f"Reconstruction {costs[index]:.1f} {nats}: {rank(costs, index)}.")
        except Pending:
            pending = True
            words.append(f"Reconstruction: working out all {len(images):,}, to compare…")
    kl = found.encoded.kl_to_prior()
    bits = kl[index] / math.log(2)
    words.append(f"KL {kl[index]:.2f} nats, {bits:.1f} bits: {rank(kl, index)}.")
    return {
        "index": index,
        "label": label,
        "words": words,
        "pending": pending,
        "original": None if images is None else bridge.picture(images[index]),
        "reconstruction": bridge.picture(decode(found.model, found.encoded.mean[index, None])[0]),
    }


def costs_of_all(
    loaded: Loaded, images: NDArray[np.uint8], patience: float | None = background.AT_ONCE
) -> Terms:
    """The two costs of each test image, in nats, as the report card has them on average.

    They are computed a part at a time: between two parts others have their turn, and who leaves
    has no more computed.

    Args:
        images: (N, 28, 28)
        patience: seconds to wait for a part; None waits until all are there.

    Raises:
        Pending: the first time, for some seconds; its progress is how many are known.
    """
    parts: list[Terms] = []
    for first in range(0, len(images), PART):
        try:
            part = background.result(
                compute_costs, loaded, first, given=images, lane="long", patience=patience
            )
        except Pending as pending:
            raise Pending(first) from pending
        parts.append(part)
    return Terms(*(torch.cat(column) for column in zip(*parts, strict=True)))


@torch.inference_mode()
def compute_costs(loaded: Loaded, first: int, images: NDArray[np.uint8]) -> Terms:
    """The same of at most `PART` images, now.

    Args:
        first: index of the first of them.
        images: all; which pixels of one are ink is drawn with the whole set.
    """
    model = loaded.checkpoint.model
    seen = observe_set(torch.from_numpy(images), model.config)[first : first + PART]
    return Terms(*(cost.cpu() for cost in bounds(model, seen.to(model.device))))


def rank(costs: Tensor, index: int) -> str:
    """Where one cost stands among all, (N,), in words."""
    if costs[index] == costs.max():
        return "the most of all test digits"
    share = int(100 * (costs < costs[index]).float().mean())
    return f"more than {share}% of the test digits"
