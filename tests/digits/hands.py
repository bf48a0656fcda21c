"""Digits as different hands write them: the way of the pen, and nothing of its width or colour.

A digit is in strokes, parted by ";". A stroke goes smoothly through its points, "x,y" in hundredths
of the digit's height, down from its top left corner; "/" is a corner, where the pen turns sharply.
"""

from collections.abc import Iterator

import numpy as np

HANDS: dict[int, dict[str, str]] = {
    0: {
        "oval": "50,3 30,12 20,35 20,65 31,90 50,97 69,88 80,62 79,35 69,11 50,3",
        "round": "50,6 25,14 8,36 6,58 20,84 48,96 76,88 93,62 92,36 76,14 50,6",
        "slashed": "50,3 29,14 20,38 22,68 34,90 52,97 70,86 79,62 78,36 68,12 50,3 ; 84,8 / 14,92",
        "narrow": "56,3 44,14 36,42 34,72 40,92 48,97 58,88 65,62 67,32 64,10 56,3",
        "open": "62,10 46,4 29,18 20,44 23,74 38,94 58,95 76,78 82,50 77,24 64,8 50,14",
        "box": "30,6 22,10 20,22 20,80 24,92 36,96 66,96 77,92 80,80 80,22 76,9 66,5 30,6",
    },
    1: {
        "bare": "50,3 / 50,97",
        "slanted": "64,3 / 38,97",
        "flag": "28,26 42,16 54,3 / 54,97",
        "serif": "40,15 52,4 / 52,97 ; 34,96 / 70,96",
        "foot": "26,28 42,18 54,3 / 54,95 ; 24,96 / 84,95",
        "long flag": "16,44 34,28 52,3 / 56,97",
    },
    2: {
        "plain": "18,26 24,10 44,3 66,8 76,26 70,46 46,70 16,95 / 82,95",
        "loop": "20,22 34,6 58,4 73,20 69,44 48,72 30,92 18,88 22,76 40,80 60,93 84,88",
        "angular": "18,8 / 72,8 / 16,94 / 84,94",
        "swan": "22,30 26,12 46,4 66,14 68,34 56,58 38,78 20,94 / 40,88 62,96 84,84",
        "wide": "10,30 20,10 48,4 78,12 86,32 70,56 40,76 10,92 / 92,92",
    },
    3: {
        "round": "20,16 38,4 62,6 72,24 62,42 42,48 / 66,52 78,70 68,90 44,97 18,86",
        "flat": "18,6 / 76,6 / 42,42 66,48 78,68 68,90 42,97 16,86",
        "loop": "20,14 44,3 68,12 70,32 52,46 42,46 48,50 72,60 76,82 52,97 20,90",
        "sharp": "22,8 50,4 70,18 64,36 38,46 / 68,58 72,80 50,96 20,92",
        "wide": "12,18 34,4 68,6 84,22 70,42 44,47 / 76,52 90,72 76,92 44,97 10,84",
    },
    4: {
        "open": "28,4 22,30 18,58 / 82,56 ; 66,22 / 62,97",
        "closed": "66,97 / 66,4 / 14,68 / 88,68",
        "curved": "30,4 20,32 20,52 34,60 54,56 70,44 ; 74,6 70,50 66,97",
        "upright": "26,6 / 24,54 / 76,54 ; 74,4 / 74,97",
        "tall": "58,97 / 60,3 / 22,60 / 80,60",
    },
    5: {
        "one stroke": "76,5 / 32,6 / 26,44 44,36 66,42 77,62 70,86 48,97 20,88",
        "roof": "34,6 / 28,44 46,38 68,46 76,66 66,90 42,97 18,88 ; 34,6 / 80,5",
        "broken roof": "30,16 / 27,46 46,40 68,48 76,68 66,90 42,97 18,88 ; 42,4 / 82,4",
        "curved": "78,6 52,4 36,8 / 30,40 48,40 68,50 72,72 60,92 38,97 20,90",
        "low": "72,4 / 36,4 / 30,54 50,48 70,56 75,74 64,92 42,97 22,92",
    },
    6: {
        "plain": "66,4 44,20 28,48 26,74 40,94 60,94 74,78 70,60 54,52 36,60 28,74",
        "round": "64,6 38,12 18,36 12,64 24,88 50,97 76,88 84,68 70,50 46,48 24,58 14,70",
        "straight": "60,3 / 28,66 26,82 38,96 58,96 70,82 66,66 50,60 34,68 27,78",
        "curled": "76,16 62,4 42,12 28,40 26,72 38,94 58,96 74,80 70,62 52,54 34,64 27,76",
        "upright": "36,3 30,30 28,70 36,92 54,97 70,86 71,68 58,56 40,58 29,72",
    },
    7: {
        "plain": "18,6 / 80,6 / 42,97",
        "crossed": "18,6 / 80,6 / 42,97 ; 34,50 / 78,48",
        "curved": "16,10 / 40,6 78,6 / 58,40 48,70 46,97",
        "lip": "20,22 / 22,7 50,8 80,5 / 50,52 40,97",
        "crossed, lip": "20,20 / 22,6 50,9 82,5 / 60,46 46,97 ; 32,54 / 74,50",
        "steep": "26,5 / 74,5 / 62,48 58,97",
    },
    8: {
        "plain": "66,14 46,3 28,16 34,36 54,48 74,66 70,90 46,97 26,84 32,62 56,46 70,30 66,14",
        "circles": "50,4 32,14 32,36 50,47 69,36 69,14 50,4 ; 50,47 26,62 26,86 50,97 75,86 75,61"
        " 50,47",
        "narrow": "60,10 46,3 38,16 44,38 58,56 64,78 54,96 40,90 40,72 54,48 64,28 60,10",
        "slanted": "78,14 62,3 44,14 44,34 58,50 64,72 52,94 32,96 22,80 36,60 64,40 78,24 78,14",
        "open": "74,12 54,4 36,14 36,32 56,46 74,62 74,86 52,97 30,88 28,68 44,50 62,34 68,22",
    },
    9: {
        "straight": "72,26 60,8 40,6 26,22 28,42 44,52 62,44 72,24 / 72,97",
        "no tail": "70,30 66,10 44,4 24,18 24,42 42,54 62,46 72,26 / 70,50 62,80",
        "curled": "72,28 62,8 40,5 25,22 28,44 46,52 64,42 72,26 / 74,60 66,88 44,97 24,86",
        "slanted": "76,24 64,6 44,8 32,26 36,44 52,48 68,38 78,20 / 52,97",
        "round": "78,30 66,8 40,5 20,22 22,46 44,56 66,48 78,28 / 76,60 60,97",
        "open": "72,14 50,4 30,16 26,36 40,50 60,42 74,16 / 70,56 66,97",
    },
}  # fmt: skip


