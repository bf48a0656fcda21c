"""What the weights make of images on which no gradient is computed."""

from typing import NamedTuple

import torch
from torch import Tensor

from vae.codec import BATCH, encode
from vae.model import VAE
from vae.nn.posterior import Posterior
from vae.objective import elbo


class Score(NamedTuple):
    """Means over a set of images, in nats per image."""

    elbo: float
    reconstruction: float
    kl: float


class Evaluation(NamedTuple):
    """What the weights after an epoch make of images.

    Both scores are the encoder's own: in fp32, with one sample of z from the posterior that it
    gives without being told anything (a head of cells chooses its own cell), the same noise every
    time, and images neither changed nor binarised anew.
    """

    train: Score  # on at most `trainer.TRAIN_SCORED` of the training images
    held: Score  # on the validation images, or the test images where none are held back
    encoded: Posterior  # the test set on the plane: mean (N, 2) and so on, on the CPU


@torch.inference_mode()
def evaluate(model: VAE, images: Tensor) -> tuple[Score, Posterior]:
    """The ELBO of a set of images, with one sample of z for each and always the same noise.

    In fp32: this is what is kept and shown.

    Args:
        images: (N, side, side) floats, as `pixels.observe_set` gives them.

    Returns:
        The means over the set, and the posterior of each image.
    """
    generator = torch.Generator(model.device).manual_seed(0)
    posterior = encode(model, images)
    total = torch.zeros(2, device=model.device)
    for batch, found in zip(images.split(BATCH), posterior.split(BATCH), strict=True):
        terms = elbo(model, batch, generator, found)
        total += torch.stack([terms.reconstruction.sum(), terms.kl.sum()])
    reconstruction, kl = (total / len(images)).tolist()
    return Score(-(reconstruction + kl), reconstruction, kl), posterior
