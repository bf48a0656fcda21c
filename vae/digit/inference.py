"""Inference for single images: the posterior, the two terms of the ELBO, the reconstruction."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from vae import quadtree
from vae.codec import decode, encode
from vae.data.pixels import enlarge, observe, to_bytes
from vae.evaluate import bounds
from vae.latent.neighbours import Neighbours, Vote
from vae.model import VAE
from vae.objective import expected


class Reading(NamedTuple):
    """The posterior of one image, its terms of the ELBO, and its reconstruction."""

    seen: Tensor  # (28, 28) uint8: the image at the size that the model is shown
    mean: tuple[float, float]  # of the encoder's posterior, in standard deviations of the prior
    std: tuple[float, float]  # of that posterior
    reconstruction: float  # nats, as in `Terms`
    kl: float  # nats
    nearest: Vote
    image: Tensor  # (28, 28) uint8: decoded again from the mean

    @property
    def cost(self) -> float:
        """The negative ELBO, nats."""
        return self.reconstruction + self.kl


class Truth(NamedTuple):
    """The true posterior of one image under the model, integrated without the encoder."""

    log_evidence: float  # log p(x), nats
    mode: tuple[float, float]  # the point of highest density
    mean: tuple[float, float]
    std: tuple[float, float]
    points: int  # of the plane that were decoded
    change: float  # of log p(x) in the last step, nats


def truths(model: VAE, image: Tensor, tolerance: float = 0.01) -> Iterator[Truth]:
    """The true posterior of one image, step by step: half a second in all, some for convolutions.

    Args:
        image: (28, 28) uint8.
        tolerance: nats by which log p(x) may still change in a step.

    Yields:
        It as far as it is known; the change of the first step is infinite.
    """
    seen = observe(image[None], model.config)[0]
    for found, convergence in quadtree.refinements(model, seen, tolerance):
        std = found.covariance[0].diagonal().sqrt()
        mode, mean, spread = (tuple(part.tolist()) for part in (found.mode[0], found.mean[0], std))
        evidence = found.log_evidence.item()
        yield Truth(evidence, mode, mean, spread, convergence.points, convergence.change)


@torch.inference_mode()
def costs(model: VAE, images: Tensor) -> Tensor:
    """What each image costs in all, as `read` has it: the negative ELBO of its grey levels.

    Args:
        images: (N, 28, 28) uint8.

    Returns:
        (N,) nats, on the CPU.
    """
    return -bounds(model, observe(images, model.config).to(model.device)).elbo.cpu()


@torch.inference_mode()
def read(model: VAE, neighbours: Neighbours, images: Tensor) -> list[Reading]:
    """Encode images, each once, and decode them again.

    Args:
        images: (N, 28, 28) uint8, or plain vectors (N, side²) of floats in [0, 1].
    """
    pixels = observe(images, model.config).to(model.device)
    posterior = encode(model, pixels)
    terms = expected(model, pixels, posterior=posterior)
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
