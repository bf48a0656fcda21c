"""Which digit a place on the plane is most like: its nearest encoded test images vote."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

COUNT = 15  # neighbours that vote


class Vote(NamedTuple):
    """The winner and its share."""

    label: int
    share: float  # of the neighbours asked, 0..1


class Neighbours:
    """The encoded test set, ready to be asked."""

    def __init__(self, mean: Tensor, labels: Tensor, count: int = COUNT) -> None:
        """Args: mean (N, 2), labels (N,), count: how many neighbours vote."""
        self._classifier = KNeighborsClassifier(min(count, len(labels)))
        self._classifier.fit(mean.cpu().numpy(), labels.cpu().numpy())

    def winners(
        self, z: NDArray[np.float32] | Tensor
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The most common class around each place, and its share of the voters: (N,) each.

        Args:
            z: (N, 2)
        """
        shares = np.asarray(self._classifier.predict_proba(np.asarray(z)))
        best = shares.argmax(1)
        return self._classifier.classes_[best], shares[np.arange(len(shares)), best]

    def vote(self, z: NDArray[np.float32] | Tensor) -> list[Vote]:
        """The same, place by place."""
        classes, shares = self.winners(z)
        return [Vote(int(c), float(s)) for c, s in zip(classes, shares, strict=True)]
