"""What the labels of a few encoded images tell about all the others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.semi_supervised import LabelSpreading

NEIGHBOURS = 12  # that a label spreads to at a time
TAKEN = 0.8  # of what is said of an image comes from its neighbours, the rest from its own label


class Accuracies(NamedTuple):
    """Shares of the images without a label that are classified rightly, 0..1."""

    nearest: float  # by the nearest image that has a label
    spreading: float  # by labels that spread along the density of all images


def accuracies(
    means: NDArray[np.floating], labels: NDArray[np.integer], known: NDArray[np.integer]
) -> Accuracies:
    """Classify encoded images from the labels of a few of them.

    Source of label spreading: Zhou et al. 2004, "Learning with local and global consistency".

    Args:
        means: (N, 2) where the images are encoded.
        labels: (N,) their classes, of which only those of `known` are used to classify.
        known: (M,) indices of the images whose labels are known, of two classes at least.
    """
    others = np.setdiff1d(np.arange(len(labels)), known)
    nearest = KNeighborsClassifier(1).fit(means[known], labels[known])
    partly = np.full(len(labels), -1)
    partly[known] = labels[known]
    spreading = LabelSpreading(kernel="knn", n_neighbors=NEIGHBOURS, alpha=TAKEN, max_iter=100)
    found = np.asarray(spreading.fit(means, partly).transduction_)
    return Accuracies(
        float((nearest.predict(means[others]) == labels[others]).mean()),
        float((found[others] == labels[others]).mean()),
    )
