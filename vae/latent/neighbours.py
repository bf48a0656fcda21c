"""k-nearest-neighbour classification of points of the plane, by the encoded test set."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor


class Vote(NamedTuple):
    """The majority class among the neighbours of a point."""

    label: int
    share: float  # of the neighbours that have it, 0..1


class Neighbours:
    """A classifier fitted to the encoded test set."""

    def __init__(self, mean: Tensor, labels: Tensor, count: int = 15) -> None:
        """Args: mean (N, 2), labels (N,), count: how many neighbours vote."""
        self._classifier = KNeighborsClassifier(min(count, len(labels)))
        self._classifier.fit(mean.cpu().numpy(), labels.cpu().numpy())

    def winners(
        self, z: NDArray[np.float32] | Tensor
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The majority class around each point, and its share of the neighbours: (N,) each.

        Args:
            z: (N, 2)
        """
        shares = np.asarray(self._classifier.predict_proba(np.asarray(z)))
        best = shares.argmax(1)
        return self._classifier.classes_[best], shares[np.arange(len(shares)), best]

    def vote(self, z: NDArray[np.float32] | Tensor) -> list[Vote]:
        """The same, point by point.

        Args:
            z: (N, 2)
        """
        classes, shares = self.winners(z)
        return [Vote(int(c), float(s)) for c, s in zip(classes, shares, strict=True)]
