"""Pictures that strangers may send, made by code: what is wrong, odd or merely rare about each."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

SIDE = 64


def digit(mode: str = "L") -> Image.Image:
    """A 7 in dark ink on light paper."""
    image = Image.new("L", (SIDE, SIDE), 235)
    ImageDraw.Draw(image).line([(14, 14), (48, 14), (26, 52)], fill=20, width=6, joint="curve")
    if mode == "I;16":
        return Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    if mode in ("LA", "RGBA", "La", "RGBa", "PA"):
        clear = image.convert("LA" if mode in ("LA", "La") else "RGBA")
        clear.putalpha(Image.eval(image, lambda level: 255 - level))
        return clear
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes = b"") -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(
    width: int, height: int, depth: int, colour: int, rows: bytes, interlaced: int = 0
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND")


def zeros(count: int) -> bytes:
    """Many zeros, deflated without ever being held."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [
        packer.compress(block[: min(len(block), count - at)]) for at in range(0, count, 1 << 20)
    ]
    return b"".join([*parts, packer.flush()])


def segments(jpeg: bytes, more: bytes) -> bytes:
    """A JPEG with more segments after its first marker."""
    return jpeg[:2] + more + jpeg[2:]


def scans(count: int, side: int = 512) -> bytes:
    """A progressive JPEG with its last scan many times over."""
    jpeg = saved(digit().resize((side, side)), "JPEG", progressive=True)
    start = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[start:-2] * count + jpeg[-2:]


def with_size(webp: bytes, width: int, height: int) -> bytes:
    """An extended WebP that says it is larger."""
    at = webp.index(b"VP8X") + 12
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return webp[:at] + size + webp[at + 6 :]


def moving(kind: str, **options: object) -> bytes:
    frames = [digit("RGB").rotate(angle, fillcolor=(235,) * 3) for angle in (30, 60)]
    return saved(digit("RGB"), kind, save_all=True, append_images=frames, **options)


def comments(blocks: int) -> bytes:
    """A GIF whose comment is in blocks of one byte."""
    gif = saved(digit(), "GIF")
    at = 13 + (3 << (1 + (gif[10] & 7)) if gif[10] & 0x80 else 0)
    return gif[:at] + b"\x21\xfe" + b"\x01a" * blocks + b"\x00" + gif[at:]


def bmp(width: int, height: int, bits: int, compression: int, body: bytes) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + header + bytes(1024) + body