def strokes(digit: int, hand: str) -> list[np.ndarray]:
    """The strokes of a digit, each (N, 2): x and y, in heights of the digit.

    The hand trembles a little, always in the same way.
    """
    generator = np.random.default_rng([digit, *hand.encode()])
    return [
        tremble(np.concatenate([*parts]) / 100, generator)
        for parts in map(pieces, HANDS[digit][hand].split(";"))
    ]


def pieces(stroke: str) -> Iterator[np.ndarray]:
    """The smooth parts of a stroke, from corner to corner."""
    start: list[list[float]] = []
    for part in stroke.split("/"):
        points = start + [[float(number) for number in word.split(",")] for word in part.split()]
        start = points[-1:]
        if len(points) > 1:
            yield smooth(np.asarray(points))


def smooth(points: np.ndarray, steps: int = 12) -> np.ndarray:
    """A curve through points (Catmull and Rom 1974), closed where the last is the first."""
    closed = len(points) > 2 and (points[0] == points[-1]).all()
    before, after = (points[-2], points[1]) if closed else (points[0], points[-1])
    padded = np.vstack([before, points, after])
    t = np.linspace(0, 1, steps)[:, None]
    curve = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        bend = (2 * a - 5 * b + 4 * c - d) * t + (3 * (b - c) + d - a) * t * t
        curve.append(b + 0.5 * t * (c - a + bend))
    return np.concatenate(curve)


def tremble(points: np.ndarray, generator: np.random.Generator, size: float = 0.012) -> np.ndarray:
    """The same, moved by slow waves along the way."""
    step = np.linalg.norm(np.diff(points, axis=0, prepend=points[:1]), axis=1)
    way = step.cumsum()[:, None]
    pace = generator.uniform(4, 12, (2, 2))
    phase = generator.uniform(0, 2 * np.pi, (2, 2))
    return points + size * sum(np.sin(pace[i] * way + phase[i]) for i in range(2)) / 2
