import gc
import gzip
import hashlib
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pooch  # noqa: F401 - now, while this process may still read every library
import pytest
import requests  # noqa: F401

from tests.support.disk import flip_a_byte, largest_file, without_privileges
from tests.support.mirror import Mirror
from vae.data import mnist
from vae.data.mnist import MNIST, File
from vae.errors import DataError

# Two files of our own, because those of MNIST may not be here: noise, so that it does not compress.
CONTENT = {
    "first-file": random.Random(1).randbytes(5_000),
    "second-file": random.Random(2).randbytes(400_000),
}
ARCHIVES = {f"{name}.gz": gzip.compress(body, 1, mtime=0) for name, body in CONTENT.items()}


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


FILES = [
    File(name, len(body), md5(body), md5(ARCHIVES[f"{name}.gz"])) for name, body in CONTENT.items()
]
WHOLE = CONTENT | ARCHIVES
# What a mirror does, and what the person is told of it.
FAULTS = {
    "missing": "404 Client Error: Not Found",
    "log_in_first": "MD5 hash of downloaded file",
    "flipped_bit": "MD5 hash of downloaded file",
    "truncated": "IncompleteRead|MD5 hash of downloaded file",
    "silent": "timed out",
    "stalled": "timed out",
}
IMPATIENT = 0.4  # seconds


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    with Mirror(ARCHIVES) as server:
        yield server


