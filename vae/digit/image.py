"""Any picture of a digit -> 28×28 pixels, as MNIST has them; pages and commands call this."""

from collections.abc import Callable
from pathlib import Path

from vae.digit import picture, pool
from vae.digit.normalise import Digit, normalise
from vae.digit.picture import Grey


def read_file(path: Path) -> Digit:
    """The digit in a picture file; of a number the leftmost, as `read` says.

    Raises:
        ImageError: if the file cannot be read, or `read` refuses what is in it.
    """
    return read(picture.read_bytes(path))


def read(source: bytes, awaited: Callable[[], bool] = lambda: True) -> Digit:
    """The digit in the bytes of a PNG, JPEG, WebP, BMP or GIF file, decoded in another process.

    Of a number it is the leftmost digit, and `Digit.others` are those to its right.

    Args:
        awaited: whether somebody still waits for it; asked many times a second.

    Raises:
        ImageError: if `Pool.read` refuses them, or there is no ink on the picture.
        GivenUpError: if nobody waits for it any more.
    """
    return pool.shared().read(source, awaited)


def as_digit(grey: Grey) -> Digit:
    """All of a grey picture as one digit: a drawing, or an image of another data set.

    Args:
        grey: (height, width) uint8, dark ink on light paper or the other way round.

    Raises:
        ImageError: if `picture.from_grey` refuses its size, or there is no ink on it.
        ValueError: if `grey` is not a two-dimensional array of uint8.
    """
    return normalise(picture.from_grey(grey))
