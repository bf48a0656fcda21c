"""k-nearest-neighbour classification of points of the plane, by the encoded test set."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

COUNT = 15  # neighbours that vote


class Vote(NamedTuple):
    """The majority class among the neighbours of a point."""

    label: int
    share: float  # of the neighbours that have it, 0..1


class Neighbours:
    """A classifier fitted to the encoded test set."""

    def __init__(self, mean: Tensor, labels: Tensor, count: int = COUNT) -> None:
        """Args: mean (N, 2), labels (N,), count: how many neighbours vote."""
        self._tree = KDTree(mean.cpu().numpy())
        self._classes = np.eye(int(labels.max()) + 1, dtype=np.uint8)[labels.cpu().numpy()]
        self._count = min(count, len(labels))

    def winners(
        self, z: NDArray[np.float32] | Tensor
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The majority class around each point, and its share of the neighbours: (N,) each.

        Args:
            z: (N, 2)
        """
        _, voters = self._tree.query(np.asarray(z), self._count)
        shares = self._classes[np.reshape(voters, (len(z), -1))].mean(1)  # (N, classes)
        return shares.argmax(1), shares.max(1)

    def vote(self, z: NDArray[np.float32] | Tensor) -> list[Vote]:
        """The same, point by point.

        Args:
            z: (N, 2)
        """
        classes, shares = self.winners(z)
        return [Vote(int(c), float(s)) for c, s in zip(classes, shares, strict=True)]


def article(label: int) -> str:
    """The indefinite article of a digit's name: an 8, a 7."""
    return "an" if label == 8 else "a"
