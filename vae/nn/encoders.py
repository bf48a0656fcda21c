"""Encoders: from an image to features, (N, side, side) in [0, 1] -> (N, last width).

Its twin in the browser is pages/ui/components/vae/nn/encoders.js.
"""

from itertools import pairwise

from torch import nn

from vae.config import ActivationName, ModelConfig

ACTIVATIONS: dict[ActivationName, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU}


def dense(config: ModelConfig) -> nn.Sequential:
    """Dense layers over all pixels."""
    return nn.Sequential(nn.Flatten(), *layers(config, config.side**2, config.encoder_widths))


def conv(config: ModelConfig) -> nn.Sequential:
    """3×3 convolutions that each halve the image, then dense layers."""
    steps: list[nn.Module] = [nn.Unflatten(1, (1, config.side))]
    for before, after in pairwise((1, *config.encoder_channels)):
        steps += [
            nn.Conv2d(before, after, 3, stride=2, padding=1),
            ACTIVATIONS[config.activation](),
        ]
    side = config.side
    for _ in config.encoder_channels:
        side = -(-side // 2)
    size = config.encoder_channels[-1] * side**2
    return nn.Sequential(*steps, nn.Flatten(), *layers(config, size, config.encoder_widths))


def layers(config: ModelConfig, size: int, widths: tuple[int, ...]) -> list[nn.Module]:
    """Dense layers of these widths, each with its activation, on an input of this size."""
    return [
        layer
        for before, after in pairwise((size, *widths))
        for layer in (nn.Linear(before, after), ACTIVATIONS[config.activation]())
    ]


ENCODERS = {"dense": dense, "conv": conv}
