"""Pictures for the tests: digits from the data sets, and what a phone makes of them on paper."""

import io
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits

ROOT = Path(__file__).parents[1]


@cache
def mnist() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's test images (10000, 28, 28) and labels (10000,); the test is skipped without them."""
    raw = Path(os.environ.get("LATENT_ATLAS_DATA", ROOT / "data")) / "MNIST" / "raw"
    images, labels = raw / "t10k-images-idx3-ubyte", raw / "t10k-labels-idx1-ubyte"
    if not (images.is_file() and labels.is_file()):
        pytest.skip(f"MNIST is not under {raw.parent.parent}: set LATENT_ATLAS_DATA to its folder")
    return (
        np.fromfile(images, np.uint8, offset=16).reshape(-1, 28, 28),
        np.fromfile(labels, np.uint8, offset=8),
    )


@cache
def small_digits() -> np.ndarray:
    """scikit-learn's digits, (1797, 8, 8) uint8, 255 is ink."""
    return np.round(load_digits().images * (255 / 16)).astype(np.uint8)


def encoded(picture: np.ndarray | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer := io.BytesIO(), kind, **options)
    return buffer.getvalue()


def photo(digit: np.ndarray, rng: np.random.Generator, kind: str = "plain") -> np.ndarray:
    """A phone's view of a digit written with a pen: (height, width) uint8.

    The digit is enlarged and laid on paper with room around it; then come the lamp's gradient, the
    lens's vignette, a shadow's edge, blur, sensor noise and JPEG compression.
    """
    side = int(rng.integers(300, 900))
    ink = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)) / 255
    ink = np.clip((ink - 0.3) / 0.4, 0, 1)
    margins = rng.integers(0, side, 4) if kind != "close" else np.zeros(4, int)
    ink = np.pad(ink, margins.reshape(2, 2))
    height, width = ink.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0.1, 0.35) * (np.cos(angle) * x + np.sin(angle) * y)
    light *= 1 - rng.uniform(0, 0.3) * (x**2 + y**2) / 2
    if kind == "shadow":
        edge = np.cos(angle + 1) * x + np.sin(angle + 1) * y - rng.uniform(-0.5, 0.5)
        light *= 1 - rng.uniform(0.3, 0.5) / (1 + np.exp(-edge / rng.uniform(0.01, 0.1)))
    paper, pen = rng.uniform(160, 215), rng.uniform(20, 90)
    grey = light * (paper + (pen - paper) * ink)
    if kind == "lined":
        rows = np.arange(height) % max(20, side // 6) < max(1, side // 150)
        grey[rows] *= 0.85
    grey = ndimage.gaussian_filter(grey, rng.uniform(0.5, 3))
    grey += ndimage.gaussian_filter(rng.normal(0, rng.uniform(3, 12), grey.shape), 0.6)
    pixels = np.clip(grey, 0, 255).astype(np.uint8)
    source = encoded(pixels, "JPEG", quality=int(rng.integers(40, 85)))
    return np.asarray(Image.open(io.BytesIO(source)))
