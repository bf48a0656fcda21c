"""Last step of three: ink -> a digit as MNIST draws it, white on black, 20×20 within 28×28.

    file ── picture ──> grey levels ── ink ──> where the pen was ── normalise ──> 28×28

This step is the recipe MNIST was made by: keep the aspect ratio, fit the ink into 20×20, put its
centre of mass in the middle of 28×28. The two before it are for the pictures that people have: a
photo of a note under a lamp, a scan, a drawing without a background.

Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document
recognition", section III-A.
"""

from contextlib import suppress
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from vae.config import SIDE
from vae.digit import blot
from vae.digit.ink import Floats, Ink, extent, find_ink
from vae.digit.picture import Grey, Picture, reduce
from vae.digit.row import DIGITS, digits
from vae.digit.window import Box, areas
from vae.errors import ImageError

SHOWN = 512  # of a step's picture
BOX = 20  # MNIST's ink fills this, high or wide.
EDGE = 0.25  # of full ink: what is paler does not widen the box
THIN, PEN = 1.2, 2.3  # pixels at 20×20: the thinnest line in MNIST, and the median one

IN_GREY = "Light and dark alone tell which digit it is."
CUT_OFF = "What surrounds the drawing are the bars of a window, not ink, so they were cut off."
EVENED = "What changes slowly across a photo is light on the paper, not ink, so it was taken away."
CROPPED = "Where on the picture the digit stood does not matter."
THICKENED = "So fine a line would fade at 20×20, so it was drawn with a pen as broad as MNIST's."
FITTED = "MNIST's digits are 20 pixels high or wide, whichever is the longer."
CENTRED = "The centre of mass is in the middle of 28×28, as in every image of MNIST."


class Step(NamedTuple):
    """One thing done to the picture, for the person who wonders why the digit looks so.

    Attributes:
        name: a few words.
        image: (height, width) uint8, any size.
        note: one sentence, sometimes two: what happened, and why.
    """

    name: str
    image: Grey
    note: str


class Digit(NamedTuple):
    """A digit as MNIST draws it, and how it came about.

    Attributes:
        image: (28, 28) uint8, 0 is background and 255 is ink.
        steps: the first shows the picture in grey, the last `image`.
        others: the digits to the right of it on the same picture, from left to right.
    """

    image: Grey
    steps: tuple[Step, ...]
    others: "tuple[Digit, ...]" = ()


class Found(NamedTuple):
    """The ink of a picture, and the steps to it."""

    ink: Ink
    steps: tuple[Step, ...]

    def digit(self, own: tuple[Step, ...]) -> Digit:
        """The digit that comes of it by steps of its own."""
        return Digit(own[-1].image, (*self.steps, *own))


def normalise(source: Picture) -> Digit:
    """All the ink of a picture as one digit.

    Raises:
        ImageError: as `find` does.
    """
    found = find(source)
    return found.digit(draw(found.ink.level))


def normalise_row(source: Picture) -> tuple[Digit, ...]:
    """Each of the digits that stand beside each other on a picture, from left to right.

    Returns:
        At least one, at most `row.DIGITS`; each with all of its steps, and no others.

    Raises:
        ImageError: as `find` does.
    """
    found = find(source)
    return tuple(found.digit(own) for own in draw_row(found.ink.level))


def find(source: Picture) -> Found:
    """The ink of a picture, on which there may be one digit or several.

    Raises:
        ImageError: if there is no ink on it, far too much of it, or nothing but a blot.
    """
    grey = source.grey.astype(np.float32)
    area, ink = _find(grey)
    steps = [Step("In grey", reduce(source.grey, SHOWN), " ".join([IN_GREY, *source.notes]))]
    if area is not None:
        steps.append(Step("Window cut off", reduce(source.grey[area], SHOWN), CUT_OFF))
    if not ink.even:
        steps.append(Step("Light evened out", _shown(ink.flat), EVENED))
    told = f"{_ink_note(ink)} {blot.note(ink.level)}".strip()
    steps.append(Step("Ink found", _shown(ink.level), told))
    return Found(ink, tuple(steps))


