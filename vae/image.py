"""Any picture -> a digit as MNIST draws it: white ink on black, 20×20 within 28×28.

The last steps are the recipe MNIST was made by: keep the aspect ratio, fit the ink into 20×20, put
its centre of mass in the middle of 28×28. What comes before is for the pictures that people have: a
photo of a note under a lamp, a scan, a drawing without a background.

Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document
recognition", section III-A.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageDraw, ImageOps
from scipy import ndimage

from vae.config import SIDE
from vae.errors import ImageError

Grey: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.floating]
Mask: TypeAlias = NDArray[np.bool_]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
ACCEPTED = "PNG, JPEG, WebP, BMP or GIF"
MAX_BYTES = 20_000_000
MAX_PIXELS = 50 << 20  # What is sold as 50 megapixels is up to 8192 × 6144.
MIN_SIDE = 4  # pixels
MAX_ASPECT = 20  # A thin 1, cropped to its ink, stays within this.

# Sides, in pixels. Light falls smoothly, so the paper is estimated on thumbnails.
WORK = 1024  # A digit a fiftieth of a page high still has its 20 pixels.
SHOWN = 512  # of a step's picture
PAPER = 64  # of the thumbnail that follows the edge of a shadow
LAMP = 48  # of the thumbnail that only follows the lamp
TINY = 2 * SIDE  # What is no larger is a drawing or a data set's image, not a photo.
BOX = 20  # MNIST's ink fills this, high or wide.

MIN_CONTRAST = 8.0  # grey levels: what is fainter comes from compression
NOISE = 5.0  # standard deviations: of a million pixels of pure noise, less than one passes
SPECK = 0.03  # of the largest piece of ink: the roof of a broken 5 has over 0.1
PIECES = 30  # A digit is in one piece or a few; noise is in thousands.
EDGE = 0.25  # of full ink: what is paler does not widen the box
THIN, PEN = 1.2, 2.3  # pixels at 20×20: the thinnest line in MNIST, and the median one

EVENED = "What changes slowly across a photo is light on the paper, not ink, so it was taken away."
CROPPED = "Where on the picture the digit stood does not matter."
THICKENED = "So fine a line would fade at 20×20, so it was drawn with a pen as broad as MNIST's."
FITTED = "MNIST's digits are 20 pixels high or wide, whichever is the longer."
CENTRED = "The centre of mass is in the middle of 28×28, as in every image of MNIST."

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
    """

    image: Grey
    steps: tuple[Step, ...]


class _Picture(NamedTuple):
    """A decoded picture, upright, at most WORK pixels a side."""

    luminance: Grey  # (height, width)
    alpha: Grey | None  # (height, width), 255 is opaque; None is opaque everywhere
    notes: list[str]  # what was done to it that a person may want to know


class _Ink(NamedTuple):
    """Where the ink is, and how strong."""

    level: Floats  # (height, width), 0 paper .. 1 ink, with soft edges
    flat: Floats  # (height, width), 0 black .. 1 white: the picture in an even light
    dark: bool  # The ink is darker than the paper.
    even: bool  # The paper has one level all over, as no photo has.
    specks: int  # how many were dropped


def read_file(path: Path) -> Digit:
    """The digit in a picture file.

    Raises:
        ImageError: if there is no such file, it cannot be read, or `read` refuses what is in it.
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
    return read(source)


def read(source: bytes) -> Digit:
    """The digit in the bytes of a PNG, JPEG, WebP, BMP or GIF file.

    Sixteen bits are scaled, transparency is laid on paper that the ink stands out from, a photo is
    turned as the camera was held, and of a moving picture the first frame is taken.

    Raises:
        ImageError: if the bytes are not such a picture, are damaged, over 20 MB or 50 megapixels,
            or if `as_digit` refuses the picture.
    """
    _check_bytes(len(source))
    picture = _decode(source)
    digit = as_digit(_opaque(picture))
    first = digit.steps[0]._replace(note=" ".join([digit.steps[0].note, *picture.notes]))
    return digit._replace(steps=(first, *digit.steps[1:]))


def as_digit(grey: Grey) -> Digit:
    """The digit in a grey picture: a drawing, a photo, or an image of another data set.

    Args:
        grey: (height, width) uint8, dark ink on light paper or the other way round.

    Raises:
        ImageError: if it is under 4 pixels a side, more than 20 times as long as wide, or has
            no ink on it.
        ValueError: if `grey` is not a two-dimensional array of uint8.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8:
        raise ValueError(f"grey must be (height, width) uint8, got {grey.shape} {grey.dtype}")
    _check_size(grey.shape[1], grey.shape[0])
    ink = _find_ink(_reduced(grey, WORK).astype(np.float32))
    cropped = _crop(ink.level)
    bold = _thicken(cropped)
    fitted = _fit(bold)
    image = _centre(fitted)
    steps = [Step("In grey", _reduced(grey, SHOWN), "Light and dark alone tell which digit it is.")]
    if not ink.even:
        steps.append(Step("Light evened out", _shown(ink.flat), EVENED))
    steps.append(Step("Ink found", _shown(ink.level), _ink_note(ink)))
    steps.append(Step("Cropped", _shown(cropped), CROPPED))
    if bold is not cropped:
        steps.append(Step("Thickened", _shown(bold), THICKENED))
    steps += [Step("Fitted", fitted, FITTED), Step("Centred", image, CENTRED)]
    return Digit(image, tuple(steps))


