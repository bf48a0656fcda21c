"""Decoded images as files to download: a PNG, a contact sheet, an animated GIF, a ZIP archive."""

import csv
import math
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Greys: TypeAlias = NDArray[np.uint8]

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a ZIP can hold: equal contents, equal bytes


def png(image: Greys) -> bytes:
    """A grey picture file.

    Args:
        image: (height, width), 0 is black.
    """
    file = BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def sheet(images: Greys, columns: int, gap: int = 0, scale: int = 1) -> Greys:
    """A contact sheet: images side by side in one, row by row from the top.

    Args:
        images: (N, height, width), N at least 1.
        columns: images in a row; no more are made than there are images.
        gap: black pixels between neighbours, before they are enlarged.
        scale: each pixel becomes scale × scale.

    Returns:
        (H, W); what is left of the last row is black.

    Raises:
        ValueError: if there is no image, or a number is out of its bounds.
    """
    if not len(images) or columns < 1 or gap < 0 or scale < 1:
        raise ValueError(
            f"a sheet needs images, columns and scale of 1 or more and a gap of 0 or more, got "
            f"{len(images)} images, columns={columns}, gap={gap}, scale={scale}"
        )
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    count, height, width = images.shape
    cells = np.zeros((rows * columns, height + gap, width + gap), np.uint8)
    cells[:count, :height, :width] = images
    across = cells.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    whole = across.reshape(rows * (height + gap), columns * (width + gap))
    return _enlarged(whole[: whole.shape[0] - gap, : whole.shape[1] - gap], scale)


def _enlarged(image: Greys, scale: int) -> Greys:
    return image.repeat(scale, 0).repeat(scale, 1)


def gif(images: Greys, milliseconds: int, scale: int = 4) -> bytes:
    """An animated GIF that loops, in exactly the greys of the images.

    Args:
        images: (N, height, width), N at least 1.
        milliseconds: that each image is shown, to the nearest 10, at least 20: browsers show what
            is faster more slowly. An image equal to the one before becomes part of it.
        scale: each pixel becomes scale × scale.
    """
    first, *others = (Image.fromarray(_enlarged(image, scale)) for image in images)
    file = BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=others,
        duration=max(20, 10 * round(milliseconds / 10)),
        loop=0,
        optimize=False,
    )
    return file.getvalue()


def archive(images: Greys, z: Sequence[Sequence[float]] | NDArray[np.float32]) -> bytes:
    """A ZIP of numbered PNGs, and a table of the points they were decoded from.

    Args:
        images: (N, height, width)
        z: (N, 2)

    Returns:
        000.png, 001.png and so on, and z.csv with the columns file, z1 and z2, whose numbers read
        back exactly. The same contents are always the same bytes.

    Raises:
        ValueError: if there are not as many points as images.
    """
    names = [f"{index:03d}.png" for index in range(len(images))]
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as opened:
        for name, image in zip(names, images, strict=True):
            opened.writestr(_entry(name), png(image))
        opened.writestr(_entry("z.csv"), _table(names, np.asarray(z).tolist()))
    return file.getvalue()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, EPOCH)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 3  # as on Unix, whatever the system is
    return entry


def _table(names: list[str], places: list[list[float]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "z1", "z2"])
    writer.writerows(
        [name, repr(z1), repr(z2)] for name, (z1, z2) in zip(names, places, strict=True)
    )
    return text.getvalue()
