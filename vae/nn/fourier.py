"""Layers next to the latent plane: linear ones in full precision, and Fourier features of z.

Its twin in the browser is pages/ui/components/vae/nn/fourier.js.
"""

import math

import torch
from torch import Tensor, nn

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))  # multiples of it never come back to a direction


class PlaneLinear(nn.Linear):
    """A linear layer from or to the latent plane, in fp32 also under autocast.

    bf16 has 8 bits for a number: places around 1 would be 0.008 apart, where a posterior of a
    well-trained model is 0.02 wide.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(N, in) -> (N, out)."""
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.to(self.weight.dtype))


class FourierFeatures(nn.Module):
    """Sines and cosines of z, at fixed frequencies, as additional inputs of a network.

    Spectral bias: an MLP of z alone learns smooth functions first and sharp ones hardly ever.

    Source: Tancik et al. 2020, "Fourier features", arXiv:2006.10739.
    """

    vectors: Tensor  # (2, count), radians per unit of z

    def __init__(self, count: int, lowest: float, highest: float) -> None:
        """Args: how many, and the frequencies between which they are spread evenly in octaves."""
        super().__init__()
        rate = torch.logspace(math.log10(lowest), math.log10(highest), count)
        angle = GOLDEN_ANGLE * torch.arange(count)
        vectors = torch.stack([rate * angle.cos(), rate * angle.sin()])
        self.register_buffer("vectors", vectors, persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """(N, 2) -> (N, 2 · count), in fp32."""
        with torch.autocast(z.device.type, enabled=False):
            phase = z.to(self.vectors.dtype) @ self.vectors
            return torch.cat([phase.sin(), phase.cos()], 1)
