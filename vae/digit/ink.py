"""Second step of three: grey levels -> ink, on a drawing, a scan or a photo of paper.

A photo has no one grey for paper: a lamp, a lens and the shadow of a hand change it from place to
place. So the light on the paper is estimated first, and ink is what stands out from it.
"""

from contextlib import suppress
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from vae.config import SIDE
from vae.errors import ImageError

Floats: TypeAlias = NDArray[np.floating]
Mask: TypeAlias = NDArray[np.bool_]

# Sides, in pixels. Light falls smoothly, so the paper is estimated on thumbnails.
PAPER = 64  # of the thumbnail that follows the edge of a shadow
LAMP = 48  # of the thumbnail that only follows the lamp
TINY = 2 * SIDE  # What is no larger is a drawing or a data set's image, not a photo.

MIN_CONTRAST = 8.0  # grey levels: what is fainter comes from compression
NOISE = 5.0  # standard deviations: of a million pixels of pure noise, less than one passes
SPECK = 0.03  # of the largest piece of ink: the roof of a broken 5 has over 0.1
PIECES, WRITING = 30, 300  # A digit is in one piece or a few, writing in more; noise in thousands.


class Ink(NamedTuple):
    """Where the ink is, and how strong."""

    level: Floats  # (height, width), 0 paper .. 1 ink, with soft edges
    flat: Floats  # (height, width), 0 black .. 1 white: the picture in an even light
    dark: bool  # The ink is darker than the paper.
    even: bool  # The paper has one level all over, as no photo has.
    specks: int  # how many were dropped


def find_ink(grey: Floats) -> Ink:
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
    labels = _labels(light)
    largest = labels == np.bincount(labels[light]).argmax()
    sheet = np.asarray(ndimage.binary_fill_holes(largest), bool)
    inner = np.asarray(ndimage.binary_erosion(sheet, iterations=2, border_value=1), np.float32)
    if sheet.mean() < 0.1 or light[sheet].mean() < 0.9 or not inner.any():
        return None
    return _only(grey, _enlarge(inner, grey.shape) > 0.5) if _is_quadrangle(sheet) else None


def _only(grey: Floats, sheet: Mask) -> Floats:
    """The sheet, in its upright box; what is not on the sheet becomes the nearest that is."""
    box = extent(sheet)
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


def _separate(grey: Floats) -> Ink:
    """Tell ink from paper, whatever the light and whichever is the darker."""
    level = _level_all_over(grey)
    even = level is not None
    paper = _lamp(grey) if level is None else np.full_like(grey, level)
    detail = _detail(grey - paper)
    dark = _is_dark(grey - paper, detail)
    if not even:
        paper = _light(grey, paper, dark, detail)
    rise = paper - grey if dark else grey - paper
    noise = _noise(rise)
    above = rise > max(MIN_CONTRAST, NOISE * noise)
    if dark:
        # Ink takes away a share of the light: in a shadow it is the same ink on darker paper.
        rise = rise * np.clip(float(paper.mean()) / np.maximum(paper, 16), 0.5, 4)
    mask, specks = _strokes(rise, above, sharp=not even)
    flat = np.clip((255 - rise if dark else rise) / 255, 0, 1)
    return Ink(_level(rise, mask, noise), flat, dark, even, specks)


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


def _is_dark(rise: Floats, detail: Floats) -> bool:
    """Whether the ink is darker than the paper, by how far each pixel is above it."""
    # Cubed, because strokes are few but far from the paper. A soft shadow is large and far from it
    # too, but has no detail; a broad marker has little, but is far from the paper all over.
    return _skew(rise) + 2 * _skew(detail) < 0


def _skew(values: Floats) -> float:
    cubes = values * values * values
    return float(cubes.sum() / max(np.abs(cubes).sum(), 1e-6))


def _detail(rise: Floats) -> Floats:
    """What the edge of ink has and that of a shadow has not: the difference to the surroundings."""
    around = ndimage.uniform_filter(rise, max(15, max(rise.shape) // 8))
    return ndimage.uniform_filter(rise, 3) - around


def _light(grey: Floats, guess: Floats, dark: bool, detail: Floats) -> Floats:
    """A better guess, from where the first finds no ink.

    Args:
        detail: of what the first finds.
    """
    rise = guess - grey if dark else grey - guess
    limit = max(MIN_CONTRAST, 0.4 * float(np.quantile(rise, 0.995)))
    labels = _labels(rise > limit)
    rough = _are_sharp(labels, detail, 2 * limit)[labels]
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
        ImageError: if there are none, or far more than a digit has.
    """
    if not above.any():
        raise _blank()
    threshold = _otsu(rise[above])
    labels = _labels(above & (rise > 0.6 * threshold))
    sizes = np.bincount(labels[rise > threshold], minlength=labels.max() + 1)
    sizes[0] = 0
    if sharp:
        sizes[~_are_sharp(labels, _detail(rise), threshold)] = 0
    keep = sizes > SPECK * sizes.max()
    mask = keep[labels]
    pieces = int(keep.sum())
    if not 0 < pieces <= WRITING or not _drawn(labels == sizes.argmax(), mask):
        raise _blank()
    if pieces > PIECES:
        raise ImageError(
            f"The ink on this picture is in {pieces} pieces, as writing and drawings are; a digit "
            "is in one or a few. Crop the picture to the digit and try again."
        )
    return mask, sizes.size - 1 - pieces


def _labels(mask: Mask) -> NDArray[np.int32]:
    """0 where there is nothing, and a number for each piece, of pixels that touch."""
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, np.ones((3, 3)), labels)
    return labels


def _are_sharp(labels: NDArray[np.int32], detail: Floats, high: float) -> Mask:
    """Which pieces have an edge, as ink has and the rim of a shadow has not."""
    steep = (np.abs(detail) > 0.3 * high).ravel()
    pixels = np.bincount(labels.ravel())
    share = np.bincount(labels.ravel(), weights=steep) / pixels
    return (share > 0.05) & (np.arange(len(pixels)) > 0)


def _drawn(largest: Mask, mask: Mask) -> bool:
    """Whether a hand made this: the largest piece has an extent, and pixels keep together."""
    longest = max(mask.shape)
    if max(largest[extent(largest)].shape) < max(3, longest // 25):
        return False
    boxed = mask[extent(mask)].astype(np.float32)
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


def extent(mask: Mask) -> tuple[slice, slice]:
    """The smallest box, in rows and columns, around all that is set."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
