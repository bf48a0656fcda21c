import gzip
import hashlib
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torchvision.datasets import mnist as torchvisions

from tests.mirror import BEHAVIOURS, Mirror
from vae import data
from vae.config import SIDE
from vae.data import MNIST, File
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
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("LATENT_ATLAS_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def raw(home: Path) -> Path:
    """An empty folder where MNIST belongs."""
    folder = home / "MNIST" / "raw"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def real() -> Path:
    if not (os.environ.get("LATENT_ATLAS_DATA") and data.is_on_disk("mnist")):
        pytest.skip("needs LATENT_ATLAS_DATA to name a folder with MNIST/raw/*-ubyte")
    return data.raw_folder()


@pytest.fixture(scope="session")
def digits() -> data.Dataset:
    return data.load("digits")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other accounts can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Path(folder).chmod(0o755)  # or it could not be removed


@contextmanager
def without_privileges() -> Iterator[None]:
    """Permissions mean nothing to root: be nobody for a moment."""
    if not hasattr(os, "geteuid"):
        pytest.skip("the permissions of this system are not those of Unix")
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("root here cannot become nobody, and no permission stops root")
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk that takes no file beyond `size` bytes."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fetch(folder: Path, *mirrors: str, patience: float = data.PATIENCE) -> list[data.Progress]:
    return list(data.fetch(FILES, folder, mirrors, patience))


def write_files(folder: Path) -> None:
    for name, body in CONTENT.items():
        (folder / name).write_bytes(body)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def flip_a_byte(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(body)


def told(error: pytest.ExceptionInfo[DataError]) -> str:
    return str(error.value)


# Where the data lie


def test_the_data_folder_is_named_by_the_environment(home: Path):
    assert data.root() == home
    assert data.raw_folder() == home / "MNIST" / "raw"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_the_data_folder_is_beside_the_app(
    value: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LATENT_ATLAS_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("LATENT_ATLAS_DATA", value)
    assert data.root() == Path(__file__).resolve().parents[1] / "data"


def test_a_relative_data_folder_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LATENT_ATLAS_DATA", "here")
    assert data.root() == tmp_path / "here"


def test_the_files_are_those_of_torchvision(home: Path):
    assert {f"{file.name}.gz" for file in MNIST} == {
        name for name, _ in torchvisions.MNIST.resources
    }
    reader = object.__new__(torchvisions.MNIST)  # its __init__ would want the files
    reader.root = str(home)
    assert Path(reader.raw_folder) == data.raw_folder()


def test_the_smallest_file_comes_first_so_that_a_bad_folder_shows_early():
    assert list(MNIST) == sorted(MNIST, key=lambda file: file.size)


# Reading MNIST


def test_a_missing_folder_is_told_with_what_to_do(home: Path):
    assert not data.is_on_disk("mnist")
    with pytest.raises(DataError) as error:
        data.load("mnist")
    assert told(error) == (
        f"MNIST is not in {home / 'MNIST' / 'raw'}. Download it, copy the four files there, "
        "or choose the data set digits, which needs no download."
    )


def test_a_data_folder_that_is_a_file_is_told_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LATENT_ATLAS_DATA", str(tmp_path / "file"))
    assert not data.is_on_disk("mnist")
    with pytest.raises(DataError, match="MNIST is not in "):
        data.load("mnist")


def test_a_half_downloaded_folder_is_told_precisely(raw: Path):
    (raw / "t10k-labels-idx1-ubyte").write_bytes(bytes(10_007))
    (raw / "train-images-idx3-ubyte").write_bytes(b"")
    assert not data.is_on_disk("mnist")
    with pytest.raises(DataError) as error:
        data.load("mnist")
    assert told(error) == (
        f"MNIST in {raw} is incomplete or damaged: "
        "t10k-labels-idx1-ubyte has 10,007 bytes instead of 10,008; "
        "train-labels-idx1-ubyte is missing; t10k-images-idx3-ubyte is missing; "
        "train-images-idx3-ubyte has 0 bytes instead of 47,040,016. "
        "Delete what is damaged and download it again, copy the four files there, or choose the "
        "data set digits, which needs no download."
    )


def test_files_of_the_right_size_with_other_bytes_are_refused(raw: Path):
    for file in MNIST:
        with (raw / file.name).open("wb") as empty:
            empty.truncate(file.size)
    assert data.is_on_disk("mnist"), "which looks at sizes alone"
    with pytest.raises(DataError) as error:
        data.load("mnist")
    for file in MNIST:
        assert f"{file.name} has the MD5 " in told(error)
        assert f" instead of {file.md5}" in told(error)
    os.truncate(raw / MNIST[-1].name, MNIST[-1].size - 1)
    assert not data.is_on_disk("mnist"), "one byte is missing"


def test_a_flipped_byte_is_told_and_nothing_else_is(tmp_path: Path):
    write_files(tmp_path)
    data.verify(FILES, tmp_path)
    flip_a_byte(tmp_path / "second-file")
    with pytest.raises(DataError) as error:
        data.verify(FILES, tmp_path)
    assert "second-file has the MD5 " in told(error)
    assert f" instead of {FILES[1].md5}. Delete what is damaged" in told(error)
    assert "first-file" not in told(error)


def test_a_file_that_may_not_be_read_is_told(public: Path):
    write_files(public)
    (public / "second-file").chmod(0)
    with without_privileges(), pytest.raises(DataError) as error:
        data.verify(FILES, public)
    assert "damaged: second-file cannot be read (Permission denied). " in told(error)


def test_a_folder_that_may_not_be_entered_is_told(public: Path, mirror: Mirror):
    folder = public / "closed"
    folder.mkdir()
    write_files(folder)
    folder.chmod(0)
    with without_privileges():
        with pytest.raises(DataError, match=r"first-file cannot be read \(Permission denied\)"):
            data.verify(FILES, folder)
        with pytest.raises(DataError, match="cannot be written: Permission denied"):
            fetch(folder, mirror.address("good"))


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path):
    write_files(tmp_path)
    (tmp_path / "first-file").unlink()
    (tmp_path / "first-file").mkdir()
    with pytest.raises(DataError, match=r"first-file has [\d,]+ bytes instead of 5,000"):
        data.verify(FILES, tmp_path)


def test_a_torchvision_that_does_not_fit_is_told(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "torchvision.py").write_text(broken)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError) as error:
        list(data.download("mnist"))
    assert f"fits torch {torch.__version__}, got: operator torchvision::nms does" in told(error)
    assert "pip install --upgrade torch torchvision" in told(error)
    assert data.load("digits").name == "digits", "which does without torchvision"


# The real MNIST


@pytest.fixture(scope="session")
def mnist(real: Path) -> data.Dataset:
    return data.load("mnist")


def test_mnist_is_what_its_files_hold(mnist: data.Dataset, real: Path):
    for split, prefix in ((mnist.train, "train"), (mnist.test, "t10k")):
        pixels = np.fromfile(real / f"{prefix}-images-idx3-ubyte", np.uint8, offset=16)
        labels = np.fromfile(real / f"{prefix}-labels-idx1-ubyte", np.uint8, offset=8)
        assert np.array_equal(split.images.numpy(), pixels.reshape(-1, SIDE, SIDE))
        assert np.array_equal(split.labels.numpy(), labels)


def test_mnist_has_the_published_counts(mnist: data.Dataset):
    assert mnist.name == "mnist"
    assert mnist.train.images.shape == (60_000, SIDE, SIDE)
    assert mnist.test.images.shape == (10_000, SIDE, SIDE)
    assert {part.dtype for split in mnist[1:] for part in split} == {torch.uint8}
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert torch.bincount(mnist.test.labels.int()).tolist() == counts
    assert mnist.train.labels.unique().tolist() == list(range(10))


def test_a_flipped_byte_in_the_real_mnist_is_found(real: Path, raw: Path):
    for file in MNIST:
        (raw / file.name).symlink_to(real / file.name)
    damaged = raw / "t10k-labels-idx1-ubyte"
    damaged.unlink()
    shutil.copyfile(real / damaged.name, damaged)
    flip_a_byte(damaged)
    with pytest.raises(DataError, match=f"damaged: {damaged.name} has the MD5 [^;]*Delete"):
        data.load("mnist")


def test_mnist_is_downloaded_unpacked_and_read(real: Path, mnist: data.Dataset, home: Path):
    with Mirror({file.name: (real / file.name).read_bytes() for file in MNIST}) as server:
        reports = list(data.download("mnist", mirrors=[server.address("good")]))
    assert reports[-1] == ("train-images-idx3-ubyte", 54_950_048, 54_950_048)
    assert reports[-1].words == "train-images-idx3-ubyte, 55 of 55 MB"
    assert data.is_on_disk("mnist")
    loaded = data.load("mnist")
    assert torch.equal(loaded.train.images, mnist.train.images)
    assert torch.equal(loaded.test.labels, mnist.test.labels)


# Downloading


@pytest.mark.parametrize("behaviour", WITHOUT_FAULT)
def test_a_download_leaves_the_files_and_nothing_else(
    behaviour: str, mirror: Mirror, tmp_path: Path
):
    fetch(tmp_path / "new" / "folder", mirror.address(behaviour))
    assert contents(tmp_path / "new" / "folder") == CONTENT
    data.verify(FILES, tmp_path / "new" / "folder")


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
        for report in data.fetch(FILES, tmp_path, [mirror.address("bomb")]):
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


def test_the_mirrors_are_those_of_torchvision_unless_others_are_given(
    home: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
):
    assert torchvisions.MNIST.mirrors
    monkeypatch.setattr(torchvisions.MNIST, "mirrors", [mirror.address("missing")])
    with pytest.raises(DataError, match=f"{mirror.address('missing')} answered 404"):
        list(data.download("mnist"))
    with pytest.raises(DataError, match=f"{mirror.address('good')} answered 404"):
        list(data.download("mnist", mirrors=[mirror.address("good")]))


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
    data.verify(FILES, tmp_path)


def test_a_damaged_archive_in_the_folder_is_passed_over(mirror: Mirror, tmp_path: Path):
    whole = gzip.compress(CONTENT["second-file"])
    (tmp_path / "second-file.gz").write_bytes(whole[:1000])
    with pytest.raises(
        DataError, match=rf"{tmp_path.as_uri()} sent only [\d,]+ of 200,000 bytes; "
    ):
        list(data.fetch(FILES[1:], tmp_path, [mirror.address("missing")]))
    fetch(tmp_path, mirror.address("good"))
    data.verify(FILES, tmp_path)


def test_an_abandoned_download_leaves_nothing_behind(mirror: Mirror, tmp_path: Path):
    reports = data.fetch(FILES[1:], tmp_path, [mirror.address("stalled")], IMPATIENT)
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
        data.verify(FILES, public)
        other = [File("third-file", *FILES[0][1:])]
        with pytest.raises(DataError, match="third-file could not be downloaded"):
            list(data.fetch(other, public, [mirror.address("good")]))
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


# The embedded digits


def test_digits_need_no_disk_and_no_download(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LATENT_ATLAS_DATA", "/nowhere")
    assert data.is_on_disk("digits")
    assert list(data.download("digits")) == []
    assert data.load("digits").name == "digits"


def test_digits_have_the_shapes_of_mnist(digits: data.Dataset):
    assert digits.train.images.shape == (1437, SIDE, SIDE)
    assert digits.test.images.shape == (360, SIDE, SIDE)
    assert digits.train.labels.shape == (1437,)
    assert digits.test.labels.shape == (360,)
    for split in (digits.train, digits.test):
        assert {part.dtype for part in split} == {torch.uint8}
        assert split.labels.unique().tolist() == list(range(10))


def enlarged(images: np.ndarray) -> np.ndarray:
    """(N, 8, 8) -> (N, 28, 28) by cubic convolution (Keys 1981) with a = -3/4, as a matrix."""
    weights = np.zeros((28, 8))  # what lies outside the 8 is nothing
    for row in range(28):
        for column in range(8):
            x = abs((row + 0.5 - 4) / 2.5 - 0.5 - column)  # behind a margin of 4
            near, far = 1.25 * x**3 - 2.25 * x**2 + 1, -0.75 * (x**3 - 5 * x**2 + 8 * x - 4)
            weights[row, column] = near if x <= 1 else far if x <= 2 else 0
    return weights @ images @ weights.T


def test_each_digit_of_scikit_learn_is_in_one_split_enlarged_with_its_label(digits: data.Dataset):
    originals: Any = load_digits()
    expected = torch.from_numpy(enlarged(originals.images)).mul(255 / 16).clamp(0, 255)
    found = torch.cat([digits.train.images, digits.test.images]).double()
    nearest = torch.cdist(found.flatten(1), expected.flatten(1)).argmin(1)
    assert nearest.unique().numel() == len(found) == len(expected)
    assert (found - expected[nearest]).abs().max() < 0.51, "the nearest of 256 levels"
    labels = torch.cat([digits.train.labels, digits.test.labels])
    assert labels.tolist() == originals.target[nearest].tolist()


def test_the_split_of_digits_never_changes(digits: data.Dataset):
    assert torch.equal(data.load("digits").test.images, digits.test.images)
    # A record, for once: whoever changes it mixes the test set of every checkpoint into training.
    first = [7, 9, 4, 7, 0, 2]
    assert digits.test.labels[: len(first)].tolist() == first


def test_digits_use_the_whole_range_of_grey_levels(digits: data.Dataset):
    assert digits.train.images.unique().tolist() == list(range(256))
