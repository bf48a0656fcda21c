import gzip
import hashlib
import os
import random
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.disk import flip_a_byte, largest_file, without_privileges
from tests.support.mirror import BEHAVIOURS, Mirror
from vae.data import mnist
from vae.data.mnist import MNIST, File
from vae.errors import DataError

# Two files of our own, because those of MNIST may not be here: noise, so that it does not compress.
CONTENT = {
    "first-file": random.Random(1).randbytes(5_000),
    "second-file": random.Random(2).randbytes(200_000),
}
FILES = [
    File(name, len(body), hashlib.md5(body, usedforsecurity=False).hexdigest())
    for name, body in CONTENT.items()
]
# What a mirror does, and what the person is told of it.
FAULTS = {
    "missing": "answered 404 Not Found",
    "broken": "answered 500 Internal Server Error",
    "redirect_loop": "answered 302 Found",
    "redirect_to_nonsense": r"gave no usable answer \(ValueError",
    "log_in_first": r"sent something other than a whole \.gz",
    "flipped_bit": r"sent something other than a whole \.gz",
    "wrong_bytes": f"sent a file with the MD5 [0-9a-f]{{32}} instead of {FILES[0].md5}",
    "bomb": "sent more than 5,000 bytes",
    "truncated": r"sent only [\d,]+ of 5,000 bytes",
    "truncated_chunks": r"gave no usable answer \(IncompleteRead",
    "short_length": r"sent only [\d,]+ of 5,000 bytes",
    "empty": "sent only 0 of 5,000 bytes",
    "silent": "did not answer in time",
    "stalled": "did not answer in time",
    "dripping": r"sent only \d+ bytes in \d+ s",
    "closing": r"gave no usable answer \(RemoteDisconnected",
    "resetting": r"gave no usable answer \(ConnectionResetError",
    "not_http": r"gave no usable answer \(BadStatusLine",
}
WITHOUT_FAULT = ("good", "without_a_length", "slowly", "redirect", "long_length")
IMPATIENT = 0.4  # seconds


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    with Mirror(CONTENT) as server:
        yield server


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


def fetch(folder: Path, *mirrors: str, patience: float = mnist.PATIENCE) -> list[mnist.Progress]:
    return list(mnist.fetch(FILES, folder, mirrors, patience))


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


@pytest.mark.parametrize("behaviour", WITHOUT_FAULT)
def test_a_download_leaves_the_files_and_nothing_else(
    behaviour: str, mirror: Mirror, tmp_path: Path
):
    fetch(tmp_path / "new" / "folder", mirror.address(behaviour))
    assert contents(tmp_path / "new" / "folder") == CONTENT
    mnist.verify(FILES, tmp_path / "new" / "folder")


def test_every_behaviour_of_the_mirror_is_tested():
    assert {*FAULTS, *WITHOUT_FAULT} == set(BEHAVIOURS)


