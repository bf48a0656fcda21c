import gzip
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torchvision.datasets import mnist as torchvisions

from tests.support.disk import flip_a_byte
from tests.support.mirror import Mirror
from vae.config import SIDE
from vae.data import sets
from vae.data.mnist import MIRRORS, MNIST, OURS, read_test
from vae.errors import DataError


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
    if not (os.environ.get("LATENT_ATLAS_DATA") and sets.is_on_disk("mnist")):
        pytest.skip("needs LATENT_ATLAS_DATA to name a folder with MNIST/raw/*-ubyte")
    return sets.raw_folder()


@pytest.fixture(scope="session")
def digits() -> sets.Dataset:
    return sets.load("digits")


def told(error: pytest.ExceptionInfo[DataError]) -> str:
    return str(error.value)


# Where the data lie


def test_the_data_folder_is_named_by_the_environment(home: Path):
    assert sets.root() == home
    assert sets.raw_folder() == home / "MNIST" / "raw"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_the_data_folder_is_beside_the_app(
    value: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LATENT_ATLAS_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("LATENT_ATLAS_DATA", value)
    assert sets.root() == Path(__file__).resolve().parents[2] / "data"


def test_a_relative_data_folder_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LATENT_ATLAS_DATA", "here")
    assert sets.root() == tmp_path / "here"


def test_the_files_are_those_of_torchvision(home: Path):
    assert list(MIRRORS) == [mirror.rstrip("/") for mirror in torchvisions.MNIST.mirrors]
    assert {(f"{file.name}.gz", file.archive_md5) for file in MNIST} == set(
        torchvisions.MNIST.resources
    )
    reader = object.__new__(torchvisions.MNIST)  # its __init__ would want the files
    reader.root = str(home)
    assert Path(reader.raw_folder) == sets.raw_folder()


# Reading MNIST


def test_a_missing_folder_is_told_with_what_to_do(home: Path):
    assert not sets.is_on_disk("mnist")
    with pytest.raises(DataError) as error:
        sets.load("mnist")
    assert told(error) == (
        f"MNIST is not in {home / 'MNIST' / 'raw'}. Download it, copy the four files there, "
        "or choose the data set digits, which needs no download."
    )


def test_a_data_folder_that_is_a_file_is_told_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LATENT_ATLAS_DATA", str(tmp_path / "file"))
    assert not sets.is_on_disk("mnist")
    with pytest.raises(DataError, match="MNIST is not in "):
        sets.load("mnist")


def test_a_half_downloaded_folder_is_told_precisely(raw: Path):
    (raw / "t10k-labels-idx1-ubyte").write_bytes(bytes(10_007))
    (raw / "train-images-idx3-ubyte").write_bytes(b"")
    assert not sets.is_on_disk("mnist")
    with pytest.raises(DataError) as error:
        sets.load("mnist")
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
    assert sets.is_on_disk("mnist"), "which looks at sizes alone"
    with pytest.raises(DataError) as error:
        sets.load("mnist")
    for file in MNIST:
        assert f"{file.name} has the MD5 " in told(error)
        assert f" instead of {file.md5}" in told(error)
    os.truncate(raw / MNIST[-1].name, MNIST[-1].size - 1)
    assert not sets.is_on_disk("mnist"), "one byte is missing"


# The real MNIST


@pytest.fixture(scope="session")
def mnist(real: Path) -> sets.Dataset:
    return sets.load("mnist")


def test_mnist_is_what_its_files_hold(mnist: sets.Dataset, real: Path):
    for split, prefix in ((mnist.train, "train"), (mnist.test, "t10k")):
        pixels = np.fromfile(real / f"{prefix}-images-idx3-ubyte", np.uint8, offset=16)
        labels = np.fromfile(real / f"{prefix}-labels-idx1-ubyte", np.uint8, offset=8)
        assert np.array_equal(split.images.numpy(), pixels.reshape(-1, SIDE, SIDE))
        assert np.array_equal(split.labels.numpy(), labels)


def test_mnist_has_the_published_counts(mnist: sets.Dataset):
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
        sets.load("mnist")


def test_mnist_is_downloaded_unpacked_and_read(
    real: Path, mnist: sets.Dataset, home: Path, monkeypatch: pytest.MonkeyPatch
):
    archives = {f"{f.name}.gz": gzip.compress((real / f.name).read_bytes(), 1) for f in MNIST}
    with Mirror(archives) as server:
        monkeypatch.setattr(sets, "MIRRORS", [server.address("good")])
        files = [f._replace(archive_md5=md5(archives[f"{f.name}.gz"])) for f in MNIST]
        monkeypatch.setattr(sets, "MNIST", files)
        said: list[str] = []
        sets.download("mnist", said.append)
    assert re.fullmatch(r"train-images-idx3-ubyte.gz, (\d+\.\d) of \1 MB", said[-1])
    assert sets.is_on_disk("mnist")
    loaded = sets.load("mnist")
    assert torch.equal(loaded.train.images, mnist.train.images)
    assert torch.equal(loaded.test.labels, mnist.test.labels)


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


# The embedded digits


def test_digits_need_no_disk_and_no_download(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LATENT_ATLAS_DATA", "/nowhere")
    assert sets.is_on_disk("digits")
    sets.download("digits", pytest.fail)
    assert sets.load("digits").name == "digits"


def test_digits_have_the_shapes_of_mnist(digits: sets.Dataset):
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


def test_each_digit_of_scikit_learn_is_in_one_split_enlarged_with_its_label(digits: sets.Dataset):
    originals: Any = load_digits()
    expected = torch.from_numpy(enlarged(originals.images)).mul(255 / 16).clamp(0, 255)
    found = torch.cat([digits.train.images, digits.test.images]).double()
    nearest = torch.cdist(found.flatten(1), expected.flatten(1)).argmin(1)
    assert nearest.unique().numel() == len(found) == len(expected)
    assert (found - expected[nearest]).abs().max() < 0.51, "the nearest of 256 levels"
    labels = torch.cat([digits.train.labels, digits.test.labels])
    assert labels.tolist() == originals.target[nearest].tolist()


def test_the_split_of_digits_never_changes(digits: sets.Dataset):
    assert torch.equal(sets.load("digits").test.images, digits.test.images)
    # A record, for once: whoever changes it mixes the test set of every checkpoint into training.
    first = [7, 9, 4, 7, 0, 2]
    assert digits.test.labels[: len(first)].tolist() == first


def test_digits_use_the_whole_range_of_grey_levels(digits: sets.Dataset):
    assert digits.train.images.unique().tolist() == list(range(256))


def test_the_test_images_that_come_with_the_program_are_mnists():
    test = sets.load_test("mnist")
    assert test.images.shape == (10_000, 28, 28) and test.images.dtype == torch.uint8
    assert test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    if sets.is_on_disk("mnist"):
        whole = sets.load("mnist").test
        assert torch.equal(test.images, whole.images) and torch.equal(test.labels, whole.labels)


def test_a_checkpoint_with_other_labels_has_no_originals():
    labels = sets.load_test("mnist").labels
    assert sets.originals("mnist", labels) is not None
    assert sets.originals("mnist", labels[:-1]) is None
    assert sets.originals("mnist", labels.flip(0)) is None


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda _: b"", lambda c: c[::-1]])
def test_damaged_files_of_ours_are_a_sentence(damage, tmp_path, monkeypatch):
    for path in OURS.glob("*.xz"):
        (tmp_path / path.name).write_bytes(damage(path.read_bytes()))
    monkeypatch.setattr("vae.data.mnist.OURS", tmp_path)
    with pytest.raises(DataError, match="missing or damaged: install Latent Atlas again"):
        read_test()