# From bytes to grey.


def _check_bytes(size: int) -> None:
    if size == 0:
        raise ImageError(f"The file is empty (0 bytes). Choose a picture: {ACCEPTED}.")
    if size > MAX_BYTES:
        raise ImageError(
            f"A picture file must have at most {MAX_BYTES // 10**6} MB, got {size / 1e6:.1f} MB. "
            "Save it smaller and try again."
        )


def _check_size(width: int, height: int) -> None:
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


def _decode(source: bytes) -> _Picture:
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
            # warning of a decompression bomb is among them, because `_check_size` refuses sooner.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except Image.DecompressionBombError as error:  # by several times: Pillow's own limit is higher
        raise _too_large("far more") from error
    except _DAMAGE as error:
        raise ImageError(
            f"This {kind} picture ({size:,} bytes) is damaged or cut off, so it cannot be decoded. "
            "Save or download it again."
        ) from error


def _pixels(image: Image.Image) -> _Picture:
    notes = []
    if getattr(image, "is_animated", False):
        notes.append("The picture has several frames, of which only the first is used.")
    if _turn_upright(image):
        notes.append("The photo was turned upright, as the camera was held.")
    if image.mode.startswith("I"):
        notes.append("Its 65,536 levels of grey became 256.")
        # Pillow would clip all that is brighter than 255 of 65,535.
        return _Picture(_reduced((np.asarray(image) >> 8).astype(np.uint8), WORK), None, notes)
    if not image.has_transparency_data:
        return _Picture(_reduced(np.asarray(image.convert("L")), WORK), None, notes)
    layers = image.convert("LA")
    layers.thumbnail((WORK, WORK), Image.Resampling.BOX)
    luminance, alpha = np.moveaxis(np.asarray(layers), 2, 0)
    return _Picture(luminance, alpha, notes)


def _turn_upright(image: Image.Image) -> bool:
    # A courtesy: a photo whose camera data are damaged is still a photo.
    with suppress(*_DAMAGE):
        turned = image.getexif().get(ExifTags.Base.Orientation) in range(2, 9)
        ImageOps.exif_transpose(image, in_place=True)
        return turned
    return False


def _opaque(picture: _Picture) -> Grey:
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


def _reduced(grey: Grey, side: int) -> Grey:
    """At most `side` pixels a side, each the mean of those it replaces."""
    image = Image.fromarray(grey)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)


# From grey to ink.


def _find_ink(grey: Floats) -> _Ink:
    """Tell ink from paper, on the sheet of paper where there is one."""
    page = _page(grey)
    if page is not None:
        with suppress(ImageError):  # What looked like a sheet may be the stroke of a broad brush.
            return _separate(page)
    return _separate(grey)


def _page(grey: Floats) -> Floats | None:
    """What is on the sheet of paper, if a darker table surrounds it."""
    coarse = _shrink(grey, PAPER)
    light = coarse > _otsu(coarse.ravel())
    rim = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    # What a shadow leaves lit reaches the border; a whole sheet does not.
    if max(grey.shape) <= TINY or not light.any() or rim.mean() > 0.05:
        return None
    labels = np.zeros(light.shape, np.int32)
    ndimage.label(light, None, labels)
    largest = labels == np.bincount(labels[light]).argmax()
    sheet = np.asarray(ndimage.binary_fill_holes(largest), bool)
    inner = np.asarray(ndimage.binary_erosion(sheet, iterations=2, border_value=1), np.float32)
    if sheet.mean() < 0.1 or light[sheet].mean() < 0.9 or not inner.any():
        return None
    return _only(grey, _enlarge(inner, grey.shape) > 0.5) if _is_quadrangle(sheet) else None


def _only(grey: Floats, sheet: Mask) -> Floats:
    """The sheet, in its upright box; what is not on the sheet becomes the nearest that is."""
    box = _box(sheet)
    nearest = ndimage.distance_transform_edt(
        ~sheet[box], return_distances=False, return_indices=True
    )
    return grey[box][tuple(np.asarray(nearest))]


