"""Hierarchical geocodes: a point of the plane in a few hexadecimal characters, like a geohash.

The percentiles Φ(z1), Φ(z2) make a unit square of the plane. The first character names one of its
4×4 cells, as 4 · row + column, both from 0 and rows from the bottom; the next character one of the
4×4 cells inside that one, and so on. So a code's beginning is the code of a larger cell around it,
and all codes of one length are equally likely under the prior.
"""

import math
import string
from typing import TypeAlias

from scipy.special import ndtr, ndtri

from vae.errors import CodeError

Place: TypeAlias = tuple[float, float]

LONGEST = 8  # characters: a cell in the middle of the plane is then 0.00004 wide
SIDE = 4  # cells across and up that one character tells apart


def format(z: Place, characters: int) -> str:
    """The code of the cell that a point lies in.

    Args:
        z: in prior deviations; what lies beyond all percentiles is put in the last cell.
        characters: 1..8

    Raises:
        ValueError: if characters is out of its bounds, or z is not a number.
    """
    if not 1 <= characters <= LONGEST:
        raise ValueError(f"characters must be 1 to {LONGEST}, got {characters}")
    count = SIDE**characters
    column, row = (min(int(count * ndtr(along)), count - 1) for along in z)
    powers = [SIDE**level for level in reversed(range(characters))]
    return "".join(f"{SIDE * (row // power % SIDE) + column // power % SIDE:X}" for power in powers)


def parse(code: str) -> Place:
    """The point in the middle of a code's cell, by percentiles, in prior deviations.

    Raises:
        CodeError: if it is no code.
    """
    (left, bottom), (right, top) = cell(code)
    return float(ndtri((left + right) / 2)), float(ndtri((bottom + top) / 2))


def cell(code: str) -> tuple[Place, Place]:
    """The corners of a code's cell: (left, bottom), (right, top) in percentiles, 0..1.

    Args:
        code: 1 to 8 hexadecimal characters, small or capital.

    Raises:
        CodeError: if it is anything else.
    """
    _check(code)
    digits = [divmod(int(character, 16), SIDE) for character in code]
    bottom = math.fsum(row / SIDE**level for level, (row, _) in enumerate(digits, 1))
    left = math.fsum(column / SIDE**level for level, (_, column) in enumerate(digits, 1))
    width = 1 / SIDE ** len(code)
    return (left, bottom), (left + width, bottom + width)


def _check(code: str) -> None:
    if not 1 <= len(code) <= LONGEST or not set(code) <= set(string.hexdigits):
        shown = f"{code[:20]!r}" + (f", {len(code)} characters" if len(code) > LONGEST else "")
        raise CodeError(
            f"A place's code must be 1 to {LONGEST} of the characters 0–9 and A–F, got {shown}. "
            "Copy it again, or leave it out."
        )
