"""Likelihoods of an image given the decoder's logits: log p(x|z).

Every likelihood here is an exponential family in the pixels,

    log p(x|z) = x · η(z) - A(z) + h(x),

so the likelihood of many images at many points is one matrix product. All are in nats per image,
summed over pixels: an average over pixels would weigh the reconstruction 784 times too lightly
against the KL, and the map would collapse into one point.

Its twin in the browser is pages/ui/components/vae/nn/likelihoods.js.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae.config import ModelConfig


class Likelihood(nn.Module):
    """log p(x|z) from a decoder's logits; a subclass gives η, A, h and the mean."""

    def mean(self, logits: Tensor) -> Tensor:
        """E[x|z], the mean image at each point, in [0, 1], of the logits' shape."""
        return logits.sigmoid()

    def natural(self, logits: Tensor) -> Tensor:
        """η, of the logits' shape."""
        return logits

    def log_partition(self, logits: Tensor) -> Tensor:
        """A per pixel, of the logits' shape."""
        raise NotImplementedError

    def base(self, images: Tensor) -> Tensor:
        """h per pixel, of the images' shape; or a zero."""
        return images.new_zeros(())

    def forward(self, images: Tensor, logits: Tensor) -> Tensor:
        """log p(x|z).

        Args:
            images: (..., side, side) in [0, 1].
            logits: (..., side, side), broadcast against images.

        Returns:
            (...), nats.
        """
        logits = logits.float()
        pixels = images * self.natural(logits) - self.log_partition(logits) + self.base(images)
        return pixels.sum(dim=(-2, -1))

    def table(self, images: Tensor, logits: Tensor) -> Tensor:
        """log p(x|z) of each image at each point, by one matrix product.

        Args:
            images: (N, side, side)
            logits: (M, side, side)

        Returns:
            (N, M), nats; as precise as the logits are, and as autocast lets the product be.
        """
        natural, partition = self.factors(logits)
        pixels = images.flatten(1)
        product = pixels @ natural.T
        product -= partition.to(product.dtype)
        base = self.base(pixels)
        return product + base.sum(1, keepdim=True) if base.dim() else product

    def factors(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """What a table takes from its points.

        Args:
            logits: (M, side, side)

        Returns:
            The natural parameters (M, pixels), and the log-partition summed over pixels (M,).
        """
        logits = logits.flatten(1)
        return self.natural(logits), self.log_partition(logits).sum(1, dtype=torch.float32)


class Bernoulli(Likelihood):
    """Independent Bernoulli pixels: each is ink with a probability of its own.

    For pixels between 0 and 1 this is the usual "grey-level" cross-entropy: not a likelihood of
    grey levels, but the expected one over random binarisations of them.

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix C.1.
    """

    def log_partition(self, logits: Tensor) -> Tensor:
        """softplus: x·l - softplus(l) = x log σ(l) + (1 - x) log(1 - σ(l)), never log 0."""
        return F.softplus(logits)


class ContinuousBernoulli(Likelihood):
    """Independent continuous-Bernoulli pixels: the cross-entropy normalised to a density on [0, 1].

    Source: Loaiza-Ganem & Cunningham 2019, arXiv:1907.06845.
    """

    def mean(self, logits: Tensor) -> Tensor:
        """The expected grey level, which is nearer the middle than σ(l)."""
        small = logits.abs() < 0.05
        safe = torch.where(small, torch.ones_like(logits), logits)
        # d/dl of the log-partition; near 0 both terms are huge, and a series takes over.
        return torch.where(small, 0.5 + logits / 12, 1 / -torch.expm1(-safe) - 1 / safe)

    def log_partition(self, logits: Tensor) -> Tensor:
        """log ∫₀¹ exp(x l) dx = log((eˡ - 1) / l) = softplus(l) - log(l / tanh(l / 2))."""
        small = logits.abs() < 0.05
        safe = torch.where(small, torch.ones_like(logits), logits)
        normaliser = torch.where(small, 2 + logits.square() / 6, safe / torch.tanh(safe / 2))
        return F.softplus(logits) - normaliser.log()


class Gaussian(Likelihood):
    """Independent Gaussian pixels of one common variance, around a mean in [0, 1].

    With the variance ½ the negative log-likelihood is the squared error summed over pixels and a
    constant. A learnt variance balances reconstruction and KL by itself.

    Source: Rybkin, Daniilidis & Levine 2021, arXiv:2006.13202 (one learnt width).
    """

    def __init__(self, deviation: float, learnt: bool) -> None:
        """Args: deviation: of a pixel, on the scale on which ink is 1; learnt: where it starts."""
        super().__init__()
        log_deviation = torch.full((), math.log(deviation))
        if learnt:
            self.log_deviation = nn.Parameter(log_deviation)
        else:
            self.register_buffer("log_deviation", log_deviation, persistent=False)

    @property
    def precision(self) -> Tensor:
        """() 1 / variance."""
        # The data are rounded to 256 levels: no narrower standard deviation can be estimated.
        return torch.exp(-2 * self.log_deviation.clamp(math.log(1 / 256), 5.0))

    def natural(self, logits: Tensor) -> Tensor:
        """mean / variance."""
        return self.mean(logits) * self.precision.to(logits.dtype)

    def log_partition(self, logits: Tensor) -> Tensor:
        """mean² / (2 · variance)."""
        return 0.5 * self.mean(logits).square() * self.precision

    def base(self, images: Tensor) -> Tensor:
        """-x² / (2 · variance) - log of the normaliser."""
        return -0.5 * (
            images.square() * self.precision + math.log(2 * math.pi) - self.precision.log()
        )


def build(config: ModelConfig) -> Likelihood:
    """The likelihood that a configuration names."""
    if config.likelihood == "bernoulli":
        return Bernoulli()
    if config.likelihood == "continuous-bernoulli":
        return ContinuousBernoulli()
    return Gaussian(config.deviation, learnt=config.likelihood == "learnt-gaussian")
