"""What is asked about a visitor's own digit, or about test digits beside it."""

import numpy as np
import torch
from torch import Tensor

from pages.ui import background, resources
from pages.ui.background import Pending
from pages.ui.explore import layers
from pages.ui.explore.protocol import ImagesResult, LabelsResult, ReadingResult
from pages.ui.explore.requests import Request
from pages.ui.resources import Loaded
from vae.codec import encode
from vae.data.pixels import observe
from vae.digit import inference
from vae.latent import few_labels


def reading(loaded: Loaded, request: Request) -> ReadingResult | None:
    """Where PyTorch's encoder puts a digit, what it costs, and how many test digits cost less.

    The shares are not known until all test digits have been read, some seconds after the first.
    """
    if request.digit is None:
        return None
    image = torch.frombuffer(bytearray(request.digit), dtype=torch.uint8).view(1, 28, 28)
    model = loaded.checkpoint.model
    (found,) = inference.read(model, loaded.neighbours, image)
    with torch.inference_mode():
        posterior = encode(model, observe(image, model.config).to(model.device))
    share, class_share = shares(loaded, found.cost, found.nearest.label)
    (x, y), (wide, high) = found.mean, posterior.log_var[0].tolist()
    return {
        "mean": (x, y),
        "log_var": (wide, high),
        "correlation": float(posterior.correlation[0]),
        "reconstruction": found.reconstruction,
        "kl": found.kl,
        "cost": found.cost,
        "label": found.nearest.label,
        "share": share,
        "class_share": class_share,
    }


def shares(loaded: Loaded, cost: float, label: int) -> tuple[float | None, float | None]:
    """How many of all test digits, and of one class's, cost less; None while that is computed."""
    if resources.originals(loaded.checkpoint) is None:
        return None, None
    try:
        known = background.result(compute_costs, loaded, lane="long")
    except Pending:
        return None, None
    less = (known < cost).float()
    return less.mean().item(), less[loaded.checkpoint.labels == label].mean().item()


def compute_costs(loaded: Loaded) -> Tensor:
    """What each test digit costs, now: (N,) nats."""
    images = resources.originals(loaded.checkpoint)
    assert images is not None
    return inference.costs(loaded.checkpoint.model, torch.from_numpy(images))


def originals(loaded: Loaded, request: Request) -> ImagesResult | None:
    """Some test digits as they are."""
    images = resources.originals(loaded.checkpoint)
    there = [index for index in request.indices if images is not None and index < len(images)]
    if images is None or not there:
        return None
    return {"images": layers.text(images[there])}


def labels(loaded: Loaded, request: Request) -> LabelsResult | None:
    """How many test digits can be told from the labels of a few."""
    total = loaded.checkpoint.labels
    known = sorted({index for index in request.indices if index < len(total)})
    if len(set(total[known].tolist())) < 2 or len(known) == len(total):
        return None
    return background.result(tell_others, loaded, tuple(known))


def tell_others(loaded: Loaded, known: tuple[int, ...]) -> LabelsResult:
    """The same, now."""
    means, classes = loaded.checkpoint.encoded.mean.numpy(), loaded.checkpoint.labels.numpy()
    nearest, spreading = few_labels.accuracies(means, classes, np.array(known))
    return {"nearest": nearest, "spreading": spreading}
