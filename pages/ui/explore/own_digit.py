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
from vae.digit.inference import Reading
from vae.digit.strangeness import strangenesses
from vae.latent import few_labels
from vae.model import VAE


def reading(loaded: Loaded, request: Request) -> ReadingResult | None:
    """Where PyTorch's encoder puts a digit, what it costs, and how strange it is among test digits.

    The shares are not known until all test digits have been read, some seconds after the first.
    """
    if request.digit is None:
        return None
    image = torch.frombuffer(bytearray(request.digit), dtype=torch.uint8).view(1, 28, 28)
    model = loaded.checkpoint.model
    (found,) = inference.read(model, loaded.neighbours, image)
    with torch.inference_mode():
        posterior = encode(model, observe(image, model.config).to(model.device))
    strange = strangeness(model, image).item()
    share, class_share, cost_share = shares(loaded, found, strange)
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
        "cost_share": cost_share,
    }


def strangeness(model: VAE, images: Tensor) -> Tensor:
    """(N,) How strange images are; where pixels are not binary their costs have to do."""
    if model.config.likelihood == "bernoulli":
        return strangenesses(model, images)
    return inference.costs(model, images)


def shares(
    loaded: Loaded, found: Reading, strange: float
) -> tuple[float | None, float | None, float | None]:
    """Which shares of the test digits are less strange, of its class, and cost less.

    None while that is computed.
    """
    if resources.originals(loaded.checkpoint) is None:
        return None, None, None
    try:
        known, costs = background.result(compute_all, loaded, lane="long")
    except Pending:
        return None, None, None
    less = (known < strange).float()
    alike = less[loaded.checkpoint.labels == found.nearest.label]
    return less.mean().item(), alike.mean().item(), (costs < found.cost).float().mean().item()


def compute_all(loaded: Loaded) -> tuple[Tensor, Tensor]:
    """How strange each test digit is, and what it costs in nats, now: (N,) each."""
    kept = resources.originals(loaded.checkpoint)
    assert kept is not None
    images, model = torch.from_numpy(kept), loaded.checkpoint.model
    return strangeness(model, images), inference.costs(model, images)


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
