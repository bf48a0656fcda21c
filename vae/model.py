"""The variational autoencoder: an encoder, a latent plane, a decoder.

    image ── encoder ── head ──> q(z|x), the approximate posterior, a Gaussian on the plane
    z (2 numbers) ── decoder ──> logits, the parameters of each pixel's distribution
                     likelihood  p(x|z), the probability of an image under these

Each part is selected by the configuration, and any goes with any.

Source: Kingma & Welling 2014, arXiv:1312.6114.

Its twin in the browser is pages/ui/components/vae/model.js.
"""

import torch
from torch import Tensor, nn

from vae.config import ModelConfig
from vae.nn import likelihoods
from vae.nn.decoders import DECODERS
from vae.nn.encoders import ENCODERS
from vae.nn.heads import HEADS, Head
from vae.nn.posterior import Posterior


class VAE(nn.Module):
    """Encoder, head, decoder and likelihood, as a configuration names them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = ENCODERS[config.encoder](config)
        self.head: Head = HEADS[config.head](config.encoder_widths[-1], config)
        self.decoder = DECODERS[config.decoder](config)
        self.likelihood = likelihoods.build(config)

    def posterior(self, images: Tensor) -> Posterior:
        """q(z|x) for each image.

        Args:
            images: (N, side, side) float in [0, 1].
        """
        return self.head(self.encoder(images))

    def logits(self, z: Tensor) -> Tensor:
        """The decoder's output before the sigmoid, so that log-likelihoods stay accurate.

        Args:
            z: (N, 2).

        Returns:
            (N, side, side)
        """
        return self.decoder(z).float()

    @property
    def parameters_count(self) -> int:
        """The number of learnt parameters."""
        return sum(weight.numel() for weight in self.parameters())

    @property
    def device(self) -> torch.device:
        """The device of the parameters."""
        return next(self.parameters()).device
