"""The four files of MNIST: recognised on the disk, downloaded where they are missing, and read.

They have the names that torchvision gives them. A mirror is the address of a folder that has them
as .gz; none is trusted, and what comes is verified before it is kept.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition".
"""

import hashlib
import time
import zlib
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from http.client import HTTPException, HTTPResponse, responses
from pathlib import Path
from types import ModuleType
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import torch
from torch import Tensor

from vae.errors import DataError
from vae.files import write_atomically

PATIENCE = 10.0  # seconds that a mirror may stay silent
SLOWEST = 500  # bytes per second: six hours for MNIST, so nobody is waiting for them any more
CHUNK = 1 << 16
HEADERS = {"User-Agent": "latent-atlas"}  # some mirrors refuse Python's own name
OR_DIGITS = "or choose the data set digits, which needs no download."


class File(NamedTuple):
    """A file of a data set, and how to recognise it."""

    name: str
    size: int  # bytes
    md5: str


# torchvision's checksums are those of the .gz, which need not be kept; these are of what is read.
# The smallest file comes first: a folder that refuses it does so before the long download.
MNIST = (
    File("t10k-labels-idx1-ubyte", 10_008, "27ae3e4e09519cfbb04c329615203637"),
    File("train-labels-idx1-ubyte", 60_008, "a25bea736e30d166cdddb491f175f624"),
    File("t10k-images-idx3-ubyte", 7_840_016, "2646ac647ad5339dbf082846283269ea"),
    File("train-images-idx3-ubyte", 47_040_016, "6bbc9ace898e44ae57da46a324031adb"),
)


class Progress(NamedTuple):
    """How far a download has come, over all files of the data set, in bytes on the disk."""

    file: str  # the one that is coming
    done_bytes: int  # falls back to the start of the file when a mirror lets us down
    total_bytes: int

    @property
    def words(self) -> str:
        """For a person: the file and the megabytes."""
        return f"{self.file}, {self.done_bytes / 1e6:.0f} of {self.total_bytes / 1e6:.0f} MB"


class _MirrorError(Exception):
    """What one mirror did wrong; the next one is asked."""


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
    files: Sequence[File], folder: Path, mirrors: Sequence[str], patience: float = PATIENCE
) -> Iterator[Progress]:
    """Download those of the files that are not in the folder, or not as they should be.

    Raises:
        DataError: if no mirror gives the right bytes, or the disk does not take them.
    """
    done, total = 0, sum(file.size for file in files)
    for file in files:
        yield Progress(file.name, done, total)
        if _fault(file, folder):
            for arrived in _download_file(file, folder, mirrors, patience):
                yield Progress(file.name, done + arrived, total)
        done += file.size
    yield Progress(files[-1].name, done, total)


def read(folder: Path, prefix: str) -> tuple[Tensor, Tensor]:
    """Read the training images or the test images, whose files `verify` has accepted.

    Args:
        folder: where the files lie.
        prefix: of the names of the two files, train or t10k.

    Returns:
        The images, (N, 28, 28) uint8, and their labels, (N,) uint8.

    Raises:
        DataError: if torchvision does not fit torch.
    """
    reader = _torchvision()
    images = reader.read_image_file(str(folder / f"{prefix}-images-idx3-ubyte"))
    labels = reader.read_label_file(str(folder / f"{prefix}-labels-idx1-ubyte"))
    return images, labels.to(torch.uint8)


def known_mirrors() -> Sequence[str]:
    """The mirrors that torchvision asks.

    Raises:
        DataError: if torchvision does not fit torch.
    """
    return _torchvision().MNIST.mirrors


def _torchvision() -> ModuleType:
    # Imported here because it takes seconds, and because it fails beside a torch it was not
    # built for ("operator torchvision::nms does not exist"), which must not cost us digits.
    try:
        from torchvision.datasets import mnist
    except (ImportError, RuntimeError) as error:
        raise DataError(
            f"MNIST needs a torchvision that fits torch {torch.__version__}, got: {error}. "
            "Install the two together (pip install --upgrade torch torchvision), or choose the "
            "data set digits, which does without."
        ) from error
    return mnist


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


def _download_file(
    file: File, folder: Path, mirrors: Sequence[str], patience: float
) -> Iterator[int]:
    """Yields how many bytes have come, from the mirror that is being asked."""
    archive, refusals = f"{file.name}.gz", []
    # A .gz that someone has put into the folder is as good as a mirror, and nearer.
    here = [folder.absolute().as_uri()] if _size(folder / archive) is not None else []
    for mirror in (*here, *mirrors):
        try:
            content = yield from _receive(file, f"{mirror.rstrip('/')}/{archive}", patience)
            break
        except _MirrorError as error:
            refusals.append(f"{mirror} {error}")
    else:
        raise DataError(
            f"{file.name} could not be downloaded into {folder}: {'; '.join(refusals)}. "
            "Check the connection and try again, copy the four files there (unpacked, or as .gz), "
            f"{OR_DIGITS}"
        )
    _write(folder / file.name, content)


def _receive(file: File, url: str, patience: float) -> Generator[int, None, bytes]:
    """Unpack a .gz while it comes; yields how many bytes there are, returns them verified."""
    content, unpacker = bytearray(), zlib.decompressobj(wbits=31)  # 31: in a gzip envelope
    try:
        with urlopen(Request(url, headers=HEADERS), timeout=patience) as response:
            for chunk in _chunks(response, patience):
                # One byte too many is enough to know: a small file can unpack to terabytes.
                content += unpacker.decompress(chunk, file.size + 1 - len(content))
                yield len(content)
                if unpacker.eof or len(content) > file.size:
                    break  # or a wrong Content-Length would have us wait for more
    except HTTPError as error:
        error.close()
        raise _MirrorError(f"answered {error.code} {responses.get(error.code, '')}") from error
    except (OSError, HTTPException, ValueError, zlib.error) as error:
        raise _MirrorError(_excuse(error)) from error
    _refuse_other(content, file)
    return bytes(content)


def _refuse_other(content: bytearray, file: File) -> None:
    if len(content) > file.size:
        raise _MirrorError(f"sent more than {file.size:,} bytes")
    if len(content) < file.size:
        raise _MirrorError(f"sent only {len(content):,} of {file.size:,} bytes")
    if (md5 := _md5(content).hexdigest()) != file.md5:
        raise _MirrorError(f"sent a file with the MD5 {md5} instead of {file.md5}")


def _chunks(response: HTTPResponse, patience: float) -> Iterator[bytes]:
    """The body as it comes, unless it comes so slowly that no timeout of the socket notices."""
    waited, arrived = 0.0, 0
    while True:
        start = time.monotonic()
        chunk = response.read1(CHUNK)
        waited += time.monotonic() - start
        arrived += len(chunk)
        if not chunk:
            return
        if waited > patience:
            if arrived < SLOWEST * waited:
                raise _MirrorError(f"sent only {arrived:,} bytes in {waited:.0f} s")
            waited, arrived = 0.0, 0
        yield chunk


def _excuse(error: Exception) -> str:
    """Why a mirror gave nothing, as the end of a sentence."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "did not answer in time"
    if isinstance(error, zlib.error):
        return f"sent something other than a whole .gz ({error})"
    if isinstance(error, URLError):
        return f"could not be reached ({reason})"
    return f"gave no usable answer ({type(error).__name__}: {error})"


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}. Make room for "
            f"{sum(file.size for file in MNIST) / 1e6:.0f} MB there, name a folder that can be "
            "written in LATENT_ATLAS_DATA, or choose the data set digits, which needs no disk."
        ) from error
