"""Where a training begins."""

import torch

from vae.config import Config
from vae.data.pixels import observe_set
from vae.data.sets import Dataset
from vae.model import VAE
from vae.nn.decoders import Residual

ENOUGH = 5000  # images, for their mean
LEAST = 2e-3  # ink: a pixel that is never inked is not impossible


def untrained(config: Config, data: Dataset) -> VAE:
    """A model with random weights; a residual decoder of Bernoulli pixels gives the mean image.

    Otherwise the first steps of its training are spent on finding that image. Other decoders, those
    of the articles among them, begin as torch makes them.

    Returns:
        The model, on the CPU; the same for the same seed.

    Source: Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519, whose code does so.
    """
    torch.manual_seed(config.train.seed)
    model = VAE(config.model)
    if isinstance(model.decoder, Residual) and config.model.likelihood == "bernoulli":
        images = data.train.images[:: -(-len(data.train.images) // ENOUGH)]
        mean = observe_set(images, config.model).mean(0).flatten()
        with torch.no_grad():
            model.decoder.out.bias.copy_(mean.clamp(LEAST, 1 - LEAST).logit())
    return model