def _is_quadrangle(sheet: Mask) -> bool:
    """Whether straight lines between its outermost corners draw its outline."""
    y, x = np.nonzero(sheet)
    best = 0.0
    for across, down in ((x + y, x - y), (x, y)):  # upright, or standing on a corner
        corners = [across.argmin(), down.argmax(), across.argmax(), down.argmin()]
        drawn = Image.new("1", sheet.shape[::-1])
        ImageDraw.Draw(drawn).polygon([(x[i], y[i]) for i in corners], fill=1)
        outline = np.asarray(drawn)
        best = max(best, float((outline & sheet).sum() / (outline | sheet).sum()))
    return best > 0.85


def _separate(grey: Floats) -> _Ink:
    """Tell ink from paper, whatever the light and whichever is the darker."""
    level = _level_all_over(grey)
    even = level is not None
    paper = _lamp(grey) if level is None else np.full_like(grey, level)
    dark = _is_dark(grey - paper)
    if not even:
        paper = _light(grey, paper, dark)
    rise = paper - grey if dark else grey - paper
    noise = _noise(rise)
    above = rise > max(MIN_CONTRAST, NOISE * noise)
    if dark:
        # Ink takes away a share of the light: in a shadow it is the same ink on darker paper.
        rise = rise * np.clip(float(paper.mean()) / np.maximum(paper, 16), 0.5, 4)
    mask, specks = _strokes(rise, above, sharp=not even)
    flat = np.clip((255 - rise if dark else rise) / 255, 0, 1)
    return _Ink(_level(rise, mask, noise), flat, dark, even, specks)


def _level_all_over(grey: Floats) -> float | None:
    """The paper's grey, if it is the same along the border, as in a drawing or a scan."""
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    level, near = _commonest(border)
    # No photo is tiny; and in the tiniest image, ink covers half of the border.
    return level if near > (0.3 if max(grey.shape) <= TINY else 0.7) else None


