"""What a picture file says of itself, read from its bytes: all that is checked before decoding.

A file of some hundred bytes can make a decoder work for a minute, or ask for a gigabyte. Here each
format is walked from header to header, which no file can make slow, and what would cost more than
any honest picture is refused.
"""

import re
import struct
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from vae.errors import ImageError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
ACCEPTED = "PNG, JPEG, WebP, BMP or GIF"
MAX_BYTES = 20_000_000
MAX_PIXELS = 50 << 20  # What is sold as 50 megapixels is up to 8192 × 6144.
MAX_RUNS = 4_000_000  # pixels of a run-length compressed BMP, which Pillow decodes in Python
MAX_MOVING = 16 << 20  # pixels of a picture with several frames, which is held several times
MAX_MEMORY = 450_000_000  # bytes, at its peak, that decoding is estimated to take
MIN_SIDE = 4  # pixels
MAX_ASPECT = 20  # A thin 1, cropped to its ink, stays within this.
MAX_PARTS = 20_000  # chunks or segments: of a kilobyte each in a file of 20 MB
MAX_COMMENTS = 2_000  # blocks of a GIF before its first frame; its comments are in blocks of 255
MAX_SCANS = 100  # of a JPEG; a progressive one has about ten

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

# Bytes that Pillow and NumPy hold for a pixel, at most at the same time, as measured.
_GREY, _COLOUR, _CLEAR, _DEEP, _WEBP = 3, 6, 13, 12, 21


class Declared(NamedTuple):
    """What a file says of its picture."""

    width: int
    height: int
    cost: int  # bytes of memory for a pixel
    moving: bool = False  # it has several frames
    runs: bool = False  # its rows are run-length compressed


def check(source: bytes) -> str:
    """Refuse bytes that are no picture, or one that costs too much.

    Returns:
        The name of the format. The picture may still be damaged.

    Raises:
        ImageError: as `picture.decode` says.
    """
    check_bytes(len(source))
    kind = _kind(source)
    if kind.upper() not in FORMATS:
        raise ImageError(
            f"Expected a picture ({ACCEPTED}), got {kind}. "
            "Choose another file, or save this one as PNG."
        )
    try:
        declared = _WALKS[kind](source)
    except (struct.error, IndexError):
        return kind  # its headers are cut off: the decoder will say so
    if declared:
        check_size(declared.width, declared.height)
        _check_cost(kind, declared)
    return kind


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
        raise ImageError(
            f"A picture must have at most {MAX_PIXELS >> 20} megapixels, got {width} × {height}, "
            f"which is {width * height / 1e6:.0f}. Save it smaller and try again."
        )
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


def _check_cost(kind: str, declared: Declared) -> None:
    pixels = declared.width * declared.height
    size = f"{declared.width} × {declared.height}"
    if declared.runs and pixels > MAX_RUNS:
        raise ImageError(
            f"A run-length compressed BMP must have at most 4 megapixels, got {size}. "
            "Save it as PNG and try again."
        )
    if declared.moving and pixels > MAX_MOVING:
        raise ImageError(
            f"A picture with several frames must have at most {MAX_MOVING >> 20} megapixels, got "
            f"{size}. Save one of them as PNG and try again."
        )
    if declared.cost * pixels > MAX_MEMORY:
        most = MAX_MEMORY / declared.cost / 1e6
        raise ImageError(
            f"A {kind} picture of this kind must have at most {most:.0f} megapixels, got {size}. "
            "Save it smaller, or as JPEG, and try again."
        )


def _kind(source: bytes) -> str:
    for name, offset, magic in _SIGNATURES:
        if source.startswith(magic, offset):
            return name
    start = source[:4096].decode(errors="replace")
    if "\0" in start or start.count("\ufffd") > len(start) // 20:
        return "something else"
    return "an SVG drawing" if "<svg" in start else "text"


def _too_many(kind: str, parts: str, most: int) -> ImageError:
    return ImageError(
        f"This {kind} picture is in over {most:,} {parts}, which no camera and no program writes. "
        "Save it again as PNG."
    )


# ---- one walk for each format ----


def _png(source: bytes) -> Declared | None:
    """Source: W3C 2003, Portable Network Graphics, section 5.3."""
    width, height, depth, colour = struct.unpack_from(">IIBB", source, 16)
    moving = False
    for number, (name, _) in enumerate(_png_chunks(source)):
        if number > MAX_PARTS:
            raise _too_many("PNG", "chunks", MAX_PARTS)
        moving = moving or name == b"acTL"
    transparent = colour in (4, 6) or b"tRNS" in source[:MAX_COMMENTS]
    cost = _CLEAR if transparent else _COLOUR if colour in (2, 3) else _GREY
    return Declared(width, height, max(cost, _DEEP if depth == 16 else 0), moving)