def draw(level: Floats, note: str = "") -> tuple[Step, ...]:
    """The steps from the ink of one digit to its image, which is that of the last.

    Args:
        level: (height, width), 0 paper .. 1 ink.
        note: a sentence about where it stood on the picture.
    """
    cropped = _crop(level)
    bold = _thicken(cropped)
    fitted = _fit(bold)
    image = _centre(fitted)
    steps = [Step("Cropped", _shown(cropped), f"{note} {CROPPED}".strip())]
    if bold is not cropped:
        steps.append(Step("Thickened", _shown(bold), THICKENED))
    return (*steps, Step("Fitted", fitted, FITTED), Step("Centred", image, CENTRED))


def draw_row(level: Floats) -> tuple[tuple[Step, ...], ...]:
    """The same for each digit of a row, from left to right."""
    row = digits(level)
    if row.length == 1:
        return (draw(level),)
    more = f" Only the first {DIGITS} are read." if row.length > DIGITS else ""
    return tuple(
        draw(part, f"This is digit {place} of {row.length}, counted from the left.{more}")
        for place, part in enumerate(row.parts, 1)
    )


def _find(grey: Floats) -> tuple[Box | None, Ink]:
    """The ink of a picture, and the area that it is on where the rest is a program's window."""
    for area in areas(grey):
        with suppress(ImageError):  # What looked like an area may be the inside of a 0.
            return area, find_ink(grey[area])
    return None, find_ink(grey)


def _ink_note(ink: Ink) -> str:
    kind = "dark ink on light paper" if ink.dark else "light ink on dark paper"
    note = f"This is {kind}; MNIST draws white on black."
    if ink.specks:
        note += f" Specks too small to be strokes were dropped ({ink.specks})."
    return note


def _shown(level: Floats) -> Grey:
    return reduce((level * 255).round().astype(np.uint8), SHOWN)


def _crop(level: Floats) -> Floats:
    """The box around the ink."""
    # An image of MNIST fills its box with its palest pixel, and comes through as it is.
    whole = level[extent(level > 0)]
    return whole if max(whole.shape) == BOX else level[extent(level > EDGE * level.max())]


def _thicken(level: Floats) -> Floats:
    """Widen lines that would fade when they are fitted, as a fine pen's do."""
    if max(level.shape) < 2 * BOX:  # It hardly shrinks, so it hardly fades.
        return level
    scale = 8  # Lines are measured at eight times the size they will have.
    fine = _resized(level, scale * BOX)
    fine = fine / fine.max()
    inside = np.asarray(ndimage.distance_transform_edt(np.pad(fine > 0.5, 1)))
    # Across a line w pixels wide the distances 1, 2 .. 2, 1 have the mean w / 4 + 1 / 2.
    width = (4 * inside[inside > 0].mean() - 2) / scale
    if width > THIN:
        return level
    radius = round((PEN - width) / 2 * scale)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return ndimage.grey_dilation(np.pad(fine, radius), footprint=x * x + y * y <= radius * radius)


def _fit(level: Floats) -> Grey:
    """The ink in 20×20, its longer side filling it."""
    # Resampling blurs: a digit that fits to a pixel or two stays as it is drawn.
    if not BOX - 2 <= max(level.shape) <= BOX:
        level = _resized(level, BOX)
    return (level * (255 / level.max())).round().astype(np.uint8)


def _resized(level: Floats, longest: int) -> Floats:
    scale = longest / max(level.shape)
    size = max(1, round(level.shape[1] * scale)), max(1, round(level.shape[0] * scale))
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    image = Image.fromarray(level.astype(np.float32)).resize(size, how)
    return np.clip(np.asarray(image), 0, 1)


def _centre(fitted: Grey) -> Grey:
    """The fitted ink in 28×28, moved by whole pixels so that its mass is in the middle."""
    image = np.zeros((SIDE, SIDE), np.uint8)
    # Every centre of mass in MNIST lies in [13.5, 14.5), counting from the first pixel's middle.
    top, left = (
        int(np.clip(np.ceil(SIDE / 2 - 0.5 - mass), 0, SIDE - size))
        for mass, size in zip(ndimage.center_of_mass(fitted), fitted.shape, strict=True)
    )
    image[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return image
