import time
import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier

from tests.pictures import encoded, mnist, photo, small_digits
from vae.errors import ImageError
from vae.image import as_digit, read, read_file

FIVE = np.kron(small_digits()[5], np.ones((24, 24), np.uint8))  # a real 5, white on black


def told(source):
    """What the person is told of a file with these bytes."""
    with pytest.raises(ImageError) as caught:
        read(source)
    return str(caught.value)


def likeness(a, b):
    """The correlation of two images."""
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def is_the_five(digit, least=0.9):
    """Whether the same 5 was found in the picture, upright and white on black."""
    assert digit.image.shape == (28, 28)
    assert digit.image.dtype == np.uint8
    return likeness(digit.image, as_digit(FIVE).image) > least


def test_a_text_file_named_png_is_refused_with_what_is_expected(tmp_path):
    path = tmp_path / "digit.png"
    path.write_text("this is not a picture")
    with pytest.raises(ImageError, match=r"Expected a picture \(.*PNG.*\), got "):
        read_file(path)


def test_a_file_of_no_bytes_is_refused_as_empty():
    assert "The file is empty (0 bytes). Choose a picture" in told(b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_truncated_picture_is_refused_as_cut_off(kind):
    source = encoded(FIVE, kind)
    message = told(source[: len(source) // 2])
    assert "is damaged or cut off" in message
    assert "Save or download it again" in message


def test_a_picture_of_144_megapixels_in_a_few_kilobytes_is_refused_without_decoding():
    source = encoded(Image.new("1", (12_000, 12_000)), "PNG", optimize=True)
    assert len(source) < 25_000
    tracemalloc.start()
    start = time.perf_counter()
    message = told(source)
    took, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "got 12000 × 12000, which is 144" in message
    assert peak < 5_000_000
    assert took < 1


def test_a_file_over_the_limit_is_refused_by_its_size():
    assert "must have at most 20 MB, got 21.0 MB" in told(b"\0" * 21_000_000)


def test_of_a_moving_picture_the_first_frame_is_taken_and_that_is_said():
    frames = [Image.fromarray(FIVE), Image.fromarray(255 - FIVE[:, ::-1])]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=50)
    digit = read(file.getvalue())
    assert is_the_five(digit)
    assert "first" in digit.steps[0].note


def test_sixteen_bits_are_scaled_not_clipped():
    deep = (FIVE.astype(np.uint16) * 200 + 3000).astype(np.uint16)
    assert is_the_five(read(encoded(Image.fromarray(deep), "PNG")))


@pytest.mark.parametrize("mode", ["CMYK", "RGB", "L"])
def test_a_jpeg_of_any_colours_is_read(mode):
    assert is_the_five(read(encoded(Image.fromarray(FIVE).convert(mode), "JPEG", quality=95)))


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA"])
def test_a_png_of_any_mode_is_read(mode):
    assert is_the_five(read(encoded(Image.fromarray(FIVE).convert(mode), "PNG")), 0.8)


def test_a_palette_with_transparency_keeps_its_ink():
    image = Image.fromarray((FIVE > 127).astype(np.uint8), "P")
    image.putpalette([255, 255, 255, 0, 0, 0])
    assert is_the_five(read(encoded(image, "PNG", transparency=0)), 0.8)


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_background_does_not_vanish(ink):
    pixels = np.full((*FIVE.shape, 4), ink, np.uint8)
    pixels[..., 3] = FIVE
    assert is_the_five(read(encoded(Image.fromarray(pixels), "PNG")))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_says(orientation):
    back = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    image = Image.fromarray(FIVE)
    for turn in back[orientation]:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert is_the_five(read(encoded(image, "JPEG", exif=exif, quality=95)))


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_picture_is_refused_as_without_ink(grey):
    assert "no ink on this picture" in told(encoded(np.full((200, 200), grey, np.uint8)))


def test_a_picture_of_nothing_but_noise_is_refused_as_without_ink():
    noise = np.random.default_rng(0).normal(180, 6, (300, 300)).clip(0, 255).astype(np.uint8)
    assert "no ink on this picture" in told(encoded(noise, "JPEG", quality=80))


def test_another_kind_of_picture_is_refused_by_its_name():
    assert "got a TIFF picture" in told(encoded(FIVE, "TIFF"))
    assert "got a PDF document" in told(encoded(Image.fromarray(FIVE), "PDF"))


def test_a_picture_too_small_or_too_long_is_refused_with_its_size():
    assert "at least 4 pixels wide and high, got 3 × 3" in told(encoded(FIVE[:3, :3]))
    assert "got 1000 × 10" in told(encoded(np.zeros((10, 1000), np.uint8)))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ImageError, match="found no file"):
        read_file(tmp_path / "none.png")
    with pytest.raises(ImageError, match="found a folder"):
        read_file(tmp_path)


def test_dark_on_light_and_light_on_dark_give_the_same_digit():
    assert likeness(as_digit(FIVE).image, as_digit(255 - FIVE).image) > 0.99


def test_the_digit_is_centred_by_mass_and_fits_the_box():
    image = as_digit(np.pad(FIVE, ((40, 300), (300, 5)))).image
    rows, columns = np.nonzero(image)
    assert np.ptp(rows) <= 20 and np.ptp(columns) <= 20
    y, x = np.mgrid[:28, :28]  # MNIST's own digits have their mass at 14.0 ± 0.3
    assert (y * image).sum() / image.sum() == pytest.approx(14, abs=0.6)
    assert (x * image).sum() / image.sum() == pytest.approx(14, abs=0.6)


def test_the_steps_lead_from_the_picture_to_the_digit():
    digit = read(encoded(FIVE))
    assert len(digit.steps) >= 4
    assert np.array_equal(digit.steps[-1].image, digit.image)
    assert all(step.name and step.note.endswith(".") for step in digit.steps)


def test_a_real_mnist_digit_comes_back_nearly_unchanged():
    images, _ = mnist()
    likenesses = [likeness(read(encoded(image)).image, image) for image in images[:100]]
    assert np.mean(likenesses) > 0.97
    assert min(likenesses) > 0.85


def test_photographed_digits_keep_their_labels():
    images, labels = mnist()
    chosen = range(40)
    generator = np.random.default_rng(1)
    kinds = ("lamp", "shadow", "lined", "close", "table")
    found = [read(photo(images[i], generator, kinds[i % 5])).image for i in chosen]
    assert np.mean([likeness(found[i], images[i]) for i in chosen]) > 0.9
    classifier = KNeighborsClassifier(3).fit(images[1000:].reshape(-1, 784), labels[1000:])
    as_seen = classifier.score(np.stack(found).reshape(-1, 784), labels[chosen])
    as_drawn = classifier.score(images[chosen].reshape(-1, 784), labels[chosen])
    assert as_seen > as_drawn - 0.06


def test_random_damage_gives_a_digit_or_an_image_error_and_nothing_else():
    generator = np.random.default_rng(0)
    sources = [encoded(FIVE, kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF")]
    for source in sources * 12:
        damaged = bytearray(source)
        for place in generator.integers(0, len(damaged), 3):
            damaged[place] ^= 1 << int(generator.integers(8))
        try:
            read(bytes(damaged[: generator.integers(1, len(damaged) + 1)]))
        except ImageError:
            continue
