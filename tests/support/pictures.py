"""Pictures for the tests: digits of the data sets, and what people's cameras make of them."""

import io
from functools import cache

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits

from vae.data.sets import load_test


@cache
def mnist() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's test images (10000, 28, 28) and labels (10000,), as they come with the program."""
    test = load_test("mnist")
    return test.images.numpy(), test.labels.numpy()


@cache
def small_digits() -> np.ndarray:
    """scikit-learn's digits, (1797, 8, 8) uint8, 255 is ink."""
    return np.round(load_digits().images * (255 / 16)).astype(np.uint8)


def enlarged(digit: np.ndarray, side: int) -> np.ndarray:
    """A digit with smooth outlines, (side, side) uint8, 255 is ink."""
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    return (255 * np.clip((np.asarray(large) / 255 - 0.3) / 0.4, 0, 1)).astype(np.uint8)


def encoded(picture: np.ndarray | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer := io.BytesIO(), kind, **options)
    return buffer.getvalue()


def photo(
    digit: np.ndarray, rng: np.random.Generator, kind: str = "lamp", side: int = 200
) -> bytes:
    """A phone's JPEG of a digit on paper.

    Under a lamp to one side, through a lens that is darker in the corners, out of focus, with
    sensor noise; kind is "lamp", "shadow" (of a hand), "lined" (paper), "close" (no margins) or
    "table" (the paper lies on it).
    """
    ink = enlarged(digit, side) / 255
    margins = rng.integers(side // 8, side, 4) * (kind != "close")
    ink = np.pad(ink, margins.reshape(2, 2))
    height, width = ink.shape
    paper = np.full(ink.shape, rng.uniform(160, 215))
    if kind == "lined":
        paper[np.arange(height) % (side // 6) < max(1, side // 100)] *= 0.85
    grey = paper + (rng.uniform(20, 90) - paper) * ink
    if kind == "table":
        grey = np.pad(grey, side // 4, constant_values=rng.uniform(30, 80))
        angle = rng.uniform(-5, 5)
        grey = np.asarray(ndimage.rotate(grey, angle, reshape=False, order=1, mode="nearest"))
        height, width = grey.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0.1, 0.35) * (np.cos(angle) * x + np.sin(angle) * y)
    light *= 1 - rng.uniform(0, 0.3) * (x**2 + y**2) / 2
    if kind == "shadow":
        edge = np.cos(angle + 1) * x + np.sin(angle + 1) * y - rng.uniform(-0.5, 0.5)
        light *= 1 - rng.uniform(0.3, 0.5) / (1 + np.exp(-edge / rng.uniform(0.01, 0.1)))
    grey = ndimage.gaussian_filter(light * grey, rng.uniform(0.5, 2))
    grey += rng.normal(0, rng.uniform(2, 8), grey.shape)
    return encoded(
        np.clip(grey, 0, 255).astype(np.uint8), "JPEG", quality=int(rng.integers(40, 90))
    )
