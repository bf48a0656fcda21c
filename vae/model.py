"""The variational autoencoder: an encoder, a plane, a decoder.

    image (784 pixels) ── encoder ──> q(z|x) = N(mean, diag(exp(log_var)))   a cloud on the plane
    z (2 numbers)      ── decoder ──> logits of 784 pixels, each Bernoulli   an image

Source: Kingma & Welling 2014, arXiv:1312.6114.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae.config import LATENT, PIXELS, SIDE, ModelConfig


class Posterior(NamedTuple):
    """What the encoder believes of z: a Gaussian with a diagonal covariance."""

    mean: Tensor  # (N, 2), in standard deviations of the prior
    log_var: Tensor  # (N, 2), log of the variance

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z per image, by the reparameterisation trick.

        z = mean + std · noise keeps the path from z back to the encoder differentiable.

        Returns:
            (N, 2)
        """
        noise = torch.empty_like(self.mean).normal_(generator=generator)
        return self.mean + torch.exp(0.5 * self.log_var) * noise


class PlaneLinear(nn.Linear):
    """A layer into or out of the plane, in fp32 whatever the others compute in.

    bf16 has 8 bits for a number: places around 1 would be 0.008 apart, where a posterior of a
    well-trained model is 0.02 wide.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(N, in) -> (N, out)."""
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.to(self.weight.dtype))


class ResidualBlock(nn.Module):
    """x + a small network of x: as deep as one likes, and gradients still arrive."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, width)
        self.back = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width) -> (N, width)."""
        return x + self.back(torch.nn.functional.gelu(self.wide(self.norm(x))))


def mlp_encoder(config: ModelConfig) -> nn.Sequential:
    """(N, 784) pixels -> (N, 4): two means and two log-variances."""
    widths = (PIXELS, *config.encoder_widths)
    hidden = [
        layer for wide, narrow in pairwise(widths) for layer in (nn.Linear(wide, narrow), nn.GELU())
    ]
    return nn.Sequential(*hidden, PlaneLinear(widths[-1], 2 * LATENT))


def mlp_decoder(config: ModelConfig) -> nn.Sequential:
    """(N, 2) places -> (N, 784) logits, through plain hidden layers."""
    width = config.decoder_width
    further = [
        layer
        for _ in range(config.decoder_depth - 1)
        for layer in (nn.Linear(width, width), nn.GELU())
    ]
    return nn.Sequential(PlaneLinear(LATENT, width), nn.GELU(), *further, nn.Linear(width, PIXELS))


def residual_decoder(config: ModelConfig) -> nn.Sequential:
    """(N, 2) places -> (N, 784) logits, through residual blocks."""
    width = config.decoder_width
    blocks = [ResidualBlock(width) for _ in range(config.decoder_depth)]
    return nn.Sequential(
        PlaneLinear(LATENT, width),
        nn.GELU(),
        *blocks,
        nn.LayerNorm(width),
        nn.Linear(width, PIXELS),
    )


ENCODERS = {"mlp": mlp_encoder}
DECODERS = {"mlp": mlp_decoder, "residual": residual_decoder}


class VAE(nn.Module):
    """An encoder and a decoder that meet on the plane, put together by a configuration."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = ENCODERS[config.encoder](config)
        self.decoder = DECODERS[config.decoder](config)

    def posterior(self, images: Tensor) -> Posterior:
        """q(z|x) for each image.

        Args:
            images: (N, 28, 28) float in [0, 1].
        """
        mean, log_var = self.encoder(images.flatten(1)).float().chunk(2, dim=1)  # 2 × (N, 2)
        # Beyond these the arithmetic, not the model, would be speaking: a standard deviation
        # of 1e-5 or of 20 on a prior of 1.
        return Posterior(mean, log_var.clamp(-23.0, 6.0))

    def logits(self, z: Tensor) -> Tensor:
        """The decoded image before the sigmoid, so that likelihoods stay exact.

        Args:
            z: (N, 2).

        Returns:
            (N, 28, 28)
        """
        return self.decoder(z).float().unflatten(1, (SIDE, SIDE))

    @property
    def parameters_count(self) -> int:
        """How many numbers are learnt."""
        return sum(weight.numel() for weight in self.parameters())

    @property
    def device(self) -> torch.device:
        """Where the model lives."""
        return next(self.parameters()).device


@torch.inference_mode()
def encode(model: VAE, images: Tensor) -> Posterior:
    """Where each image belongs on the plane, and how surely.

    Args:
        images: (N, 28, 28) uint8, 0 is background and 255 is ink.

    Raises:
        ValueError: if images is not (N, 28, 28) uint8.
    """
    if images.dtype != torch.uint8 or images.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"images must be (N, 28, 28) uint8, got {images.shape} {images.dtype}")
    parts = [model.posterior(to_floats(batch, model.device)) for batch in images.split(4096)]
    if not parts:
        return Posterior(torch.empty(0, LATENT), torch.empty(0, LATENT))
    means, log_vars = zip(*parts, strict=True)
    return Posterior(torch.cat(means), torch.cat(log_vars))


@torch.inference_mode()
def decode(model: VAE, z: Tensor) -> Tensor:
    """The mean image at each point of the plane.

    Args:
        z: (N, 2), in standard deviations of the prior N(0, I).

    Returns:
        (N, 28, 28) uint8 on the CPU, 0 is background and 255 is ink.

    Raises:
        ValueError: if z is not (N, 2).

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix C.1 (Bernoulli decoder).
    """
    if z.dim() != 2 or z.shape[1] != LATENT:
        raise ValueError(f"z must be (N, 2), got {tuple(z.shape)}")
    parts = [to_bytes(model.logits(batch.to(model.device)).sigmoid()) for batch in z.split(4096)]
    return torch.cat(parts).cpu() if parts else torch.empty(0, SIDE, SIDE, dtype=torch.uint8)


def reconstruct(model: VAE, images: Tensor) -> Tensor:
    """Each image, encoded and decoded again at the mean of its posterior.

    Args:
        images: (N, 28, 28) uint8.

    Returns:
        (N, 28, 28) uint8 on the CPU.
    """
    return decode(model, encode(model, images).mean)


def to_floats(images: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """uint8 grey levels 0..255 -> floats in [0, 1]."""
    return images.to(device).float().div_(255)


def to_bytes(images: Tensor) -> Tensor:
    """Floats in [0, 1] -> uint8 grey levels 0..255, to the nearest."""
    return images.mul(255).round_().to(torch.uint8)