# pooch leaves the socket of a mirror at fault to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def collect_sockets() -> Iterator[None]:
    """Or the warning would meet another test."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other accounts can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Path(folder).chmod(0o755)  # or it could not be removed


def fetch(folder: Path, *mirrors: str, patience: float = mnist.PATIENCE) -> list[str]:
    """What was said of the progress."""
    said: list[str] = []
    mnist.fetch(FILES, folder, said.append, mirrors, patience)
    return said


def write_files(folder: Path) -> None:
    for name, body in CONTENT.items():
        (folder / name).write_bytes(body)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def told(error: pytest.ExceptionInfo[DataError]) -> str:
    return str(error.value)


def test_the_smallest_file_comes_first_so_that_a_bad_folder_shows_early():
    assert list(MNIST) == sorted(MNIST, key=lambda file: file.size)


# What is on the disk


def test_a_flipped_byte_is_told_and_nothing_else_is(tmp_path: Path):
    write_files(tmp_path)
    mnist.verify(FILES, tmp_path)
    flip_a_byte(tmp_path / "second-file")
    with pytest.raises(DataError) as error:
        mnist.verify(FILES, tmp_path)
    assert "second-file has the MD5 " in told(error)
    assert f" instead of {FILES[1].md5}. Delete what is damaged" in told(error)
    assert "first-file" not in told(error)


def test_a_file_that_may_not_be_read_is_told(public: Path):
    write_files(public)
    (public / "second-file").chmod(0)
    with without_privileges(), pytest.raises(DataError) as error:
        mnist.verify(FILES, public)
    assert "damaged: second-file cannot be read (Permission denied). " in told(error)


def test_a_folder_that_may_not_be_entered_is_told(public: Path, mirror: Mirror):
    folder = public / "closed"
    folder.mkdir()
    write_files(folder)
    folder.chmod(0)
    with without_privileges():
        with pytest.raises(DataError, match=r"first-file cannot be read \(Permission denied\)"):
            mnist.verify(FILES, folder)
        with pytest.raises(DataError, match="cannot be written: Permission denied"):
            fetch(folder, mirror.address("good"))


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path):
    write_files(tmp_path)
    (tmp_path / "first-file").unlink()
    (tmp_path / "first-file").mkdir()
    with pytest.raises(DataError, match=r"first-file has [\d,]+ bytes instead of 5,000"):
        mnist.verify(FILES, tmp_path)


# Downloading


def test_a_download_leaves_the_files_their_archives_and_nothing_else(
    mirror: Mirror, tmp_path: Path
):
    fetch(tmp_path / "new" / "folder", mirror.address("good"))
    assert contents(tmp_path / "new" / "folder") == WHOLE
    mnist.verify(FILES, tmp_path / "new" / "folder")


@pytest.mark.parametrize("behaviour", FAULTS)
def test_a_mirror_at_fault_is_told_and_leaves_nothing_and_the_next_one_is_asked(
    behaviour: str, mirror: Mirror, tmp_path: Path
):
    address = mirror.address(behaviour)
    with pytest.raises(DataError, match=FAULTS[behaviour]) as error:
        fetch(tmp_path, address, patience=IMPATIENT)
    assert told(error).startswith(f"first-file could not be downloaded into {tmp_path}: {address} ")
    assert told(error).endswith(
        "Check the connection and try again, copy the four files there (unpacked, or as .gz), or "
        "choose the data set digits, which needs no download."
    )
    assert contents(tmp_path) == {}
    asked = mirror.asked[behaviour]
    fetch(tmp_path, address, mirror.address("good"), patience=IMPATIENT)
    assert mirror.asked[behaviour] > asked
    assert contents(tmp_path) == WHOLE


def test_without_a_connection_every_mirror_is_named(tmp_path: Path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        mirrors = [f"http://127.0.0.1:{closed.getsockname()[1]}/{name}" for name in ("a", "b")]
        with pytest.raises(DataError) as error:
            fetch(tmp_path, *mirrors)
    for address in mirrors:
        assert f"{address} gave no usable answer" in told(error)
    assert "Connection refused" in told(error)
    assert "Check the connection" in told(error)


def test_progress_is_told_while_a_file_is_coming(mirror: Mirror, tmp_path: Path):
    said = fetch(tmp_path, mirror.address("good"))
    assert said == [f"second-file.gz, {part} of 0.4 MB" for part in (0.1, 0.2, 0.3, 0.4, 0.4)]


def test_files_on_disk_are_not_asked_for(mirror: Mirror, tmp_path: Path):
    write_files(tmp_path)
    asked = mirror.asked["good"]
    assert fetch(tmp_path, mirror.address("good")) == []
    assert mirror.asked["good"] == asked
    assert contents(tmp_path) == CONTENT


@pytest.mark.parametrize("damage", [flip_a_byte, lambda path: os.truncate(path, 100)])
def test_only_the_damaged_file_is_downloaded_again(damage, mirror: Mirror, tmp_path: Path):
    write_files(tmp_path)
    damage(tmp_path / "second-file")
    asked = mirror.asked["good"]
    fetch(tmp_path, mirror.address("good"))
    mnist.verify(FILES, tmp_path)
    assert mirror.asked["good"] == asked + 1


def test_an_archive_in_the_folder_is_unpacked_without_a_mirror(mirror: Mirror, tmp_path: Path):
    for name, body in ARCHIVES.items():
        (tmp_path / name).write_bytes(body)
    asked = mirror.asked["missing"]
    fetch(tmp_path, mirror.address("missing"))
    mnist.verify(FILES, tmp_path)
    assert mirror.asked["missing"] == asked


def test_a_damaged_archive_in_the_folder_is_downloaded_again(mirror: Mirror, tmp_path: Path):
    (tmp_path / "second-file.gz").write_bytes(ARCHIVES["second-file.gz"][:1000])
    fetch(tmp_path, mirror.address("good"))
    assert contents(tmp_path) == WHOLE


def test_a_download_that_is_stopped_leaves_nothing_behind(mirror: Mirror, tmp_path: Path):
    def stop(words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mnist.fetch(FILES[1:], tmp_path, stop, [mirror.address("good")])
    assert contents(tmp_path) == {}


def test_a_full_disk_is_told_and_not_blamed_on_the_mirror(mirror: Mirror, tmp_path: Path):
    asked = mirror.asked["good"]
    with largest_file(100_000), pytest.raises(DataError) as error:
        fetch(tmp_path, mirror.address("good"), mirror.address("good"))
    assert told(error) == (
        f"{tmp_path / 'second-file'} cannot be written: File too large. Make room for 70 MB there, "
        "name a folder that can be written in LATENT_ATLAS_DATA, or choose the data set digits, "
        "which needs no disk."
    )
    assert mirror.asked["good"] == asked + len(FILES)
    assert contents(tmp_path).keys() == {"first-file", "first-file.gz"}
    fetch(tmp_path, mirror.address("good"))
    assert contents(tmp_path) == WHOLE


def test_a_folder_that_cannot_be_made_is_told(mirror: Mirror, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="first-file cannot be written: Not a directory"):
        fetch(tmp_path / "file" / "raw", mirror.address("good"))


def test_a_read_only_folder_is_read_but_not_written(mirror: Mirror, public: Path):
    write_files(public)
    public.chmod(0o555)
    with without_privileges():
        fetch(public)
        mnist.verify(FILES, public)
    public.chmod(0o755)
    (public / "first-file").unlink()
    public.chmod(0o555)
    with (
        without_privileges(),
        pytest.raises(DataError, match=r"first-file cannot be written: .*[Pp]ermission denied"),
    ):
        fetch(public, mirror.address("good"))


def test_two_downloads_at_once_do_no_harm(mirror: Mirror, tmp_path: Path):
    with ThreadPoolExecutor(2) as pool:  # the mirror answers only when both ask
        both = [pool.submit(fetch, tmp_path, mirror.address("together")) for _ in range(2)]
    assert [download.exception() for download in both] == [None, None]
    assert contents(tmp_path) == WHOLE
