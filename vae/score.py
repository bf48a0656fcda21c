"""What a model makes of images it is shown: the figures of the command line and the pages."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae.checkpoint import Checkpoint
from vae.data import Dataset
from vae.model import VAE, decode, to_floats
from vae.neighbours import Neighbours, Vote
from vae.objective import Terms, expected


class Reading(NamedTuple):
    """Everything the model says of one image."""

    mean: tuple[float, float]  # its place, in standard deviations of the prior
    std: tuple[float, float]  # how far the encoder thinks it may be off
    reconstruction: float  # nats
    kl: float  # nats
    nearest: Vote
    image: Tensor  # (28, 28) uint8: decoded again from the mean


@torch.inference_mode()
def read(model: VAE, neighbours: Neighbours, images: Tensor) -> list[Reading]:
    """Encode images and say what becomes of them.

    Args:
        images: (N, 28, 28) uint8.
    """
    pixels = to_floats(images, model.device)
    posterior = model.posterior(pixels)
    terms = expected(model, pixels)
    mean = posterior.mean.cpu()
    return [
        Reading(tuple(place), tuple(std), reconstruction, kl, vote, image)
        for place, std, reconstruction, kl, vote, image in zip(
            mean.tolist(),
            torch.exp(0.5 * posterior.log_var).tolist(),
            terms.reconstruction.tolist(),
            terms.kl.tolist(),
            neighbours.vote(mean),
            decode(model, mean),
            strict=True,
        )
    ]


@torch.inference_mode()
def report_card(checkpoint: Checkpoint, dataset: Dataset) -> dict[str, Any]:
    """The bound on the test set, its expectation computed by quadrature; nats per image."""
    model, images = checkpoint.model, dataset.test.images
    parts = [
        expected(model, to_floats(batch, model.device), nodes=3) for batch in images.split(250)
    ]
    terms = Terms(*(torch.cat(column) for column in zip(*parts, strict=True)))
    return {
        "elbo": terms.elbo.mean().item(),
        "reconstruction": terms.reconstruction.mean().item(),
        "kl": terms.kl.mean().item(),
        "unit": "nats per image, grey levels as probabilities",
        "dataset": dataset.name,
        "images": len(images),
        "parameters": model.parameters_count,
        "device": str(model.device),
        "training": checkpoint.made,  # when, how many seconds, on what
    }
