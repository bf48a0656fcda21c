"""The points at which a step computes the exact likelihood: those of a lattice that matter to it.

    a lattice, decoded  ->  the log-likelihood of a batch  ->  its heaviest points  ->  `marginal`

Most of a fine lattice has no posterior mass under any image of a batch. So it is decoded without a
gradient, and only the points with most mass again with one. Where the mass is changes slowly: what
has been decoded serves a number of batches.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vae.lattice import lattice
from vae.model import VAE

KEPT = 1024  # points of a step, which are differentiated
# Images after which the lattice is decoded anew; and at first, when weights move fast, the part of
# all images so far that does it.
SERVED, SHARE = 2000, 16


class Decoded(NamedTuple):
    """A lattice, and what `Likelihood.table` takes from it."""

    places: Tensor  # (M, 2)
    natural: Tensor  # (M, pixels)
    partition: Tensor  # (M,)


class Candidates:
    """A randomly shifted lattice, and what the decoder made of it some steps ago.

    The shift depends on the seed and on the steps before alone, so that the processes of a group,
    which have the same weights, have the same candidates where their shares have one size.
    """

    def __init__(self, model: VAE, seed: int) -> None:
        self.model, self.seed = model, seed
        self.decoded: Decoded | None = None
        self.steps = 0  # for which points have been chosen
        self.seen = self.served = 0  # images: all, and those since the lattice was decoded

    def choose(self, images: Tensor, count: int) -> Tensor:
        """The points of the next step: all of a coarse lattice, or the heaviest of a fine one.

        Args:
            images: (N, side, side) float.
            count: points of the lattice.

        Returns:
            (M, 2)
        """
        places = self._lattice(count) if count <= KEPT else self._heaviest(images, count)
        self.steps += 1
        self.seen += len(images)
        return places

    def _lattice(self, count: int) -> Tensor:
        random = torch.Generator().manual_seed((self.seed * 1_000_003 + self.steps) % 2**63)
        shift = torch.rand(2, dtype=torch.float64, generator=random)
        return lattice(count, shift).to(self.model.device)

    @torch.no_grad()
    def _heaviest(self, images: Tensor, count: int) -> Tensor:
        """(KEPT, 2) The points with most posterior mass, summed over the images."""
        found = self.decoded
        if (
            found is None
            or count != len(found.places)
            or self.served >= min(SERVED, self.seen // SHARE)
        ):
            found = self.decoded = self._decode(self._lattice(count))
            self.served = 0
        self.served += len(images)
        product = images.flatten(1) @ found.natural.T
        shares = (product - found.partition.to(product.dtype)).softmax(1)
        return found.places[shares.sum(0, dtype=torch.float32).topk(KEPT).indices]

    def _decode(self, places: Tensor) -> Decoded:
        logits = torch.cat([self.model.decoder(part) for part in places.split(8192)])
        return Decoded(places, *self.model.likelihood.factors(logits))

    def state(self) -> tuple[dict[str, Tensor], list[int]]:
        """All that the choices to come depend on, beside the weights; not copied.

        Returns:
            The tensors of what is decoded, if anything is, by name; steps, images seen and served.
        """
        return self.decoded._asdict() if self.decoded else {}, [self.steps, self.seen, self.served]

    def restore(self, tensors: dict[str, Tensor], numbers: list[int]) -> None:
        """Go on from there.

        Raises:
            TypeError, ValueError: if it is the state of something else.
        """
        self.steps, self.seen, self.served = numbers
        device = self.model.device
        self.decoded = Decoded(**{k: v.to(device) for k, v in tensors.items()}) if tensors else None
