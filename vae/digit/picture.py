"""First step of three: any picture file -> one image of grey levels, with all that is checked.

Pillow decodes five formats. The checks before it bound its time and memory; what comes after makes
one kind of picture of all that it gives: upright, 8 bits, opaque. The next step is `ink`.
"""

import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
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
    """A picture in grey, upright and opaque, at most WORK pixels a side."""

    grey: Grey  # (height, width), 0 black .. 255 white
    notes: tuple[str, ...]  # what was done to it that a person may want to know


def read_file(path: Path) -> Picture:
    """The picture in a file.

    Raises:
        ImageError: if there is no such file, it cannot be read, or `decode` refuses what is in it.
    """
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no file"
            raise ImageError(f"Expected a picture at {path}, found {what}. Check the path.")
        _check_bytes(path.stat().st_size)
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)  # It may have grown since it was measured.
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte in it.
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{path} cannot be read: {reason}. Choose another file.") from error
    return decode(source)


def decode(source: bytes) -> Picture:
    """The picture in the bytes of a PNG, JPEG, WebP, BMP or GIF file.

    Sixteen bits are scaled, transparency is laid on paper that the ink stands out from, a photo is
    turned as the camera was held, and of a moving picture the first frame is taken.

    Raises:
        ImageError: if the bytes are none of the five formats or damaged, or the picture has over 20
            MB, over 50 megapixels, under 4 pixels a side or a side 20 times the other.
    """
    _check_bytes(len(source))
    kind = _kind(source)
    if kind.upper() not in FORMATS:
        raise ImageError(
            f"Expected a picture ({ACCEPTED}), got {kind}. "
            "Choose another file, or save this one as PNG."
        )
    with _damage(kind, len(source)), Image.open(BytesIO(source), formats=FORMATS) as image:
        _check_size(*image.size)  # Only the header has been read.
        _check_runs(image)
        image.draft("L", (WORK, WORK))  # JPEG decodes at a half, a quarter or an eighth for less.
        image.load()
        notes = _turn_upright(image)
        luminance, alpha = _luminance_and_alpha(image)
    if image.mode.startswith("I"):
        notes.append("Its 65,536 levels of grey became 256.")
    if alpha is None or alpha.min() == 255:
        return Picture(luminance, tuple(notes))
    grey, paper = _lay_on_paper(luminance, alpha)
    notes.append(f"Its transparent parts became {paper}, for the ink to stand out.")
    return Picture(grey, tuple(notes))


def from_grey(grey: Grey) -> Picture:
    """The picture that an array holds.

    Args:
        grey: (height, width) uint8.

    Raises:
        ImageError: if its size is none that `decode` accepts.
        ValueError: if `grey` is not a two-dimensional array of uint8.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8:
        raise ValueError(f"grey must be (height, width) uint8, got {grey.shape} {grey.dtype}")
    _check_size(grey.shape[1], grey.shape[0])
    return Picture(reduce(grey, WORK), ())


def reduce(grey: Grey, side: int) -> Grey:
    """At most `side` pixels a side, each the mean of those it replaces."""
    image = Image.fromarray(grey)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)


def _check_bytes(size: int) -> None:
    """Refuse a file of no bytes, or of too many, before it is opened."""
    if size == 0:
        raise ImageError(f"The file is empty (0 bytes). Choose a picture: {ACCEPTED}.")
    if size > MAX_BYTES:
        raise ImageError(
            f"A picture file must have at most {MAX_BYTES // 10**6} MB, got {size / 1e6:.1f} MB. "
            "Save it smaller and try again."
        )


def _check_size(width: int, height: int) -> None:
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


def _kind(source: bytes) -> str:
    for name, offset, magic in _SIGNATURES:
        if source.startswith(magic, offset):
            return name
    start = source[:4096].decode(errors="replace")
    if "\0" in start or start.count("\ufffd") > len(start) // 20:
        return "something else"
    return "an SVG drawing" if "<svg" in start else "text"


@contextmanager
def _damage(kind: str, size: int) -> Generator[None]:
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


def _turn_upright(image: Image.Image) -> list[str]:
    """Turn the first frame as its camera was held; notes of what was done."""
    notes: list[str] = []
    if getattr(image, "is_animated", False):
        notes.append("The picture has several frames, of which only the first is used.")
    with suppress(*_DAMAGE):  # A courtesy: a photo whose camera data are damaged is still a photo.
        turned = image.getexif().get(ExifTags.Base.Orientation) in range(2, 9)
        ImageOps.exif_transpose(image, in_place=True)
        if turned:
            notes.append("The photo was turned upright, as the camera was held.")
    return notes


def _luminance_and_alpha(image: Image.Image) -> tuple[Grey, Grey | None]:
    """Both at most WORK pixels a side; no alpha where all is opaque."""
    if image.mode.startswith("I"):
        # Pillow would clip all that is brighter than 255 of 65,535.
        return reduce((np.asarray(image) >> 8).astype(np.uint8), WORK), None
    if not image.has_transparency_data:
        return reduce(np.asarray(image.convert("L")), WORK), None
    layers = image.convert("LA")
    layers.thumbnail((WORK, WORK), Image.Resampling.BOX)
    luminance, alpha = np.moveaxis(np.asarray(layers), 2, 0)
    return luminance, alpha


def _lay_on_paper(luminance: Grey, alpha: Grey) -> tuple[Grey, str]:
    """A transparent picture on opaque paper, and the name of the paper's grey."""
    paper = _paper_under(luminance, alpha)
    name = "white" if paper > 170 else "black" if paper < 85 else "grey"
    above = (luminance - paper) * (alpha / 255)
    return (paper + above).round().astype(np.uint8), name


def _paper_under(luminance: Grey, alpha: Grey) -> float:
    """The grey to lay under a transparent picture: the opposite of its ink."""
    if alpha.max() == 0:
        return 255.0
    opaque = np.asarray(ndimage.binary_erosion(alpha > 127, None, 2), bool)  # but for its edges
    if opaque.mean() > 0.5 and np.ptp(luminance[opaque]) > 64:
        # A whole picture with a few clear parts, such as rounded corners, brings its own paper.
        return float(np.median(luminance[opaque]))
    return 0.0 if np.average(luminance, weights=alpha) > 127 else 255.0
