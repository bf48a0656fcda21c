"""Which classes lie among which on the plane: every encoded image is judged by its neighbours."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

COUNT = 5  # neighbours that vote, as in the report card
CLASSES = 10


def confusion(means: Tensor, labels: Tensor, count: int = COUNT) -> NDArray[np.int64] | None:
    """How many images of each class are taken for each class by the vote of their neighbours.

    The neighbours of an image are the others: it has no vote about itself. A draw goes to the
    smallest digit.

    Args:
        means: (N, 2) where the images are encoded.
        labels: (N,) their classes, 0..9.
        count: how many neighbours vote; fewer where there are no more others.

    Returns:
        (10, 10) images, by what they are (rows) and by the vote (columns); none of a single image,
        which has no neighbours.
    """
    if len(labels) < 2:
        return None
    classes = labels.cpu().numpy()
    voters = _others(means.cpu().numpy(), min(count, len(labels) - 1))
    votes = np.eye(CLASSES, dtype=np.int64)[classes[voters]].sum(1)  # (N, 10)
    found = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(found, (classes, votes.argmax(1)), 1)
    return found


def _others(points: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """The nearest other points of each, by index: (N, count)."""
    _, nearest = KDTree(points).query(points, count + 1)  # itself among them, mostly
    nearest = np.asarray(nearest)
    itself = nearest == np.arange(len(points))[:, None]
    itself[~itself.any(1), -1] = True  # many points in one place may leave it out
    return nearest[~itself].reshape(len(points), count)
