"""The approximate posterior q(z|x) of an image: a Gaussian on the plane.

Its twin in the browser is pages/ui/components/vae/nn/posterior.js.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor


class Posterior(NamedTuple):
    """N(mean, covariance) for each image; the covariance as two variances and a correlation."""

    mean: Tensor  # (N, 2), in standard deviations of the prior
    log_var: Tensor  # (N, 2), log of the variances
    correlation: Tensor  # (N,), between -1 and 1

    @property
    def std(self) -> Tensor:
        """(N, 2) Standard deviations."""
        return torch.exp(0.5 * self.log_var)

    @property
    def covariance(self) -> Tensor:
        """(N, 2, 2)."""
        across = self.correlation * self.std.prod(1)
        (xx, yy) = self.log_var.exp().unbind(1)
        return torch.stack([xx, across, across, yy], 1).unflatten(1, (2, 2))

    def at(self, noise: Tensor) -> Tensor:
        """The reparameterisation trick: z = mean + L · noise, differentiable in the parameters.

        L is the Cholesky factor of the covariance.

        Args:
            noise: (..., N, 2), or anything that broadcasts with it.

        Returns:
            (..., N, 2)

        Source: Kingma & Welling 2014, arXiv:1312.6114, section 2.4.
        """
        first, second = noise.unbind(-1)
        aslant = self.correlation * first + self._unexplained.sqrt() * second
        x, y = self.mean.unbind(-1)
        wide, high = self.std.unbind(-1)
        return torch.stack([x + wide * first, y + high * aslant], -1)

    def sample(self, generator: torch.Generator | None = None, count: int | None = None) -> Tensor:
        """Draw one z per image, (N, 2), or `count` of them, (count, N, 2)."""
        shape = self.mean.shape if count is None else (count, *self.mean.shape)
        return self.at(torch.empty(shape, device=self.mean.device).normal_(generator=generator))

    def log_density(self, z: Tensor) -> Tensor:
        """log q(z|x), nats.

        Args:
            z: (..., N, 2)

        Returns:
            (..., N)
        """
        first, second = ((z - self.mean) / self.std).unbind(-1)
        across = (second - self.correlation * first).square() / self._unexplained
        volume = self.log_var.sum(1) + self._unexplained.log()
        return -0.5 * (first.square() + across + volume) - math.log(2 * math.pi)

    def kl_to_prior(self) -> Tensor:
        """KL(q(z|x) ‖ N(0, I)), nats, (N,).

        Source: Kingma & Welling 2014, arXiv:1312.6114, appendix B.
        """
        uncorrelated = 0.5 * (self.mean.square() + self.log_var.exp() - self.log_var - 1).sum(dim=1)
        return uncorrelated - 0.5 * self._unexplained.log()

    def split(self, size: int) -> "Iterator[Posterior]":
        """Posteriors of consecutive batches of images; `concatenate` is the inverse.

        Args:
            size: images in each batch but the last.
        """
        columns = zip(*(part.split(size) for part in self), strict=True)
        return (Posterior(*column) for column in columns)

    def cpu(self) -> "Posterior":
        """The same, on the CPU."""
        return Posterior(*(part.cpu() for part in self))

    @property
    def _unexplained(self) -> Tensor:
        """(N,) 1 - correlation², the share of one variance that the other leaves unexplained."""
        return 1 - self.correlation.square()


def concatenate(parts: list[Posterior]) -> Posterior:
    """Posteriors of consecutive batches as one; of no batches, the posterior of no images."""
    if not parts:
        return Posterior(torch.empty(0, 2), torch.empty(0, 2), torch.empty(0))
    return Posterior(*(torch.cat(column) for column in zip(*parts, strict=True)))