@pytest.mark.parametrize("behaviour", FAULTS)
def test_a_mirror_at_fault_is_told_and_the_second_attempt_succeeds(
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
    fetch(tmp_path, mirror.address("good"))
    assert contents(tmp_path) == CONTENT


@pytest.mark.parametrize("behaviour", FAULTS)
def test_after_a_mirror_at_fault_the_next_one_is_asked(
    behaviour: str, mirror: Mirror, tmp_path: Path
):
    write_files(tmp_path)
    (tmp_path / "second-file").unlink()
    asked = mirror.asked[behaviour]
    fetch(tmp_path, mirror.address(behaviour), mirror.address("good"), patience=IMPATIENT)
    assert contents(tmp_path) == CONTENT
    assert mirror.asked[behaviour] > asked


def test_a_small_archive_that_unpacks_to_far_too_much_is_not_unpacked(
    mirror: Mirror, tmp_path: Path
):
    most = 0
    with pytest.raises(DataError, match="sent more than 5,000 bytes"):
        for report in mnist.fetch(FILES, tmp_path, [mirror.address("bomb")]):
            most = max(most, report.done_bytes)
    assert most == 5_001, "one byte too many is enough to know"


def test_without_a_connection_every_mirror_is_named(tmp_path: Path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        mirrors = [f"http://127.0.0.1:{closed.getsockname()[1]}/{name}" for name in ("a", "b")]
        with pytest.raises(DataError) as error:
            fetch(tmp_path, *mirrors)
    for address in mirrors:
        assert f"{address} could not be reached ([Errno " in told(error)
    assert "Connection refused" in told(error)
    assert "Check the connection" in told(error)


def test_progress_rises_to_the_whole_data_set(mirror: Mirror, tmp_path: Path):
    reports = fetch(tmp_path, mirror.address("good"))
    done = [report.done_bytes for report in reports]
    assert reports[0] == ("first-file", 0, 205_000)
    assert reports[-1] == ("second-file", 205_000, 205_000)
    assert done == sorted(done)
    assert any(5_000 < count < 205_000 for count in done), "no report while a file is coming"
    assert {report.file for report in reports} == set(CONTENT)


def test_files_on_disk_count_as_done_and_are_not_asked_for(mirror: Mirror, tmp_path: Path):
    write_files(tmp_path)
    asked = mirror.asked["good"]
    reports = fetch(tmp_path, mirror.address("good"))
    assert [report.done_bytes for report in reports] == [0, 5_000, 205_000]
    assert mirror.asked["good"] == asked


@pytest.mark.parametrize("damage", [flip_a_byte, lambda path: os.truncate(path, 100)])
def test_only_the_damaged_file_is_downloaded_again(damage, mirror: Mirror, tmp_path: Path):
    write_files(tmp_path)
    damage(tmp_path / "second-file")
    asked = mirror.asked["good"]
    fetch(tmp_path, mirror.address("good"))
    assert contents(tmp_path) == CONTENT
    assert mirror.asked["good"] == asked + 1


def test_an_archive_in_the_folder_is_unpacked_without_a_mirror(tmp_path: Path):
    for name, body in CONTENT.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(body))
    fetch(tmp_path)
    mnist.verify(FILES, tmp_path)


def test_a_damaged_archive_in_the_folder_is_passed_over(mirror: Mirror, tmp_path: Path):
    whole = gzip.compress(CONTENT["second-file"])
    (tmp_path / "second-file.gz").write_bytes(whole[:1000])
    with pytest.raises(
        DataError, match=rf"{tmp_path.as_uri()} sent only [\d,]+ of 200,000 bytes; "
    ):
        list(mnist.fetch(FILES[1:], tmp_path, [mirror.address("missing")]))
    fetch(tmp_path, mirror.address("good"))
    mnist.verify(FILES, tmp_path)


def test_an_abandoned_download_leaves_nothing_behind(mirror: Mirror, tmp_path: Path):
    reports = mnist.fetch(FILES[1:], tmp_path, [mirror.address("stalled")], IMPATIENT)
    assert any(report.done_bytes > 0 for report in reports)  # takes no more than it needs
    reports.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert contents(tmp_path) == {}


def test_a_full_disk_is_told_and_the_second_attempt_succeeds(mirror: Mirror, tmp_path: Path):
    with largest_file(100_000), pytest.raises(DataError) as error:
        fetch(tmp_path, mirror.address("good"))
    assert told(error) == (
        f"{tmp_path / 'second-file'} cannot be written: File too large. Make room for 55 MB there, "
        "name a folder that can be written in LATENT_ATLAS_DATA, or choose the data set digits, "
        "which needs no disk."
    )
    assert contents(tmp_path) == {"first-file": CONTENT["first-file"]}
    fetch(tmp_path, mirror.address("good"))
    assert contents(tmp_path) == CONTENT


def test_a_full_disk_is_not_blamed_on_the_mirror(mirror: Mirror, tmp_path: Path):
    asked = mirror.asked["good"]
    with largest_file(1_000), pytest.raises(DataError, match="File too large"):
        fetch(tmp_path, mirror.address("good"), mirror.address("good"))
    assert mirror.asked["good"] == asked + 1


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
        other = [File("third-file", *FILES[0][1:])]
        with pytest.raises(DataError, match="third-file could not be downloaded"):
            list(mnist.fetch(other, public, [mirror.address("good")]))
    public.chmod(0o755)
    (public / "first-file").unlink()
    public.chmod(0o555)
    with (
        without_privileges(),
        pytest.raises(DataError, match="first-file cannot be written: Permission denied"),
    ):
        fetch(public, mirror.address("good"))


def test_two_downloads_at_once_do_no_harm(mirror: Mirror, tmp_path: Path):
    asked = mirror.asked["slowly"]
    failures: list[BaseException] = []

    def download() -> None:
        try:
            fetch(tmp_path, mirror.address("slowly"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=download) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert mirror.asked["slowly"] - asked > len(FILES), "the downloads did not overlap"
    assert contents(tmp_path) == CONTENT