def nan_tiff() -> bytes:
    return saved(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF")


def pictures() -> Iterator[tuple[str, bytes, bool | None]]:
    """Each as (what it is, its bytes, whether it is a digit; None where either will do)."""
    yield from plain()
    yield from cut()
    yield from bombs()
    yield from pieces()
    yield from disguised()


def plain() -> Iterator[tuple[str, bytes, bool | None]]:
    """Rare, but honest: each of these is a 7."""
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16"):
        yield f"PNG {mode}", saved(digit(mode), "PNG"), True
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        yield f"JPEG {mode}", saved(digit(mode), "JPEG"), True
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield f"BMP {mode}", saved(digit(mode), "BMP"), True
    for mode in ("L", "RGB", "RGBA"):
        for lossless in (False, True):
            yield f"WebP {mode} {lossless}", saved(digit(mode), "WEBP", lossless=lossless), True
    for mode in ("1", "L", "P", "RGB"):
        yield f"GIF {mode}", saved(digit(mode), "GIF"), True
    for bits in (1, 2, 4):
        yield f"PNG of {bits} bits", saved(digit("L").quantize(2**bits), "PNG", bits=bits), True
    yield "PNG with a transparent colour", saved(digit("P"), "PNG", transparency=0), None
    yield "PNG, interlaced by its header alone", png_interlaced(), None
    yield "JPEG, progressive", saved(digit(), "JPEG", progressive=True), True
    yield "JPEG at quality 1", saved(digit(), "JPEG", quality=1), None
    for kind in ("GIF", "WEBP", "PNG"):
        yield f"{kind} that moves", moving(kind), True
    for turn in range(1, 10):
        exif = Image.Exif()
        exif[0x0112] = turn
        yield f"JPEG turned {turn}", saved(digit(), "JPEG", exif=exif), True
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a" * 5000, zip=True)
    yield "PNG with a text", saved(digit(), "PNG", pnginfo=text), True
    yield "PNG with a profile", saved(digit("RGB"), "PNG", icc_profile=bytes(3000)), True
    yield "JPEG with a damaged profile", saved(digit(), "JPEG", icc_profile=b"\xff" * 999), True


def png_interlaced() -> bytes:
    rows = chunk(b"IDAT", zlib.compress(bytes(9 * 9 + 60)))
    return png(8, 8, 8, 0, rows, interlaced=1)


def cut() -> Iterator[tuple[str, bytes, bool | None]]:
    """Cut off, or with nothing in them."""
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF"):
        whole = saved(digit(), kind)
        for part in (0.02, 0.3, 0.9):
            yield f"{kind}, {part:.0%} of it", whole[: max(5, int(part * len(whole)))], None
        yield f"{kind} with a tail", whole + bytes(5000), None
    yield "nothing", b"", False
    yield "one byte", b"\x89", False
    yield "1 × 1", saved(Image.new("L", (1, 1)), "PNG"), False
    yield "1 × 20000", saved(Image.new("L", (1, 20_000)), "PNG"), False
    yield "20000 × 4", saved(Image.new("L", (20_000, 4)), "PNG"), False
    yield "white", saved(Image.new("L", (90, 90), 255), "PNG"), False
    yield "no pixels at all", png(0, 0, 8, 0, chunk(b"IDAT", zlib.compress(b""))), False


def bombs() -> Iterator[tuple[str, bytes, bool | None]]:
    """Small files of large pictures: over any limit, and just below it."""
    tiny = saved(digit("RGBA"), "WEBP", save_all=True, append_images=[digit("RGBA").rotate(9)])
    yield "WebP that moves, 8192 × 6400 by its header", with_size(tiny, 8192, 6400), False
    yield "WebP that moves, 16383 × 16383", with_size(tiny, 16_383, 16_383), False
    yield "WebP of 16 megapixels", saved(Image.new("RGB", (4096, 4096)), "WEBP"), False
    for width, height in ((8192, 6400), (60_000, 60_000), (2**31 - 1, 2**31 - 1)):
        for colour in (0, 2, 6):
            name = f"PNG {width} × {height}, colour {colour}"
            yield name, png(width, height, 8, colour, chunk(b"IDAT", zlib.compress(b""))), False
    yield "PNG RGBA of 33 megapixels", deflated(6400, 5200, 8, 6), False
    yield "PNG of 16 bits and 36 megapixels", deflated(6000, 6000, 16, 0), False
    yield "PNG grey of 52 megapixels", deflated(8192, 6400, 8, 0), False
    yield (
        "PNG whose pixels are more than it says",
        png(9, 9, 8, 0, chunk(b"IDAT", zeros(10**8))),
        None,
    )
    packed = zlib.compress(zeros(10**8))
    text = b"Comment\0\0" + packed
    yield "PNG with a bomb for a text", png(9, 9, 8, 0, chunk(b"zTXt", text) + seven()), None
    yield "PNG with a bomb for a profile", png(9, 9, 8, 0, chunk(b"iCCP", text) + seven()), None
    yield "BMP in runs", bmp(7000, 7000, 8, 1, b"\1\1\0\0" * 7000), False
    yield "BMP of a negative height", bmp(-90, -90, 8, 0, bytes(8100)), None
    yield "BMP that says 2 gigapixels", bmp(2**31 - 1, 1, 24, 0, b""), False
    gif = bytearray(saved(digit(), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    yield "GIF of 4 gigapixels", bytes(gif), False


def seven() -> bytes:
    rows = b"".join(b"\0" + bytes(9 * [level]) for level in (255, 0, 255, 255, 0, 255, 0, 255, 255))
    return chunk(b"IDAT", zlib.compress(rows))


def deflated(width: int, height: int, depth: int, colour: int) -> bytes:
    """A PNG that is black all over."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    rows = zeros(height * (1 + width * channels * depth // 8))
    return png(width, height, depth, colour, chunk(b"IDAT", rows))


def pieces() -> Iterator[tuple[str, bytes, bool | None]]:
    """In more pieces than anybody writes."""
    yield "JPEG of 30 scans", scans(20), None
    yield "JPEG of 300 scans", scans(300), False
    yield "JPEG of 3,000 scans", scans(3000, 64), False
    jpeg = saved(digit(), "JPEG")
    yield "JPEG with 500 empty comments", segments(jpeg, b"\xff\xfe\0\2" * 500), True
    yield "JPEG with a million empty comments", segments(jpeg, b"\xff\xfe\0\2" * 10**6), False
    yield "JPEG filled with 0xFF", segments(jpeg, b"\xff" * 10**6), None
    end = jpeg.index(b"\xff\xda")
    late = jpeg[:end] + jpeg[end:-2] + b"\xff\xfe\0\2" * 10**6 + jpeg[-2:]
    yield "JPEG with a million empty comments after its scan", late, False
    plain = saved(digit(), "PNG")
    empty = chunk(b"IDAT") * 1000
    yield "PNG with 1,000 empty chunks", plain[:33] + empty + plain[33:], None
    yield "PNG with a million empty chunks", plain[:33] + chunk(b"aaAa") * 10**6 + plain[33:], False
    yield "GIF with a comment of 100 blocks", comments(100), True
    yield "GIF with a comment of a million blocks", comments(10**6), False
    webp = saved(digit(), "WEBP")
    riff = webp + b"EXIF\0\0\0\0" * 10**5
    yield (
        "WebP with 100,000 empty chunks",
        riff[:4] + struct.pack("<I", len(riff) - 8) + riff[8:],
        False,
    )


def disguised() -> Iterator[tuple[str, bytes, bool | None]]:
    """Something else, by whatever name."""
    yield "TIFF", saved(digit(), "TIFF"), False
    yield "TIFF of NaN", nan_tiff(), False
    yield "PDF", saved(digit(), "PDF"), False
    yield "ICO", saved(digit(), "ICO"), False
    yield "PPM", saved(digit(), "PPM"), False
    yield "TGA", saved(digit(), "TGA"), False
    yield "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", False
    yield "SVG", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', False
    yield "SVG with an entity", b'<!DOCTYPE s [<!ENTITY x "y">]><svg>&x;</svg>', False
    yield "HTML", b"<!doctype html><script>alert(1)</script>", False
    yield "a ZIP", b"PK\3\4" + bytes(200), False
    yield "an executable", b"\x7fELF" + bytes(200), False
    yield "noise", np.random.default_rng(0).bytes(9000), False
    yield "HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", False
    for name, magic in (
        ("PNG", b"\x89PNG\r\n\x1a\n"),
        ("JPEG", b"\xff\xd8\xff\xe0"),
        ("BMP", b"BM"),
    ):
        yield f"{name} by its first bytes alone", magic + b"<html>" * 99, False
    polyglot = saved(digit(), "GIF") + b"<script>alert(1)</script>" + saved(digit(), "PNG")
    yield "GIF, then a script, then a PNG", polyglot, True
    hidden = saved(digit(), "JPEG")
    yield "JPEG with a PNG in a comment", segments(hidden, b"\xff\xfe\x10\2" + bytes(4096)), True
