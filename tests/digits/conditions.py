"""What people write digits on and with, and what they send of it: one picture file for each."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.digits.hands import strokes
from tests.support.pictures import encoded

SIDE, HEIGHT = 320, 170  # pixels: of the page, and of the digit on it
PEN, FINE, MARKER = 0.085, 0.025, 0.2  # widths of a line, in heights of the digit
FINER = 3  # times that lines are drawn larger, for soft edges


def mask(
    lines: Sequence[np.ndarray],
    width: float = PEN,
    size: tuple[int, int] = (SIDE, SIDE),
    height: float = HEIGHT,
    middle: tuple[float, float] | None = None,
    angle: float = 0.0,
) -> Image.Image:
    """Where the ink is, 0..255.

    Args:
        lines: each (N, 2), in heights of the digit, as `hands.strokes` has them.
        width: of the pen, in heights of the digit.
        size: of the page, pixels.
        height: of the digit, pixels.
        middle: where the middle of the digit is, pixels; by default that of the page.
        angle: degrees, clockwise.
    """
    page = Image.new("L", (size[0] * FINER, size[1] * FINER))
    pen = ImageDraw.Draw(page)
    every = np.concatenate(lines)
    centre = (every.min(0) + every.max(0)) / 2
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    at = np.asarray(middle or (size[0] / 2, size[1] / 2))
    radius = width * height * FINER / 2
    for line in lines:
        points = FINER * (at + height * (line - centre) @ rotation)
        for (x, y), (u, v) in pairwise(points):
            pen.line((x, y, u, v), 255, max(1, round(2 * radius)))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return page.resize(size, Image.Resampling.BOX)


def laid(ink: Image.Image, paper: Image.Image | str = "white", colour: str = "#181818") -> bytes:
    """Ink of one colour on paper, as a PNG file."""
    return encoded(composed(ink, paper, colour))


def composed(
    ink: Image.Image, paper: Image.Image | str = "white", colour: str = "#181818"
) -> Image.Image:
    sheet = Image.new("RGB", ink.size, paper) if isinstance(paper, str) else paper.copy()
    sheet.paste(Image.new("RGB", ink.size, colour), mask=ink)
    return sheet


def ruled(size: tuple[int, int], step: int, colour: str, squares: bool = False) -> Image.Image:
    sheet = Image.new("RGB", size, "#fdfdfb")
    pen = ImageDraw.Draw(sheet)
    for at in range(step // 2, max(size), step):
        pen.line((0, at, size[0], at), colour)
        if squares:
            pen.line((at, 0, at, size[1]), colour)
    return sheet


def in_shadow(picture: Image.Image) -> bytes:
    """A photo with the shadow of a hand over a part of it."""
    grey = np.asarray(picture.convert("L")).astype(float)
    y, x = np.mgrid[-1 : 1 : grey.shape[0] * 1j, -1 : 1 : grey.shape[1] * 1j]
    light = (0.92 - 0.12 * x) * (1 - 0.42 / (1 + np.exp(-25 * (x + 0.5 * y - 0.15))))
    noise = np.random.default_rng(1).normal(0, 3, grey.shape)
    grey = np.clip(grey * light * 0.9 + noise, 0, 255).astype(np.uint8)
    return encoded(grey, "JPEG", quality=80)


def glowing(ink: Image.Image) -> bytes:
    """A photo of a dark screen on which the digit is light and has a halo."""
    level = np.asarray(ink).astype(float)
    halo = np.asarray(ink.filter(ImageFilter.GaussianBlur(14))).astype(float)
    y, x = np.mgrid[-1 : 1 : level.shape[0] * 1j, -1 : 1 : level.shape[1] * 1j]
    grey = 22 + 14 * x - 8 * y + 0.68 * level + 0.35 * halo
    grey += np.random.default_rng(2).normal(0, 3, grey.shape)
    return encoded(np.clip(grey, 0, 255).astype(np.uint8), "JPEG", quality=75)


def in_window(ink: Callable[..., Image.Image], dark: bool = False) -> bytes:
    """A screenshot of a drawing program: title, tools and colours, scroll bar, status.

    Args:
        ink: `mask`, but for its size, the height of the digit and its middle.
        dark: whether the bars are, or only what is on them.
    """
    width, height = 640, 480
    bar, sign = ("#26282c", "#d8d8d8") if dark else ("#f0f0f0", "#303030")
    sheet = Image.new("RGB", (width, height), bar)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, width, 27), "#101214" if dark else "#2b579a")
    pen.text((10, 5), "Untitled - Drawing", "white", font_size=15)
    for at in (0, 22, 44):
        pen.line((width - 18 - at, 9, width - 8 - at, 19), "white", 2)
    for at in range(6):
        pen.ellipse((12 + 38 * at, 37, 40 + 38 * at, 65), outline=sign, width=4)
    for at, colour in enumerate(("#000000", "#c02020", "#2040c0", "#107030", "#603080")):
        pen.rectangle((260 + 38 * at, 37, 290 + 38 * at, 67), colour, "#808080")
    pen.line((0, 78, width, 78), "#808080")
    pen.rectangle((0, 79, width - 18, height - 29), "white")  # what is drawn on
    pen.rectangle((width - 14, 120, width - 4, 330), "#888888")
    pen.line((0, height - 28, width, height - 28), "#808080")
    pen.text((10, height - 24), "640 x 480 px    100 %    412, 233", sign, font_size=15)
    return laid(ink(size=(width, height), height=150, middle=(300, 262)), sheet)


def transparent(ink: Image.Image) -> bytes:
    """Ink on nothing."""
    clear = Image.new("RGBA", ink.size, "#101040")
    clear.putalpha(ink)
    return encoded(clear)


Draw = Callable[..., Image.Image]  # `mask`, of the digit's lines

CONDITIONS: dict[str, Callable[[Draw], bytes]] = {
    "plain": lambda ink: laid(ink()),
    "thin": lambda ink: laid(ink(width=FINE)),
    "marker": lambda ink: laid(ink(width=MARKER)),
    "tilted left": lambda ink: laid(ink(angle=-15)),
    "tilted right": lambda ink: laid(ink(angle=15)),
    "in a corner": lambda ink: laid(ink(height=66, middle=(54, 60))),
    "lined paper": lambda ink: laid(ink(), ruled((SIDE, SIDE), 38, "#b4c8e4"), "#20308c"),
    "squared paper": lambda ink: laid(ink(), ruled((SIDE, SIDE), 22, "#c0d0e6", True), "#282828"),
    "coloured paper": lambda ink: laid(ink(), "#f2d25c", "#123a9c"),
    "shadow": lambda ink: in_shadow(composed(ink(), "#f4f2ec", "#303038")),
    "blur": lambda ink: encoded(composed(ink()).filter(ImageFilter.GaussianBlur(6))),
    "JPEG at 30": lambda ink: encoded(composed(ink()), "JPEG", quality=30),
    "white on black": lambda ink: laid(ink(), "black", "white"),
    "glowing screen": lambda ink: glowing(ink()),
    "window": lambda ink: in_window(ink),
    "dark window": lambda ink: in_window(ink, dark=True),
    "transparent": lambda ink: transparent(ink()),
}


def picture(digit: int, hand: str, condition: str) -> bytes:
    """The bytes of a picture file of one digit."""
    lines = strokes(digit, hand)
    return CONDITIONS[condition](lambda **how: mask(lines, **how))
