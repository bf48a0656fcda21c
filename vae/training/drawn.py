"""Digits drawn by code, in ways that people write and MNIST hardly has.

Those who wrote MNIST drew a 1 as a bare line and a 0 without a slash; without these few images the
map has no place for a 1 with a flag or a foot. Each is random in its shape, slant and pen, and goes
the way of every picture to 28×28. No labels are used.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.interpolate import make_interp_spline
from torch import Tensor

from vae.digit.normalise import draw

Points = NDArray[np.float64]  # (n, 2), right and down, in heights of the digit
Random = np.random.Generator

PAGE, FINE = 38, 4  # pixels of the drawing, which has no need to be thickened, and their parts
INK = 26  # of those pixels: the digit's longer side
PEN = (1.5, 4.3)  # of those pixels
TURN, SLANT, WIDTH = 0.1, 0.15, 0.1  # standard deviations: radians, tangent, of a logarithm

# Points that a pen goes through, before they are moved at random.
# fmt: off
SIX = [
    (0, 0), (0, 0), (0.12, 0.15), (-0.12, 0.42), (-0.2, 0.7), (-0.05, 0.95), (0.2, 1),
    (0.38, 0.85), (0.36, 0.66), (0.15, 0.55), (-0.05, 0.62), (-0.17, 0.78),
]
LOOP = [
    (0.5, 0.2), (0.35, 0.03), (0.15, 0.03), (0.02, 0.18), (0.05, 0.36), (0.22, 0.45), (0.4, 0.36),
    (0.5, 0.18),
]
TAIL = [(0.5, 0.18), (0.52, 0.5), (0.5, 0.8), (0.38, 0.97), (0.2, 0.98), (0, 0)]
# fmt: on


def drawn(count: int, seed: int) -> Tensor:
    """(count, 28, 28) uint8: digits in these ways of writing, in a random order."""
    random = np.random.default_rng(seed)
    ways = list(WAYS)
    chosen = random.choice(len(ways), count, p=np.array(list(WAYS.values())))
    return torch.from_numpy(np.stack([_image(ways[way](random), random) for way in chosen]))


def one(random: Random) -> list[Points]:
    """A 1 with a flag, a foot or both."""
    length, angle = random.uniform(0.12, 0.5), random.uniform(0.45, 1.1)
    kind = random.integers(4)
    stem = np.linspace([0.0, 0.0], [0.0, 1.0], 8)
    strokes = [stem]
    if kind < 3:
        tip = length * np.array([-np.sin(angle), np.cos(angle)])
        flag = smooth([tip, tip / 2 + random.normal(0, 0.02, 2), [0, 0]], 8)
        strokes = [np.concatenate([flag, stem])]
    if kind > 0:
        left, right = random.uniform(0.08, 0.32, 2)
        y = 1 + random.normal(0, 0.015, 2)
        strokes.append(np.array([[-left, y[0]], [right, y[1]]]))
    return strokes


def zero(random: Random) -> list[Points]:
    """A 0 with a slash."""
    wide = random.uniform(0.5, 0.95)
    angle = np.linspace(0, 2 * np.pi, 40) + random.uniform(-0.4, 0.4)
    uneven = 1 + 0.04 * np.sin(2 * angle + random.uniform(0, 6))
    oval = np.stack([-wide / 2 * np.sin(angle), -0.5 * np.cos(angle)], 1) * uneven[:, None]
    end = random.uniform(0.8, 1.25) * np.array([0.4 * wide, -0.42])
    return [oval, np.array([end, -end * random.uniform(0.8, 1.1)])]


def six(random: Random) -> list[Points]:
    """A 6 whose top curls."""
    x, curl = random.uniform(0.2, 0.5), random.uniform(0.05, 0.2)
    way = np.array(SIX)
    way[0], way[1] = (x + 0.6 * curl, curl), (0.8 * x, 0)
    return [smooth(way + random.normal(0, 0.02, (12, 2)), 50)]


def seven(random: Random) -> list[Points]:
    """A 7 that is crossed."""
    wide, back = random.uniform(0.5, 0.8), random.uniform(0.15, 0.5)
    y, half = random.uniform(0.4, 0.6), random.uniform(0.1, 0.25)
    x = wide - back * y
    strokes = np.array([[0, random.uniform(-0.02, 0.05)], [wide, 0], [wide - back, 1]])
    return [strokes, np.array([[x - half, y], [x + half, y + random.normal(0, 0.03)]])]


def nine(random: Random) -> list[Points]:
    """A 9 whose tail curls."""
    curl = random.uniform(0.1, 0.4)
    tail = np.array(TAIL)
    tail[-1] = 0.2 - 0.6 * curl, 0.9
    return [
        smooth(LOOP + random.normal(0, 0.02, (8, 2)), 30),
        smooth(tail + random.normal(0, 0.015, (6, 2)), 20),
    ]


# How often each is drawn: the 1 is what the map had least place for.
WAYS: dict[Callable[[Random], list[Points]], float] = {
    one: 0.5, zero: 0.15, six: 0.15, seven: 0.1, nine: 0.1
}  # fmt: skip


def smooth(way: object, count: int) -> Points:
    """So many points of a smooth curve through those given, as evenly spaced as they are."""
    points = np.asarray(way, np.float64)
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    curve = make_interp_spline(along, points, k=min(3, len(points) - 1))
    return curve(np.linspace(0, along[-1], count))


def _image(strokes: list[Points], random: Random) -> NDArray[np.uint8]:
    """(28, 28) of the strokes, slanted and drawn by a pen that are random too."""
    turn, slant = random.normal(0, TURN), random.normal(0, SLANT)
    wide = np.exp(random.normal(0, WIDTH))
    turned = np.array([[wide * np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    through = turned @ np.array([[1, -slant], [0, 1]])
    moved = [stroke @ through.T for stroke in strokes]
    ink = np.concatenate(moved)
    low, high = ink.min(0), ink.max(0)
    scale, pen = FINE * INK / (high - low).max(), FINE * random.uniform(*PEN)
    page = Image.new("L", (FINE * PAGE, FINE * PAGE))
    brush = ImageDraw.Draw(page)
    for stroke in moved:
        line = [(x, y) for x, y in (stroke - (low + high) / 2) * scale + FINE * PAGE / 2]
        brush.line(line, fill=255, width=round(pen), joint="curve")
        for x, y in (line[0], line[-1]):  # a round end
            brush.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return draw(np.asarray(page.reduce(FINE), np.float32) / 255)[-1].image
