"""Decoders: from z to the logits of an image, (N, 2) -> (N, side, side).

Its twin in the browser is pages/ui/components/vae/nn/decoders.js.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from vae.config import LATENT, ModelConfig
from vae.nn.encoders import ACTIVATIONS, layers
from vae.nn.fourier import FourierFeatures, PlaneLinear


def dense(config: ModelConfig) -> nn.Sequential:
    """An MLP, with one logit for each pixel."""
    return nn.Sequential(
        *from_plane(config, (*config.decoder_widths, config.side**2))[:-1],
        nn.Unflatten(1, (config.side, config.side)),
    )


def conv(config: ModelConfig) -> nn.Sequential:
    """Dense layers, then transposed 3×3 convolutions that each double the image.

    The padding is what makes them double it; without any, 7×7 would become 13×13, not 28×28.
    """
    channels = config.decoder_channels
    small = config.side // 2 ** len(channels)
    widths = (*config.decoder_widths, channels[0] * small**2)
    steps: list[nn.Module] = [nn.Unflatten(1, (channels[0], small, small))]
    for before, after in pairwise((channels[0], *channels)):
        steps += [
            nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1),
            ACTIVATIONS[config.activation](),
        ]
    steps += [nn.ConvTranspose2d(channels[-1], 1, 3, padding=1), nn.Flatten(1, 2)]
    return nn.Sequential(*from_plane(config, widths), *steps)


def from_plane(config: ModelConfig, widths: tuple[int, ...]) -> list[nn.Module]:
    """Dense layers of these widths, the first a `PlaneLinear` of z."""
    _, *others = layers(config, LATENT, widths)
    return [PlaneLinear(LATENT, widths[0]), *others]


class Residual(nn.Module):
    """A pre-activation residual MLP of z and its Fourier features: x + W act(x) in each block.

    Source: He et al. 2016, arXiv:1603.05027, figure 4e.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, depth = config.decoder_widths[0], len(config.decoder_widths)
        self.activation = ACTIVATIONS[config.activation]()
        self.plane = PlaneLinear(LATENT, width)
        # So that the units' kinks are spread over the whole plane at the start, not at its middle.
        nn.init.normal_(self.plane.weight)
        nn.init.uniform_(self.plane.bias, -2.0, 2.0)
        self.waves = self.mix = None
        if config.frequencies:
            self.waves = FourierFeatures(
                config.frequencies, config.lowest_frequency, config.highest_frequency
            )
            self.mix = nn.Linear(2 * config.frequencies, width)
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        with torch.no_grad():  # so that the sum of all blocks is as large as one
            for weight in self.blocks.parameters():
                weight.mul_(1 / math.sqrt(depth))
        self.out = nn.Linear(width, config.side**2)
        self.side = config.side

    def forward(self, z: Tensor) -> Tensor:
        """(N, 2) -> (N, side, side)."""
        x = self.plane(z)  # (N, width)
        if self.waves is not None and self.mix is not None:
            mixed = self.mix(self.waves(z))
            x = x.to(mixed.dtype) + mixed
        for block in self.blocks:
            x = x + block(self.activation(x))
        return self.out(self.activation(x)).unflatten(1, (self.side, self.side))


DECODERS = {"dense": dense, "residual": Residual, "conv": conv}
