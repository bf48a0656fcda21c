"""Which digit a place on the plane is most like: its nearest encoded test images vote."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor


class Vote(NamedTuple):
    """The winner and its share."""

    label: int
    share: float  # of the neighbours asked, 0..1


class Neighbours:
    """The encoded test set, ready to be asked."""

    def __init__(self, mean: Tensor, labels: Tensor, count: int = 15) -> None:
        """Args: mean (N, 2), labels (N,), count: how many neighbours vote."""
        self._tree = KDTree(mean.cpu().numpy())
        self._classes = np.eye(int(labels.max()) + 1, dtype=np.uint8)[labels.cpu().numpy()]
        self._count = min(count, len(labels))

    def winners(
        self, z: NDArray[np.float32] | Tensor
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The most common class around each place, and its share of the voters: (N,) each.

        Args:
            z: (N, 2)
        """
        _, voters = self._tree.query(np.asarray(z), self._count)
        shares = self._classes[np.reshape(voters, (len(z), -1))].mean(1)  # (N, classes)
        return shares.argmax(1), shares.max(1)

    def vote(self, z: NDArray[np.float32] | Tensor) -> list[Vote]:
        """The same, place by place."""
        classes, shares = self.winners(z)
        return [Vote(int(c), float(s)) for c, s in zip(classes, shares, strict=True)]
