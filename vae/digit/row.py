"""A number is a row of digits: which pieces of ink belong to one digit, and which to the next.

Digits stand beside each other and are about as tall; the strokes of one digit lie over each other,
or are small: the roof of a 5, the bar of a 7, a stroke that the pen has broken. Digits that touch
stay one.
"""

from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vae.config import SIDE

Floats: TypeAlias = NDArray[np.floating]

DIGITS = 8  # that are told apart; what is further right is left out
TINY = 2 * SIDE  # What is no larger is an image of a data set: one digit.
SOLID = 0.25  # of full ink: paler is the soft edge of a piece

# In heights of the tallest piece, or shares of the smaller of two.
TALL = 0.45  # A piece less tall is a stroke of a digit.
LEVEL = 0.65  # of two digits' heights together is where both are; of two strokes', less
APART = 0.25  # wider gaps are never within a digit
BROAD = 0.3  # Two pieces so broad, one beside the other, are two digits.
UNDER = 0.6  # of a digit may hang over the next, as slanted ones do


class Piece(NamedTuple):
    """Pixels that touch each other."""

    rows: slice
    columns: slice
    first: NDArray[np.int64]  # (height,) the leftmost of its columns in each of its rows
    last: NDArray[np.int64]  # (height,) the rightmost

    @property
    def height(self) -> int:
        """Pixels."""
        return self.rows.stop - self.rows.start

    @property
    def width(self) -> int:
        """Pixels."""
        return self.columns.stop - self.columns.start


class Row(NamedTuple):
    """The ink of digits that stand beside each other."""

    parts: tuple[Floats, ...]  # (height, width) each, from left to right; at most `DIGITS`
    length: int  # of all that stand there


def digits(level: Floats) -> Row:
    """The ink of each digit, from left to right; all of it, where there is one.

    Args:
        level: (height, width), 0 paper .. 1 ink.

    Returns:
        For each digit its own ink, in the shape of `level`.
    """
    if max(level.shape) <= TINY:
        return Row((level,), 1)
    labels = np.zeros(level.shape, np.int32)
    ndimage.label(level > SOLID * level.max(), np.ones((3, 3)), labels)
    pieces = [_piece(labels, number, box) for number, box in enumerate(_boxes(labels), 1)]
    groups = _groups(pieces)
    if len(groups) == 1:
        return Row((level,), 1)
    # What is pale belongs to the piece that it is the edge of.
    nearest = ndimage.distance_transform_edt(
        labels == 0, return_distances=False, return_indices=True
    )
    owner = labels[tuple(np.asarray(nearest))]
    parts = (
        np.where(np.isin(owner, [at + 1 for at in group]), level, 0) for group in groups[:DIGITS]
    )
    return Row(tuple(parts), len(groups))


def _boxes(labels: NDArray[np.int32]) -> list[tuple[slice, slice]]:
    return ndimage.find_objects(labels)  # pyright: ignore[reportReturnType]


def _piece(labels: NDArray[np.int32], number: int, box: tuple[slice, slice]) -> Piece:
    inside = labels[box] == number
    first = box[1].start + inside.argmax(1)
    last = box[1].stop - 1 - inside[:, ::-1].argmax(1)
    return Piece(*box, first, last)


def _groups(pieces: list[Piece]) -> list[list[int]]:
    """The indices of the pieces of each digit, from left to right."""
    tallest = max(piece.height for piece in pieces)
    bodies = [at for at, piece in enumerate(pieces) if piece.height >= TALL * tallest]
    group = {at: at for at in bodies}
    for one, other in combinations(bodies, 2):
        if not _are_apart(pieces[one], pieces[other], tallest):
            old, new = group[other], group[one]
            group = {at: new if mine == old else mine for at, mine in group.items()}
    found = [[at for at in bodies if group[at] == name] for name in dict.fromkeys(group.values())]
    found.sort(key=lambda members: sum(_span(pieces, members)))
    spans = [_span(pieces, members) for members in found]
    for at, piece in enumerate(pieces):
        over = [_common(_ends(piece.columns), span) for span in spans]
        under = sum(2 * part > end - start for part, (start, end) in zip(over, spans, strict=True))
        if at not in group and under < 2:  # A line under several digits is none of theirs.
            found[int(np.argmax(over))].append(at)
    return found


def _span(pieces: list[Piece], members: list[int]) -> tuple[int, int]:
    """The columns of some pieces: the first, and the one after the last."""
    return (
        min(pieces[at].columns.start for at in members),
        max(pieces[at].columns.stop for at in members),
    )


def _ends(part: slice) -> tuple[int, int]:
    return part.start, part.stop


def _common(one: tuple[int, int], other: tuple[int, int]) -> int:
    """How much of a line two parts of it share; negative, the gap between them."""
    return min(one[1], other[1]) - max(one[0], other[0])


def _are_apart(one: Piece, other: Piece, tallest: int) -> bool:
    """Whether two tall pieces are two digits."""
    over = _common(_ends(one.columns), _ends(other.columns))
    if -over > APART * tallest:
        return True
    beside = _common(_ends(one.rows), _ends(other.rows))
    together = one.height + other.height - beside
    level = beside > LEVEL * together
    if over <= 0:
        return level or (beside > 0 and min(one.width, other.width) > BROAD * tallest)
    return level and over < UNDER * min(one.width, other.width) and _beside(one, other)


def _beside(one: Piece, other: Piece) -> bool:
    """Whether one is left of the other in every row that both have."""
    top = max(one.rows.start, other.rows.start)
    bottom = min(one.rows.stop, other.rows.stop)
    here = slice(top - one.rows.start, bottom - one.rows.start)
    there = slice(top - other.rows.start, bottom - other.rows.start)
    left = (one.last[here] < other.first[there]).all()
    return bool(left or (other.last[there] < one.first[here]).all())
