"""What a model makes of single images it is shown."""

from typing import NamedTuple

import torch
from torch import Tensor

from vae.codec import decode
from vae.model import VAE
from vae.neighbours import Neighbours, Vote
from vae.objective import expected
from vae.pixels import enlarge, observe, to_bytes


class Reading(NamedTuple):
    """Everything the model says of one image."""

    seen: Tensor  # (28, 28) uint8: the image as the model is shown it
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
        images: (N, 28, 28) uint8, or plain vectors (N, side²) of floats in [0, 1].
    """
    pixels = observe(images, model.config).to(model.device)
    posterior = model.posterior(pixels)
    terms = expected(model, pixels)
    mean = posterior.mean.cpu()
    return [
        Reading(seen, tuple(place), tuple(std), reconstruction, kl, vote, image)
        for seen, place, std, reconstruction, kl, vote, image in zip(
            to_bytes(enlarge(pixels)).cpu(),
            mean.tolist(),
            posterior.std.tolist(),
            terms.reconstruction.tolist(),
            terms.kl.tolist(),
            neighbours.vote(mean),
            decode(model, mean),
            strict=True,
        )
    ]
