"""The life of a run as a GIF: its points on the move, and eight digits as they come back."""

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from pages.ui.server.pieces import Piece
from vae.training.packed import unpack

SIDE = 448  # pixels of the map
DIGIT = SIDE // 8  # of a digit under it
FRAMES = 100
FRAME_MS = 80
REST_MS = 2000  # that the last frame stays
HALVES = (4, 6, 9, 14, 21, 32)  # of the window, as motion.js has them
INSIDE = 0.985  # share of the points that are in the window
GREYS = 200  # of the palette's colours; the classes, the ground and the text have others
GROUND, INK = 250, 251
DISC = [(x, y) for x in range(-2, 3) for y in range(-2, 3) if x * x + y * y <= 5]


class Shot(NamedTuple):
    """One moment."""

    points: NDArray[Any]  # (N, 2)
    digits: NDArray[Any]  # (8, side, side) of 255
    epoch: float


def film(piece: Callable[[str], Piece | None], steps: Sequence[int]) -> bytes | None:
    """Draw a life.

    Args:
        piece: gives `digits`, or a moment by its step.
        steps: of its moments.

    Returns:
        None where nothing of it can be read.
    """
    known = piece("digits")
    shots = [shot for step in steps if (shot := _shot(piece(str(step))))]
    if known is None or not shots:
        return None
    try:
        labels = unpack(known.content).parts["labels"]
    except (ValueError, KeyError):
        return None
    reach = np.quantile(np.abs(np.concatenate([shot.points for shot in shots])), INSIDE)
    half = next((half for half in HALVES if half >= reach), HALVES[-1])
    places = np.linspace(0, len(shots) - 1, FRAMES if len(shots) > 1 else 1)
    frames = [_draw(_between(shots, place), labels, half) for place in places]
    file = io.BytesIO()
    lasts = [*[FRAME_MS] * (len(frames) - 1), REST_MS]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=lasts, loop=0)
    return file.getvalue()


def _shot(piece: Piece | None) -> Shot | None:
    try:
        header, parts = unpack(piece.content if piece else b"")
        points, digits = parts["points"], parts["reconstructions"]
        epoch = float(header["epoch"]) + float(header["part"])
        return Shot(points.astype(np.float32), digits.astype(np.float32), epoch)
    except (ValueError, KeyError, TypeError):
        return None


def _between(shots: Sequence[Shot], place: float) -> Shot:
    index = min(int(place), len(shots) - 1)
    one, other = shots[index], shots[min(index + 1, len(shots) - 1)]
    part = place - index
    return Shot(
        one.points + part * (other.points - one.points),
        one.digits + part * (other.digits - one.digits),
        one.epoch + part * (other.epoch - one.epoch),
    )


def _draw(shot: Shot, labels: NDArray[Any], half: float) -> Image.Image:
    pixels = np.full((SIDE + DIGIT, SIDE), GROUND, np.uint8)
    at = np.clip((shot.points / half * [0.5, -0.5] + 0.5) * SIDE, 3, SIDE - 4).astype(int)
    for right, down in DISC:
        pixels[at[:, 1] + down, at[:, 0] + right] = GREYS + labels
    for i, digit in enumerate(shot.digits):
        pixels[SIDE:, i * DIGIT : (i + 1) * DIGIT] = _enlarge(digit)
    image = Image.fromarray(pixels, "P")
    image.putpalette(_palette())
    ImageDraw.Draw(image).text((8, 6), f"epoch {shot.epoch:.1f}", fill=INK, font_size=16)
    return image


def _enlarge(digit: NDArray[np.float32]) -> NDArray[np.uint8]:
    nearest = np.arange(DIGIT) * len(digit) // DIGIT
    return (digit[nearest][:, nearest] / 255 * (GREYS - 1)).astype(np.uint8)


def _palette() -> list[int]:
    colours = [(level,) * 3 for level in np.linspace(0, 255, GREYS).astype(int).tolist()]
    colours += [(0, 0, 0)] * (256 - GREYS)
    theme = {GREYS + i: colour for i, colour in enumerate(_option("chartCategoricalColors"))}
    theme |= {GROUND: _option("secondaryBackgroundColor"), INK: _option("textColor")}
    for index, colour in theme.items():
        colours[index] = ImageColor.getrgb(colour)[:3]
    return [channel for colour in colours for channel in colour]


def _option(name: str) -> Any:
    return st.get_option(f"theme.light.{name}")
