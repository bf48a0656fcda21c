"""Any picture file -> grey levels: five formats, their many ways to go wrong, and paper under all.

Pillow decodes; what comes before keeps it from being asked for too much, and what comes after makes
one kind of picture of all that it gives.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps
from scipy import ndimage

from vae.errors import ImageError

Grey: TypeAlias = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
ACCEPTED = "PNG, JPEG, WebP, BMP or GIF"
MAX_BYTES = 20_000_000
MAX_PIXELS = 50 << 20  # What is sold as 50 megapixels is up to 8192 × 6144.
MIN_SIDE = 4  # pixels
MAX_ASPECT = 20  # A thin 1, cropped to its ink, stays within this.
WORK = 1024  # A digit a fiftieth of a page high still has its 20 pixels.

# What Pillow lets out when it is fed bytes that are not the picture they begin as.
_DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip

# (name, offset, bytes): so that the message can say what the person has.
_SIGNATURES = (
    ("PNG", 0, b"\x89PNG"),
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("WebP", 8, b"WEBP"),
    ("BMP", 0, b"BM"),
    ("GIF", 0, b"GIF8"),
    ("a TIFF picture", 0, b"II*\0"),
    ("a TIFF picture", 0, b"MM\0*"),
    ("a PDF document", 0, b"%PDF"),
    ("a HEIC or AVIF picture", 4, b"ftyp"),
)


class Picture(NamedTuple):
    """A decoded picture, upright, at most WORK pixels a side."""

    luminance: Grey  # (height, width)
    alpha: Grey | None  # (height, width), 255 is opaque; None is opaque everywhere
    notes: list[str]  # what was done to it that a person may want to know


def check_bytes(size: int) -> None:
    """Refuse a file of no bytes, or of too many, before it is opened."""
    if size == 0:
        raise ImageError(f"The file is empty (0 bytes). Choose a picture: {ACCEPTED}.")
    if size > MAX_BYTES:
        raise ImageError(
            f"A picture file must have at most {MAX_BYTES // 10**6} MB, got {size / 1e6:.1f} MB. "
            "Save it smaller and try again."
        )


def check_size(width: int, height: int) -> None:
    """Refuse a picture by its pixels, before they are decoded."""
    if width * height > MAX_PIXELS:
        raise _too_large(f"{width} × {height}, which is {width * height / 1e6:.0f}")
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"A picture must be at least {MIN_SIDE} pixels wide and high, got {width} × {height}. "
            "Choose a larger one."
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(
            f"A picture must be at most {MAX_ASPECT} times as long as it is wide, got "
            f"{width} × {height}. Crop it to the digit and try again."
        )


def _check_runs(image: Image.Image) -> None:
    # Pillow decodes these in Python, where 30 kB can keep it, and everybody else, busy for 10 s.
    if image.info.get("compression") in (1, 2) and image.width * image.height > 4_000_000:
        raise ImageError(
            f"A run-length compressed BMP must have at most 4 megapixels, got {image.width} × "
            f"{image.height}. Save it as PNG and try again."
        )


def _too_large(got: str) -> ImageError:
    return ImageError(
        f"A picture must have at most {MAX_PIXELS >> 20} megapixels, got {got}. "
        "Save it smaller and try again."
    )


def decode(source: bytes) -> Picture:
    """The bytes of a picture file, decoded.

    Raises:
        ImageError: if they are none of the five formats, damaged, or too large.
    """
    kind = _kind(source)
    if kind.upper() not in FORMATS:
        raise ImageError(
            f"Expected a picture ({ACCEPTED}), got {kind}. "
            "Choose another file, or save this one as PNG."
        )
    with _damage(kind, len(source)), Image.open(BytesIO(source), formats=FORMATS) as image:
        check_size(*image.size)  # Only the header has been read.
        _check_runs(image)
        image.draft("L", (WORK, WORK))  # JPEG decodes at a half, a quarter or an eighth for less.
        image.load()
        return _pixels(image)


def _kind(source: bytes) -> str:
    for name, offset, magic in _SIGNATURES:
        if source.startswith(magic, offset):
            return name
    start = source[:4096].decode(errors="replace")
    if "\0" in start or start.count("\ufffd") > len(start) // 20:
        return "something else"
    return "an SVG drawing" if "<svg" in start else "text"


@contextmanager
def _damage(kind: str, size: int) -> Iterator[None]:
    """Pillow's complaints, in words for the person who chose the file."""
    try:
        with warnings.catch_warnings():
            # Pillow's alone: the filters belong to the whole process, other threads included. Its
            # warning of a decompression bomb is among them, because `check_size` refuses sooner.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except Image.DecompressionBombError as error:  # by several times: Pillow's own limit is higher
        raise _too_large("far more") from error
    except _DAMAGE as error:
        raise ImageError(
            f"This {kind} picture ({size:,} bytes) is damaged or cut off, so it cannot be decoded. "
            "Save or download it again."
        ) from error


def _pixels(image: Image.Image) -> Picture:
    notes = []
    if getattr(image, "is_animated", False):
        notes.append("The picture has several frames, of which only the first is used.")
    if _turn_upright(image):
        notes.append("The photo was turned upright, as the camera was held.")
    if image.mode.startswith("I"):
        notes.append("Its 65,536 levels of grey became 256.")
        # Pillow would clip all that is brighter than 255 of 65,535.
        return Picture(reduced((np.asarray(image) >> 8).astype(np.uint8), WORK), None, notes)
    if not image.has_transparency_data:
        return Picture(reduced(np.asarray(image.convert("L")), WORK), None, notes)
    layers = image.convert("LA")
    layers.thumbnail((WORK, WORK), Image.Resampling.BOX)
    luminance, alpha = np.moveaxis(np.asarray(layers), 2, 0)
    return Picture(luminance, alpha, notes)


def _turn_upright(image: Image.Image) -> bool:
    # A courtesy: a photo whose camera data are damaged is still a photo.
    with suppress(*_DAMAGE):
        turned = image.getexif().get(ExifTags.Base.Orientation) in range(2, 9)
        ImageOps.exif_transpose(image, in_place=True)
        return turned
    return False


def opaque(picture: Picture) -> Grey:
    """The picture on paper, where it is transparent."""
    if picture.alpha is None or picture.alpha.min() == 255:
        return picture.luminance
    paper = _paper_under(picture.luminance, picture.alpha)
    name = "white" if paper > 170 else "black" if paper < 85 else "grey"
    picture.notes.append(f"Its transparent parts became {name}, for the ink to stand out.")
    above = (picture.luminance - paper) * (picture.alpha / 255)
    return (paper + above).round().astype(np.uint8)


def _paper_under(luminance: Grey, alpha: Grey) -> float:
    """The grey to lay under a transparent picture: the opposite of its ink."""
    if alpha.max() == 0:
        return 255.0
    visible = np.asarray(
        ndimage.binary_erosion(alpha > 127, None, 2), bool
    )  # not the blend at the edges
    if visible.mean() > 0.5 and np.ptp(luminance[visible]) > 64:
        # A whole picture with a few clear parts, such as rounded corners, brings its own paper.
        return float(np.median(luminance[visible]))
    return 0.0 if np.average(luminance, weights=alpha) > 127 else 255.0


def reduced(grey: Grey, side: int) -> Grey:
    """At most `side` pixels a side, each the mean of those it replaces."""
    image = Image.fromarray(grey)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)
