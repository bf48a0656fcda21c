"""Data sets as uint8 tensors, asked for by name.

    mnist     60,000 + 10,000 digits, in files that are verified, and downloaded where missing; the
              test images alone come with this program
    digits    1,437 + 360 digits inside scikit-learn: no file, no network

Source: Alpaydin & Kaynak 1998, "Optical recognition of handwritten digits" (digits).
"""

import os
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from vae.config import DatasetName
from vae.data.mnist import MIRRORS, MNIST, Report, are_there, fetch, read, read_test, verify

DIGITS_TEST = 360  # a fifth of the digits, held back


class Split(NamedTuple):
    """Images and what they show."""

    images: Tensor  # (N, 28, 28) uint8, 0 is background and 255 is ink
    labels: Tensor  # (N,) uint8, 0..9


class Dataset(NamedTuple):
    """A data set in memory, on the CPU."""

    name: DatasetName
    train: Split
    test: Split


def hold_back(dataset: Dataset, count: int) -> tuple[Split, Split]:
    """The images to train on, and those to judge by while training.

    Args:
        count: the last so many training images are held back as a validation set, a sixth of them
            at most; with 0 the test set judges.
    """
    train = dataset.train
    count = min(count, len(train.images) // 6)
    if not count:
        return train, dataset.test
    return (
        Split(train.images[:-count], train.labels[:-count]),
        Split(train.images[-count:], train.labels[-count:]),
    )


def root() -> Path:
    """The folder of the data sets: `$LATENT_ATLAS_DATA`, or `data` beside app.py."""
    folder = os.environ.get("LATENT_ATLAS_DATA") or Path(__file__).parents[2] / "data"
    return Path(folder).absolute()


def raw_folder() -> Path:
    """Where torchvision keeps the four files of MNIST."""
    return root() / "MNIST" / "raw"


def is_on_disk(name: DatasetName) -> bool:
    """Whether `load` has all its files, by their sizes alone: cheap enough for every rerun."""
    return name == "digits" or are_there(MNIST, raw_folder())


def load(name: DatasetName) -> Dataset:
    """Read a data set from the disk, verifying every byte of it.

    Raises:
        DataError: if a file is missing or damaged.
    """
    return _load_digits() if name == "digits" else _load_mnist(raw_folder())


@cache
def load_test(name: DatasetName) -> Split:
    """The test images alone, which are always at hand: MNIST's come with this program.

    They are read once, and are the same tensors whoever asks: nobody may write into them.

    Raises:
        DataError: if its own files are damaged.
    """
    return Split(*read_test()) if name == "mnist" else _load_digits().test


def first_of_each() -> list[NDArray[np.uint8]]:
    """Twenty test digits, (28, 28) each: the first of every class of MNIST, then scikit-learn's."""
    found: list[NDArray[np.uint8]] = []
    for name in get_args(DatasetName):
        test = load_test(name)
        places = [int((test.labels == digit).nonzero()[0]) for digit in range(10)]
        found += [test.images[place].numpy() for place in places]
    return found


def originals(name: DatasetName, labels: Tensor) -> Tensor | None:
    """(N, 28, 28) The test images, if these are their labels: what a checkpoint has encoded."""
    test = load_test(name)
    return test.images if torch.equal(test.labels, labels.cpu()) else None


def download(name: DatasetName, report: Report) -> None:
    """Put a data set where `load` finds it; what is there and whole is kept.

    Args:
        name: digits needs no download.
        report: is told, in words, how far it has come.

    Raises:
        DataError: if no mirror gives the right bytes, or the disk does not take them.
    """
    if name == "mnist":
        fetch(MNIST, raw_folder(), report, MIRRORS)


def _load_mnist(folder: Path) -> Dataset:
    verify(MNIST, folder)
    train, test = (Split(*read(folder, prefix)) for prefix in ("train", "t10k"))
    return Dataset("mnist", train, test)


def _load_digits() -> Dataset:
    from sklearn.datasets import load_digits
    from sklearn.utils import shuffle

    digits: Any = load_digits()
    # A seed in scikit-learn means numpy's RandomState, the one generator whose stream is frozen
    # for good (NEP 19): a checkpoint's test set stays a test set in every later version.
    shuffled: Any = shuffle(digits.images, digits.target, random_state=0)
    images, labels = map(torch.from_numpy, shuffled)
    everything = Split(_enlarge(images), labels.to(torch.uint8))
    train, test = (
        Split(*(part[rows].clone() for part in everything))
        for rows in (slice(None, -DIGITS_TEST), slice(-DIGITS_TEST, None))
    )
    return Dataset("digits", train, test)


def _enlarge(images: Tensor) -> Tensor:
    """(N, 8, 8) in 0..16 -> (N, 28, 28) uint8, with the digit in the middle 20 rows and columns."""
    # The digits touch their borders: without paper around them the strokes would end in a cut.
    paper = F.pad(images[:, None], (2, 2, 2, 2))  # (N, 1, 12, 12)
    large = F.interpolate(paper, scale_factor=2.5, mode="bicubic")  # (N, 1, 30, 30)
    levels = large.mul(255 / 16).round().clamp(0, 255)  # the cubic overshoots at an edge
    return levels.to(torch.uint8)[:, 0, 1:-1, 1:-1].contiguous()
