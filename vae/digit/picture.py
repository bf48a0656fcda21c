"""First step of three: any picture file -> one image of grey levels.

Pillow decodes five formats. The checks of `container` bound its time and memory; what comes after
makes one kind of picture of all that it gives: upright, 8 bits, opaque. Files of strangers are
decoded in a `worker`, to which `pool` sends them. The next step is `ink`, on what `window`
leaves of a screenshot.
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
from PIL import ExifTags, Image, ImageFilter, ImageOps

from vae.digit.container import FORMATS, MAX_BYTES, check, check_bytes, check_size
from vae.errors import ImageError

Grey: TypeAlias = NDArray[np.uint8]

WORK = 1024  # A digit a fiftieth of a page high still has its 20 pixels.

# What Pillow lets out when it is fed bytes that are not the picture they begin as.
_DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, Image.DecompressionBombError, struct.error, zlib.error,
)  # fmt: skip


class Picture(NamedTuple):
    """A picture in grey, upright and opaque, at most WORK pixels a side."""

    grey: Grey  # (height, width), 0 black .. 255 white
    notes: tuple[str, ...]  # what was done to it that a person may want to know


def read_bytes(path: Path) -> bytes:
    """The content of a file that may be a picture.

    Raises:
        ImageError: if there is no such file, it cannot be read, or it is empty or too large.
    """
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no file"
            raise ImageError(f"Expected a picture at {path}, found {what}. Check the path.")
        check_bytes(path.stat().st_size)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # It may have grown since it was measured.
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte in it.
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{path} cannot be read: {reason}. Choose another file.") from error


def decode(source: bytes) -> Picture:
    """The picture in the bytes of a PNG, JPEG, WebP, BMP or GIF file.

    Sixteen bits are scaled, transparency is laid on paper that the ink stands out from, a photo is
    turned as the camera was held, and of a moving picture the first frame is taken.

    Raises:
        ImageError: if the bytes are none of the five formats or damaged, or the picture has over 20
            MB, over 50 megapixels, under 4 pixels a side or a side 20 times the other.
    """
    kind = check(source)
    with _damage(kind, len(source)), Image.open(BytesIO(source), formats=FORMATS) as image:
        check_size(*image.size)  # Only the header has been read.
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
    check_size(grey.shape[1], grey.shape[0])
    return Picture(reduce(grey, WORK), ())


def reduce(grey: Grey, side: int) -> Grey:
    """At most `side` pixels a side, each the mean of those it replaces."""
    image = Image.fromarray(grey)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)


@contextmanager
def _damage(kind: str, size: int) -> Generator[None]:
    """Pillow's complaints, in words for the person who chose the file."""
    try:
        with warnings.catch_warnings():
            # Pillow's alone: the filters belong to the whole process, other threads included. Its
            # warning of a decompression bomb is among them, because `check_size` refuses sooner.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except MemoryError as error:
        raise ImageError(
            f"This {kind} picture needs more memory than there is for one. Save it smaller, or as "
            "JPEG, and try again."
        ) from error
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
    whole = Image.fromarray(np.where(alpha > 127, np.uint8(255), np.uint8(0)))
    opaque = np.asarray(whole.filter(ImageFilter.MinFilter(5))) > 0  # but for its edges
    if opaque.mean() > 0.5 and np.ptp(luminance[opaque]) > 64:
        # A whole picture with a few clear parts, such as rounded corners, brings its own paper.
        return float(np.median(luminance[opaque]))
    return 0.0 if np.average(luminance, weights=alpha) > 127 else 255.0