def _lamp(grey: Floats) -> Floats:
    """A first guess at the paper's grey: what is most common around, where strokes are few."""
    coarse = _shrink(grey, LAMP)
    trend = _quadratic(coarse, np.ones_like(coarse))
    rest = ndimage.median_filter(coarse - trend, LAMP // 2, mode="nearest")
    return _enlarge(trend + rest, grey.shape)


def _commonest(values: Floats) -> tuple[float, float]:
    """The level that most values are near to, and the share of those."""
    counts = np.bincount(values.astype(np.int64), minlength=256)
    level, near = float(np.convolve(counts, np.ones(17), "same").argmax()), values
    for _ in range(3):  # to the middle of the crowd, which the window only touched
        near = values[np.abs(values - level) <= 8]
        level = float(np.median(near))
    return level, near.size / values.size


def _is_dark(rise: Floats) -> bool:
    """Whether the ink is darker than the paper."""
    # Cubed, because strokes are few but far from the paper. A soft shadow is large and far from it
    # too, but has no detail; a broad marker has little, but is far from the paper all over.
    return _skew(rise) + 2 * _skew(_detail(rise)) < 0


def _skew(values: Floats) -> float:
    cubes = values * values * values
    return float(cubes.sum() / max(np.abs(cubes).sum(), 1e-6))


def _detail(rise: Floats) -> Floats:
    """What the edge of ink has and that of a shadow has not: the difference to the surroundings."""
    around = ndimage.uniform_filter(rise, max(9, max(rise.shape) // 16))
    return ndimage.uniform_filter(rise, 3) - around


def _light(grey: Floats, guess: Floats, dark: bool) -> Floats:
    """A better guess, from where the first finds no ink."""
    rise = guess - grey if dark else grey - guess
    rough = rise > max(MIN_CONTRAST, 0.4 * float(np.quantile(rise, 0.995)))
    margin = max(grey.shape) // 200 + 1
    background = np.logical_not(ndimage.binary_dilation(rough, iterations=margin))
    if background.mean() < 0.1:
        return guess
    weight = _shrink(background.astype(np.float32), PAPER)
    value = _shrink(np.where(background, grey, 0), PAPER) / np.maximum(weight, 1e-6)
    trend = _quadratic(value, weight)
    around = ndimage.gaussian_filter(weight, PAPER / 16) + 1e-3
    under = ndimage.gaussian_filter((value - trend) * weight, PAPER / 16) / around
    # A median leaves the edge of a shadow where it is.
    rest = np.where(weight > 0.5, value - trend, under)
    return _enlarge(trend + ndimage.median_filter(rest, size=5, mode="nearest"), grey.shape)


def _quadratic(values: Floats, weights: Floats) -> Floats:
    """The quadratic surface nearest to most of the values: a lamp's fall-off, a vignette."""
    y, x = np.mgrid[-1 : 1 : values.shape[0] * 1j, -1 : 1 : values.shape[1] * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    weight, target = weights.ravel(), values.ravel()
    surface = target
    for _ in range(5):  # Least squares, each time trusting the values far from the surface less.
        pulled = terms.T * weight
        surface = terms @ np.linalg.lstsq(pulled @ terms, pulled @ target, rcond=None)[0]
        error = np.abs(target - surface)
        weight = weights.ravel() / (1 + (error / (1e-3 + 2 * np.median(error))) ** 2)
    return surface.reshape(values.shape)


def _shrink(values: Floats, side: int) -> Floats:
    image = Image.fromarray(values.astype(np.float32))
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image)


def _enlarge(values: Floats, shape: tuple[int, ...]) -> Floats:
    # Odd reflection: at the border a slope goes on as it was.
    padded = np.pad(values.astype(np.float32), 1, "reflect", reflect_type="odd")
    box = (1, 1, 1 + values.shape[1], 1 + values.shape[0])
    how = Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(padded).resize((shape[1], shape[0]), how, box))


def _noise(rise: Floats) -> float:
    """The standard deviation of the paper's grey, from its brighter half: there is no ink in it."""
    return 1.4826 * float(np.median(-rise[rise <= 0])) if (rise <= 0).any() else 0.0


def _strokes(rise: Floats, above: Mask, sharp: bool) -> tuple[Mask, int]:
    """Where the strokes are, and how many specks were dropped.

    Raises:
        ImageError: if there are none.
    """
    if not above.any():
        raise _blank()
    threshold = _otsu(rise[above])
    labels = np.zeros(rise.shape, np.int32)
    ndimage.label(above & (rise > 0.6 * threshold), np.ones((3, 3)), labels)
    sizes = np.bincount(labels[rise > threshold], minlength=labels.max() + 1)
    sizes[0] = 0
    if sharp:
        steep = np.abs(_detail(rise))
        sizes[ndimage.maximum(steep, labels, np.arange(sizes.size)) < 0.3 * threshold] = 0
    keep = sizes > SPECK * sizes.max()
    mask = keep[labels]
    if not 0 < keep.sum() <= PIECES or not _drawn(labels == sizes.argmax(), mask):
        raise _blank()
    return mask, sizes.size - 1 - int(keep.sum())


def _drawn(largest: Mask, mask: Mask) -> bool:
    """Whether a hand made this: the largest piece has an extent, and pixels keep together."""
    longest = max(mask.shape)
    if max(largest[_box(largest)].shape) < max(3, longest // 25):
        return False
    boxed = mask[_box(mask)].astype(np.float32)
    # In noise an ink pixel's neighbours are ink as often as any pixel is; in a stroke, more often.
    neighbours = ndimage.uniform_filter(boxed, 3, mode="constant")[boxed > 0].mean() * 9 / 8 - 1 / 8
    return longest <= TINY or neighbours > min(0.65, boxed.mean() + 0.1)


def _otsu(values: Floats) -> float:
    """The threshold that parts values into the two most separate kinds (Otsu 1979)."""
    counts, edges = np.histogram(values, 128, (0, values.max()))
    sums = (counts * (edges[:-1] + edges[1:]) / 2).cumsum()
    below = counts.cumsum()
    above = below[-1] - below[:-1]
    apart = sums[:-1] / np.maximum(below[:-1], 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(edges[1 + (below[:-1] * above * apart**2).argmax()])


def _level(rise: Floats, mask: Mask, noise: float) -> Floats:
    """How much ink each pixel has, with the soft edges that a threshold would cut off."""
    if noise == 0:  # A drawing: its greys are meant.
        low, full = 0.0, float(rise[mask].max())
    else:
        full = float(np.quantile(rise[mask], 0.4))
        low = min(max(NOISE * noise, 0.25 * full), 0.5 * full)
    around = ndimage.binary_dilation(mask, iterations=2)
    return np.where(around, np.clip((rise - low) / (full - low), 0, 1), 0)


def _blank() -> ImageError:
    return ImageError(
        "There is no ink on this picture: nothing stands out from its background. "
        "Draw or photograph one digit, dark on light or light on dark."
    )


def _ink_note(ink: _Ink) -> str:
    kind = "dark ink on light paper" if ink.dark else "light ink on dark paper"
    note = f"This is {kind}; MNIST draws white on black."
    if ink.specks:
        note += f" Specks too small to be strokes were dropped ({ink.specks})."
    return note


# From ink to digit.


def _shown(level: Floats) -> Grey:
    return _reduced((level * 255).round().astype(np.uint8), SHOWN)


def _crop(level: Floats) -> Floats:
    """The box around the ink."""
    # An image of MNIST fills its box with its palest pixel, and comes through as it is.
    whole = level[_box(level > 0)]
    return whole if max(whole.shape) == BOX else level[_box(level > EDGE * level.max())]


def _box(mask: Mask) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


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
