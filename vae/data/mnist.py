"""The four files of MNIST: recognised on the disk, downloaded where they are missing, and read.

They lie as torchvision lays them out. The download is pooch's. torchvision has one too, but a
silent mirror stops it for ever, it takes half a file for a whole one, and to import it takes
longer than torch itself.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition".
"""

import gzip
import hashlib
import lzma
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae.config import SIDE
from vae.errors import DataError
from vae.files import write_atomically

OURS = Path(__file__).parent / "mnist_test"  # with its licence
PATIENCE = 10.0  # seconds that a mirror may stay silent
OR_DIGITS = "or choose the data set digits, which needs no download."
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist", "http://yann.lecun.com/exdb/mnist")
Report = Callable[[str], None]  # is told, in words, how far a download has come


class File(NamedTuple):
    """A file of a data set, and how to recognise it."""

    name: str
    size: int  # bytes
    md5: str
    archive_md5: str  # of the .gz that mirrors have


# The smallest file comes first: a folder that refuses it does so before the long download.
MNIST = (
    File(
        "t10k-labels-idx1-ubyte",
        10_008,
        "27ae3e4e09519cfbb04c329615203637",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    File(
        "train-labels-idx1-ubyte",
        60_008,
        "a25bea736e30d166cdddb491f175f624",
        "d53e105ee54ea40749a09fcbcd1e9432",
    ),
    File(
        "t10k-images-idx3-ubyte",
        7_840_016,
        "2646ac647ad5339dbf082846283269ea",
        "9fb629c4189551a2d022fa330f9573f3",
    ),
    File(
        "train-images-idx3-ubyte",
        47_040_016,
        "6bbc9ace898e44ae57da46a324031adb",
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    ),
)


def are_there(files: Sequence[File], folder: Path) -> bool:
    """Whether the folder has all the files, by their sizes alone."""
    return all(_size(folder / file.name) == file.size for file in files)


def verify(files: Sequence[File], folder: Path) -> None:
    """Check that each file is there and is what it should be.

    Raises:
        DataError: if not, naming each file that is missing or damaged.
    """
    faults = {file.name: fault for file in files if (fault := _fault(file, folder))}
    if not faults:
        return
    if list(faults.values()) == ["is missing"] * len(files):
        raise DataError(
            f"MNIST is not in {folder}. Download it, copy the four files there, {OR_DIGITS}"
        )
    words = "; ".join(f"{name} {fault}" for name, fault in faults.items())
    raise DataError(
        f"MNIST in {folder} is incomplete or damaged: {words}. "
        f"Delete what is damaged and download it again, copy the four files there, {OR_DIGITS}"
    )


def fetch(
    files: Sequence[File],
    folder: Path,
    report: Report,
    mirrors: Sequence[str],
    patience: float = PATIENCE,
) -> None:
    """Download those of the files that are not in the folder, or not as they should be.

    The archives stay beside them. Each file appears under its name only when all of it has come
    and has been verified, so stopping at any moment and two downloads at once do no harm.

    Raises:
        DataError: if no mirror gives the right bytes, or the disk does not take them.
    """
    for file in files:
        if _fault(file, folder):
            try:
                archive = _download(file, folder, report, mirrors, patience)
                write_atomically(folder / file.name, gzip.decompress(archive.read_bytes()))
            except OSError as error:
                raise DataError(
                    f"{folder / file.name} cannot be written: {error.strerror or error}. Make room "
                    "for 70 MB there, name a folder that can be written in LATENT_ATLAS_DATA, "
                    "or choose the data set digits, which needs no disk."
                ) from error


def read(folder: Path, prefix: str) -> tuple[Tensor, Tensor]:
    """Read the training images or the test images, whose files `verify` has accepted.

    Args:
        folder: where the files lie.
        prefix: of the names of the two files, train or t10k.

    Returns:
        The images, (N, 28, 28) uint8, and their labels, (N,) uint8.
    """
    images = np.fromfile(folder / f"{prefix}-images-idx3-ubyte", np.uint8, offset=16)
    labels = np.fromfile(folder / f"{prefix}-labels-idx1-ubyte", np.uint8, offset=8)
    return torch.from_numpy(images.reshape(-1, SIDE, SIDE)), torch.from_numpy(labels)


def read_test() -> tuple[Tensor, Tensor]:
    """Read the test images that come with this program.

    Returns:
        The images, (10000, 28, 28) uint8, and their labels, (10000,) uint8.

    Raises:
        DataError: if they are missing or damaged.
    """
    images, labels = (_unpack(file) for file in (MNIST[2], MNIST[0]))
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, SIDE, SIDE)
    return torch.from_numpy(pixels), torch.from_numpy(np.frombuffer(labels, np.uint8, offset=8))


def _unpack(file: File) -> bytearray:
    """The content of one of our own files; torch wants memory that may be written."""
    path = OURS / f"{file.name}.xz"
    try:
        content = bytearray(lzma.decompress(path.read_bytes()))
    except (OSError, lzma.LZMAError):
        content = bytearray()
    if _md5(content).hexdigest() != file.md5:
        raise DataError(f"{path} is missing or damaged: install Latent Atlas again.")
    return content


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


# MD5 finds accidents here and guards no secret; saying so lets hardened (FIPS) Pythons run it.
_md5 = partial(hashlib.md5, usedforsecurity=False)


def _fault(file: File, folder: Path) -> str | None:
    """What is wrong with a file on the disk, as the end of a sentence; None if nothing is."""
    path = folder / file.name
    try:
        if (size := path.stat().st_size) != file.size:
            return f"has {size:,} bytes instead of {file.size:,}"
        with path.open("rb") as content:
            md5 = hashlib.file_digest(content, _md5).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    return None if md5 == file.md5 else f"has the MD5 {md5} instead of {file.md5}"


def _download(
    file: File, folder: Path, report: Report, mirrors: Sequence[str], patience: float
) -> Path:
    """The .gz of a file, in the folder: there already, or from the first mirror that has it."""
    # Imported here because a download is rare.
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    archive, refusals = f"{file.name}.gz", []
    progress: Any = _Progress(archive, report)  # pooch's annotations know only its own bar
    downloader: Any = pooch.HTTPDownloader(progressbar=progress, timeout=patience)
    for mirror in mirrors:
        url, md5 = f"{mirror.rstrip('/')}/{archive}", f"md5:{file.archive_md5}"
        try:
            return Path(pooch.retrieve(url, md5, archive, folder, downloader=downloader))
        except (requests.RequestException, ValueError) as error:  # ValueError: other bytes
            refusals.append(f"{mirror} gave no usable answer ({error})")
    raise DataError(
        f"{file.name} could not be downloaded into {folder}: {'; '.join(refusals)}. "
        "Check the connection and try again, copy the four files there (unpacked, or as .gz), "
        f"{OR_DIGITS}"
    )


class _Progress:
    """A progress bar as pooch wants one, which says in words how far it has come."""

    def __init__(self, name: str, report: Report) -> None:
        self.name, self.report = name, report
        self.total = self.done = 0  # bytes; pooch sets the total

    def update(self, count: int) -> None:
        """So many bytes more have come."""
        before, self.done = self.done, self.done + count
        if self.done // 100_000 > before // 100_000:
            self.report(f"{self.name}, {self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB")

    def reset(self) -> None:
        """The file has come."""
        self.done = 0

    def close(self) -> None:
        """Nothing is left to do."""