def _png_chunks(source: bytes) -> Iterator[tuple[bytes, int]]:
    at = 8
    while at + 8 <= len(source):
        length, name = struct.unpack_from(">I4s", source, at)
        yield name, at
        at += 12 + length


# Between scans, 0xFF is followed by 0 or a restart marker where it belongs to the picture.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers that begin a frame


def _jpeg(source: bytes) -> Declared | None:
    """Source: ITU-T T.81 1992, annex B."""
    size: Declared | None = None
    at = 2
    for number in range(MAX_PARTS + 1):
        if number == MAX_PARTS:
            raise _too_many("JPEG", "segments", MAX_PARTS)
        while source[at] == 0xFF and source[at + 1] == 0xFF:  # fill bytes
            at = _after_fill(source, at)
        marker = source[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", source, at + 5)
            # A draft is decoded, of at most a few megapixels; a progressive one keeps coefficients.
            size = Declared(width, height, 7 if marker == 0xC2 else 1)
        if marker == 0xDA or source[at] != 0xFF:
            break
        at += 2 + struct.unpack_from(">H", source, at + 2)[0]
    if source.count(b"\xff\xda", at) > MAX_SCANS:
        raise _too_many("JPEG", "scans", MAX_SCANS)
    if sum(1 for _ in islice(_MARKER.finditer(source, at), MAX_PARTS + 1)) > MAX_PARTS:
        raise _too_many("JPEG", "segments", MAX_PARTS)
    return size


_FILL = re.compile(rb"\xff+")


def _after_fill(source: bytes, at: int) -> int:
    found = _FILL.match(source, at)
    return found.end() - 1 if found else at


def _webp(source: bytes) -> Declared | None:
    """Source: Google, WebP Container Specification."""
    size: Declared | None = None
    at = 12
    for number in range(MAX_PARTS + 1):
        if number == MAX_PARTS:
            raise _too_many("WebP", "chunks", MAX_PARTS)
        if at + 8 > len(source):
            break
        name, length = struct.unpack_from("<4sI", source, at)
        size = size or _webp_size(source, name, at + 8)
        at += 8 + length + length % 2
    return size


def _webp_size(source: bytes, name: bytes, at: int) -> Declared | None:
    if name == b"VP8X":
        flags = source[at]
        width, height = (1 + int.from_bytes(source[at + i : at + i + 3], "little") for i in (4, 7))
        return Declared(width, height, _WEBP, bool(flags & 2))
    if name == b"VP8L":
        bits = struct.unpack_from("<I", source, at + 1)[0]
        return Declared(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), _WEBP)
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", source, at + 6)
        return Declared(width & 0x3FFF, height & 0x3FFF, _WEBP)
    return None


def _bmp(source: bytes) -> Declared | None:
    """Source: Microsoft, BITMAPINFOHEADER and BITMAPCOREHEADER."""
    if struct.unpack_from("<I", source, 14)[0] == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", source, 18)
        return Declared(width, height, _COLOUR if bits > 8 else _GREY)
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", source, 18)
    cost = _CLEAR if bits == 32 else _COLOUR
    return Declared(abs(width), abs(height), cost, runs=compression in (1, 2))


def _gif(source: bytes) -> Declared | None:
    """Source: CompuServe 1990, GIF89a."""
    width, height, flags = struct.unpack_from("<HHB", source, 6)
    at = 13 + (3 << (1 + (flags & 7)) if flags & 0x80 else 0)
    blocks = 0
    while source[at] == 0x21:  # extensions, until the first frame
        at += 2
        while source[at]:
            at += 1 + source[at]
            blocks += 1
            if blocks > MAX_COMMENTS:
                raise _too_many("GIF", "blocks before its first frame", MAX_COMMENTS)
        at += 1
        blocks += 1
    if source[at] != 0x2C:
        return Declared(width, height, _CLEAR)
    left, top, wide, high = struct.unpack_from("<HHHH", source, at + 1)
    return Declared(max(width, left + wide), max(height, top + high), _CLEAR)


_WALKS: dict[str, Callable[[bytes], Declared | None]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "WebP": _webp,
    "BMP": _bmp,
    "GIF": _gif,
}
