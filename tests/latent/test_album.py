import csv
import hashlib
from io import BytesIO, StringIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vae.latent.album import archive, gif, png, sheet


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def opened(file):
    return Image.open(BytesIO(file))


def test_a_png_reads_back_exactly():
    image = noise(28, 31)
    assert opened(png(image)).mode == "L"
    assert np.array_equal(np.asarray(opened(png(image))), image)


@pytest.mark.parametrize("gap", [0, 3])
@pytest.mark.parametrize("scale", [1, 2])
def test_every_image_of_a_sheet_lies_where_its_number_says(gap, scale):
    images = noise(7, 28, 28)
    whole = sheet(images, 3, gap, scale)
    assert whole.shape == (scale * (3 * 28 + 2 * gap), scale * (3 * 28 + 2 * gap))
    assert whole.dtype == np.uint8
    expected = np.zeros((whole.shape[0] // scale, whole.shape[1] // scale), np.uint8)
    for index, image in enumerate(images):
        top, left = (28 + gap) * (index // 3), (28 + gap) * (index % 3)
        expected[top : top + 28, left : left + 28] = image
    assert np.array_equal(whole, np.kron(expected, np.ones((scale, scale), np.uint8)))


def test_a_sheet_is_no_wider_than_its_images():
    assert sheet(noise(2, 28, 28), 10, 1).shape == (28, 57)
    assert np.array_equal(sheet(noise(1, 28, 28), 1), noise(1, 28, 28)[0])


@pytest.mark.parametrize(
    "settings", [{"columns": 0}, {"columns": 1, "gap": -1}, {"columns": 1, "scale": 0}]
)
def test_a_sheet_that_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match="a sheet needs"):
        sheet(noise(2, 28, 28), **settings)
    with pytest.raises(ValueError, match="0 images"):
        sheet(noise(0, 28, 28), 1)


@pytest.mark.parametrize("few", [True, False])
def test_every_grey_of_every_frame_of_a_film_reads_back(few):
    images = noise(6, 28, 28)
    if few:  # as decoded images are: mostly black, each a little different from the last
        images = np.where(images > 200, images, 0).astype(np.uint8)
    film = opened(gif(images, 70, scale=2))
    assert film.n_frames == 6
    assert film.info["loop"] == 0
    for image, frame in zip(images, ImageSequence.Iterator(film), strict=True):
        grey = image.repeat(2, 0).repeat(2, 1)
        rgb = np.asarray(frame.convert("RGB"))
        assert np.array_equal(rgb, np.stack([grey] * 3, -1))
        assert frame.info["duration"] == 70


def test_a_film_of_all_256_greys_keeps_them():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    film = opened(gif(np.stack([ramp, ramp.T, 255 - ramp]), 100, scale=1))
    frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(film)]
    assert np.array_equal(frames, [ramp, ramp.T, 255 - ramp])


def test_an_image_that_stays_is_shown_for_as_long_as_all_its_copies():
    images = noise(3, 28, 28)[[0, 0, 1, 1, 1, 2]]
    frames = ImageSequence.Iterator(opened(gif(images, 50)))
    assert sum(frame.info["duration"] for frame in frames) == 300


@pytest.mark.parametrize(("asked", "shown"), [(1, 20), (33, 30), (38, 40), (1000, 1000)])
def test_a_films_pace_is_in_hundredths_of_a_second(asked, shown):
    assert opened(gif(noise(2, 28, 28), asked)).info["duration"] == shown


def test_one_image_is_a_film_too():
    image = noise(1, 28, 28)
    assert np.array_equal(np.asarray(opened(gif(image, 100, 1)).convert("L")), image[0])


def test_an_archive_holds_every_picture_and_its_exact_place():
    images = noise(12, 28, 28)
    z = np.random.default_rng(1).normal(size=(12, 2)).astype(np.float32)
    with ZipFile(BytesIO(archive(images, z))) as zipped:
        assert zipped.testzip() is None
        rows = list(csv.DictReader(StringIO(zipped.read("z.csv").decode())))
        assert zipped.namelist() == [*(f"{index:03d}.png" for index in range(12)), "z.csv"]
        for row, image, place in zip(rows, images, z, strict=True):
            assert np.array_equal(np.asarray(opened(zipped.read(row["file"]))), image)
            assert (float(row["z1"]), float(row["z2"])) == tuple(place.astype(np.float64))


def test_the_same_contents_are_the_same_bytes_whenever_they_are_written(monkeypatch):
    images, z = noise(3, 28, 28), [(0.1, -2.0), (1e-30, 3.0), (0.0, 0.0)]
    before = archive(images, z)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert hashlib.sha256(archive(images, z)).digest() == hashlib.sha256(before).digest()
    with ZipFile(BytesIO(before)) as zipped:
        assert {entry.date_time for entry in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_images_and_places_must_be_as_many():
    with pytest.raises(ValueError, match="zip"):
        archive(noise(3, 28, 28), [(0.0, 0.0)])
