"""The images of each class by which a model is known: the cheapest, the median, the dearest.

By class, because a thin 1 costs any model less than a broad 8: the cheapest of all would be ones.
"""

from typing import Literal, NamedTuple

from torch import Tensor

Standing = Literal["cheapest", "median", "dearest"]


class Extreme(NamedTuple):
    """One image."""

    standing: Standing
    label: int
    image: int  # its index


def extremes(costs: Tensor, labels: Tensor) -> list[Extreme]:
    """Three images of each class that there is: all the cheapest first, then all the median.

    Of an even number of images the median is the cheaper of the two in the middle.

    Args:
        costs: (N,) nats.
        labels: (N,) classes.
    """
    found: dict[Standing, list[Extreme]] = {"cheapest": [], "median": [], "dearest": []}
    for label in sorted(set(labels.tolist())):
        members = (labels == label).nonzero()[:, 0]
        order = members[costs[members].argsort(stable=True)].tolist()
        chosen = order[0], order[(len(order) - 1) // 2], order[-1]
        for (standing, row), index in zip(found.items(), chosen, strict=True):
            row.append(Extreme(standing, label, index))
    return [one for row in found.values() for one in row]
