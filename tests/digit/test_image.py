"""Any picture becomes a digit as MNIST draws it, or one clear sentence."""

import io
import struct
import time
import warnings
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw
from scipy import ndimage
from sklearn.neighbors import KNeighborsClassifier

from tests.support import pictures
from vae.digit.container import MAX_BYTES
from vae.digit.image import as_digit, read, read_file
from vae.errors import ImageError

FIVE, SEVEN = 5, 7  # scikit-learn's digits begin with 0, 1, 2, 3 ...


def told(source):
    with pytest.raises(ImageError) as caught:
        read(source)
    return str(caught.value)


def alike(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def ink(digit):
    """A digit of scikit-learn, 80×80, with room around it, 255 is ink."""
    return np.pad(np.kron(pictures.small_digits()[digit], np.ones((7, 7), np.uint8)), 12)


def notes(digit):
    return " ".join(step.note for step in digit.steps)


# What is not a picture.


def test_an_empty_file_is_called_empty(tmp_path):
    path = tmp_path / "digit.png"
    path.touch()
    with pytest.raises(ImageError, match=r"empty \(0 bytes\).*PNG, JPEG, WebP, BMP or GIF"):
        read_file(path)


def test_a_text_file_named_png_is_called_text(tmp_path):
    path = tmp_path / "digit.png"
    path.write_text("Seven, but in words — not in pixels.\n" * 200)
    with pytest.raises(ImageError, match=r"Expected a picture .*, got text\. .* as PNG"):
        read_file(path)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (pictures.encoded(np.zeros((9, 9), np.uint8), "TIFF"), "a TIFF picture"),
        (pictures.encoded(np.zeros((9, 9), np.uint8), "PDF"), "a PDF document"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC or AVIF picture"),
        (bytes(range(256)), "something else"),
    ],
)
def test_another_format_is_called_by_its_name(source, name):
    assert told(source).startswith("Expected a picture (PNG, JPEG, WebP, BMP or GIF), got " + name)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_file_cut_off_is_called_damaged(kind):
    source = pictures.encoded(ink(SEVEN), kind)
    message = told(source[: len(source) * 2 // 3])
    assert "damaged or cut off" in message
    assert kind.lower() in message.lower()
    assert "Save or download it again" in message


def test_a_path_that_is_no_file_is_told_apart(tmp_path):
    with pytest.raises(ImageError, match="found no file"):
        read_file(tmp_path / "missing.png")
    with pytest.raises(ImageError, match="found a folder"):
        read_file(tmp_path)
    with pytest.raises(ImageError, match=r"found no file|cannot be read"):
        read_file(tmp_path / "null\0byte.png")


def test_bytes_flipped_or_cut_anywhere_give_a_digit_or_an_image_error():
    rng = np.random.default_rng(0)
    colour = Image.fromarray(ink(FIVE)).convert("RGB")
    clear = Image.merge("RGBA", (*colour.split(), Image.fromarray(255 - ink(FIVE))))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    frames = {"save_all": True, "append_images": [colour.rotate(90)]}
    valid = [
        pictures.encoded(clear),
        pictures.encoded(ink(FIVE).astype(np.uint16) * 257),
        pictures.encoded(colour.quantize(8), transparency=bytes([0, 255, 9])),
        pictures.encoded(colour, "JPEG", exif=exif),
        pictures.encoded(colour.convert("CMYK"), "JPEG"),
        pictures.encoded(colour, "GIF", **frames),
        pictures.encoded(clear, "WEBP", **frames),
        pictures.encoded(colour.quantize(8), "BMP"),
    ]
    for turn in range(800):
        source = bytearray(valid[turn % len(valid)])
        where = rng.integers(min(len(source), 200), size=3) if turn % 3 else [rng.integers(9)]
        for place in where:
            source[place] ^= 1 << rng.integers(8)
        if turn % 2:
            source = source[: rng.integers(len(source))]
        try:
            assert read(bytes(source)).image.shape == (28, 28)
        except ImageError as error:
            assert len(str(error)) > 40


# What is too large, too small or empty.


def test_a_small_file_of_144_megapixels_is_refused_before_it_is_decoded():
    source = pictures.encoded(Image.new("1", (12_000, 12_000), 1), optimize=True)
    assert len(source) < 50_000
    start = time.perf_counter()
    message = told(source)
    assert time.perf_counter() - start < 0.1  # Decoding takes over a second.
    assert "at most 50 megapixels, got 12000 × 12000, which is 144." in message
    # Nor can it have been decoded where there is nothing but the header.
    assert told(source[:60]) == message


def test_pillow_does_not_warn_of_a_bomb_that_we_refuse():
    source = pictures.encoded(Image.new("1", (12_000, 12_000)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        told(source)
    assert not caught


def test_a_picture_beyond_pillows_own_limit_is_called_too_large():
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    source = b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + header + struct.pack(">I", zlib.crc32(header))
    source += b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    assert "at most 50 megapixels, got 60000 × 60000, which is 3600" in told(source)


def test_a_phones_largest_photo_is_read():
    large = Image.fromarray(255 - ink(SEVEN)).resize((8192, 6144))
    digit = read(pictures.encoded(large, "JPEG"))
    assert alike(digit.image, as_digit(255 - ink(SEVEN)).image) > 0.5
    assert max(digit.steps[0].image.shape) == 512


def test_a_run_length_bmp_cannot_keep_the_decoder_busy():
    header = struct.pack("<IiiHHIIiiII", 40, 7000, 7000, 1, 8, 1, 28_000, 0, 0, 256, 0)
    source = b"BM" + struct.pack("<IHHI", 29_078, 0, 0, 1078) + header + bytes(1024)
    source += b"\1\1\0\0" * 7000
    start = time.perf_counter()
    assert "at most 4 megapixels, got 7000 × 7000" in told(source)
    assert time.perf_counter() - start < 0.1


def test_a_file_over_20_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(ImageError, match=r"at most 20 MB, got 30\.0 MB"):
        read_file(path)
    assert "at most 20 MB" in told(bytes(MAX_BYTES + 1))


def test_a_picture_of_a_few_pixels_is_called_too_small():
    assert "at least 4 pixels wide and high, got 3 × 40" in told(
        pictures.encoded(np.eye(40, 3, dtype=np.uint8) * 255)
    )


def test_a_ribbon_is_refused_with_its_measures():
    message = told(pictures.encoded(np.eye(10, 500, dtype=np.uint8) * 255))
    assert "at most 20 times as long as it is wide, got 500 × 10" in message


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_is_called_empty(level):
    message = told(pictures.encoded(np.full((90, 120), level, np.uint8)))
    assert message.startswith("There is no ink on this picture")
    assert "Draw or photograph one digit" in message


def test_a_fully_transparent_picture_is_called_empty():
    assert "no ink" in told(pictures.encoded(Image.new("RGBA", (60, 60), (255, 0, 0, 0))))


@pytest.mark.parametrize("side", [70, 300, 1100])
def test_noise_and_light_without_a_stroke_are_called_empty(side):
    rng = np.random.default_rng(side)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    shadow = 1 / (1 + np.exp(-10 * (x + 0.3 * y)))
    blanks = [
        128 + rng.normal(0, 3, (side, side)),
        128 + rng.normal(0, 30, (side, side)),
        rng.uniform(0, 255, (side, side)),
        rng.normal(5, 10, (side, side)),  # a lens cap: a third of the noise is clipped
        200 - 40 * x - 30 * y - 50 * (x * x + y * y) + rng.normal(0, 5, (side, side)),
        190 - 60 * shadow + rng.normal(0, 4, (side, side)),
    ]
    for blank in blanks:
        grey = np.clip(blank, 0, 255).astype(np.uint8)
        assert "no ink" in told(pictures.encoded(grey, "JPEG", quality=80))
        assert "no ink" in told(pictures.encoded(grey))


def test_a_speck_alone_is_no_digit():
    grey = np.full((300, 300), 255, np.uint8)
    grey[100:104, 150:154] = 0
    assert "no ink" in told(pictures.encoded(grey))


def test_an_array_of_another_kind_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="uint8"):
        as_digit(np.zeros((28, 28)))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="uint8"):
        as_digit(np.zeros((28, 28, 3), np.uint8))


# What a file may hold.


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "1"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("BMP", "1"),
        ("BMP", "P"),
        ("BMP", "RGB"),
        ("GIF", "L"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_mode_of_every_format_gives_the_same_digit(kind, mode):
    dark = Image.fromarray(np.where(ink(SEVEN) > 127, 0, 255).astype(np.uint8))
    options = {"lossless": True} if kind == "WEBP" else {}
    digit = read(pictures.encoded(dark.convert(mode), kind, **options))
    assert np.array_equal(digit.image, as_digit(np.asarray(dark)).image)


def test_sixteen_bits_are_scaled_not_clipped():
    grey = ink(FIVE)
    digit = read(pictures.encoded(grey.astype(np.uint16) * 257))
    assert np.array_equal(digit.image, as_digit(grey).image)
    assert "65,536 levels" in digit.steps[0].note
    # All of it is brighter than 255 of 65,535: clipped, nothing would be left.
    bright = read(pictures.encoded(30_000 + grey.astype(np.uint16) * 100))
    assert alike(bright.image, digit.image) > 0.99


def test_a_cmyk_jpeg_is_read_the_right_way_round():
    colour = Image.fromarray(255 - ink(SEVEN)).convert("RGB")
    digit = read(pictures.encoded(colour.convert("CMYK"), "JPEG", quality=95))
    assert alike(digit.image, as_digit(ink(SEVEN)).image) > 0.98
    assert "dark ink on light paper" in notes(digit)


def test_a_palette_with_transparency_keeps_the_ink():
    picture = Image.fromarray((ink(SEVEN) > 127).astype(np.uint8), "P")
    picture.putpalette([0, 0, 0, 10, 10, 10])  # Paper and ink are both black ...
    plain = as_digit(np.where(ink(SEVEN) > 127, 255, 0).astype(np.uint8)).image
    for transparency in (0, bytes([0, 255])):  # ... and the paper is clear.
        digit = read(pictures.encoded(picture, transparency=transparency))
        assert np.array_equal(digit.image, plain)
        assert "transparent parts became white" in digit.steps[0].note


def transparent(luminance):
    """A digit drawn in one grey on nothing."""
    alpha = Image.fromarray(ink(SEVEN))
    grey = Image.new("L", alpha.size, luminance)
    return pictures.encoded(Image.merge("LA", (grey, alpha)))


def test_black_ink_on_a_transparent_background_does_not_vanish():
    digit = read(transparent(0))
    assert np.array_equal(digit.image, as_digit(ink(SEVEN)).image)
    assert "transparent parts became white" in digit.steps[0].note


def test_white_ink_on_a_transparent_background_does_not_vanish():
    digit = read(transparent(255))
    assert np.array_equal(digit.image, as_digit(ink(SEVEN)).image)
    assert "transparent parts became black" in digit.steps[0].note


def test_a_broad_transparent_drawing_that_is_mostly_ink_does_not_vanish():
    alpha = np.zeros((100, 40), np.uint8)
    alpha[2:98, 4:36] = 255
    for level in (0, 255):
        image = Image.fromarray(np.dstack([np.full_like(alpha, level), alpha]))
        assert (read(pictures.encoded(image)).image > 127).sum() == 20 * 7


def test_rounded_transparent_corners_are_not_ink():
    corners = Image.new("L", (80, 80), 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, 79, 79), 12, 255)
    picture = Image.merge("LA", (Image.fromarray(255 - ink(SEVEN)), corners))
    assert np.array_equal(read(pictures.encoded(picture)).image, as_digit(ink(SEVEN)).image)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_read(kind):
    first = Image.fromarray(255 - ink(SEVEN))
    others = [Image.fromarray(255 - ink(FIVE)), Image.fromarray(255 - ink(0))]
    options = {"lossless": True} if kind == "WEBP" else {}
    moving = pictures.encoded(first, kind, save_all=True, append_images=others, **options)
    digit = read(moving)
    assert np.array_equal(digit.image, read(pictures.encoded(first)).image)
    assert "several frames, of which only the first is used" in digit.steps[0].note
    assert "frames" not in read(pictures.encoded(first, kind)).steps[0].note


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_camera_was_held(orientation):
    upright = Image.fromarray(255 - np.pad(ink(SEVEN), ((0, 0), (0, 40))))
    # What the camera stored: the inverse of what the viewer has to do (Exif 2.3, 4.6.4).
    turn = Image.Transpose
    stored = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_90,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_270,
    }
    held = upright.transpose(stored[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    digit = read(pictures.encoded(held, "JPEG", exif=exif, quality=95))
    assert alike(digit.image, as_digit(ink(SEVEN)).image) > 0.97
    assert ("turned upright" in digit.steps[0].note) == (orientation > 1)


def test_damaged_camera_data_do_not_spoil_the_photo():
    # The camera was held sideways; and where the next entry must have a number, it has a text.
    entries = struct.pack(">HHHIHH", 2, 0x112, 3, 1, 6, 0) + struct.pack(">HHII", 0x120, 2, 6, 38)
    damaged = b"Exif\0\0MM\0*\0\0\0\x08" + entries + bytes(4) + b"maker\0"
    held = Image.fromarray(255 - ink(SEVEN)).transpose(Image.Transpose.ROTATE_90)
    digit = read(pictures.encoded(held, "JPEG", exif=damaged, quality=95))
    assert alike(digit.image, as_digit(ink(SEVEN)).image) > 0.97


# MNIST's recipe.


def test_a_digit_of_mnist_comes_back_as_it_is():
    images, _ = pictures.mnist()
    for image in images[:200]:
        for source in (image, 255 - image):
            digit = read(pictures.encoded(source))
            assert np.abs(digit.image.astype(int) - image).max() <= 1


def test_a_digit_of_mnist_enlarged_comes_back():
    images, _ = pictures.mnist()
    for side in (56, 280, 900):
        back = [as_digit(pictures.enlarged(image, side)).image for image in images[:30]]
        assert np.mean([alike(*pair) for pair in zip(back, images, strict=False)]) > 0.92


def test_both_polarities_give_the_same_digit():
    for image in pictures.small_digits()[:300]:
        light, dark = as_digit(image), as_digit(255 - image)
        assert np.array_equal(light.image, dark.image)
        assert "light ink on dark paper" in notes(light)
        assert "dark ink on light paper" in notes(dark)


def test_every_digit_is_20_pixels_long_with_its_mass_in_the_middle():
    for image in pictures.small_digits()[:300]:
        digit = as_digit(image)
        rows, columns = np.nonzero(digit.image)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        assert digit.image.max() == 255
        middle = np.asarray(ndimage.center_of_mass(digit.image))
        assert ((middle >= 13.5) & (middle < 14.5)).all()


def test_the_aspect_ratio_is_kept():
    grey = np.zeros((100, 100), np.uint8)
    grey[10:90, 40:60] = 255
    rows, columns = np.nonzero(as_digit(grey).image)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 5)


def test_centring_never_cuts_or_wraps_ink():
    grey = np.zeros((120, 120), np.uint8)
    grey[10:110, 10:16] = 255  # A flag on a pole: its mass is far from the middle of its box.
    grey[10:50, 10:110] = 255
    for turned in (grey, np.rot90(grey), np.rot90(grey, 2), np.rot90(grey, 3)):
        *_, fitted, centred = as_digit(turned).steps
        box = ndimage.find_objects((centred.image > 0).astype(int))[0]
        assert np.array_equal(centred.image[box], fitted.image)


def test_grey_edges_survive():
    drawing = pictures.enlarged(ink(FIVE), 280)
    levels = np.unique(as_digit(drawing).image)
    assert len(levels) > 40


def test_specks_are_dropped_and_counted():
    grey = 255 - np.pad(ink(SEVEN), 100)
    clean = as_digit(grey)
    for place in (20, 60, 250):
        grey[place : place + 3, place : place + 3] = 0
    dusty = as_digit(grey)
    assert np.array_equal(dusty.image, clean.image)
    assert "dropped (3)" in notes(dusty)
    assert "dropped" not in notes(clean)


def test_a_broken_five_keeps_its_roof():
    page = Image.new("L", (280, 280), 255)
    pen = ImageDraw.Draw(page)
    pen.line((140, 40, 200, 40), 0, 16)  # the roof, apart from the rest
    pen.line((100, 70, 100, 140), 0, 16)
    pen.arc((80, 120, 200, 240), 200, 500, 0, 16)
    rows = np.nonzero(as_digit(np.asarray(page)).image.any(axis=1))[0]
    image = as_digit(np.asarray(page)).image
    assert image[rows[0], 14:].max() > 200
    pieces = np.zeros(image.shape, np.int32)
    ndimage.label(image > 60, np.ones((3, 3)), pieces)
    assert pieces.max() == 2


def test_a_fine_pen_does_not_fade():
    page = Image.new("L", (900, 900), 250)
    pen = ImageDraw.Draw(page)
    pen.line((300, 200, 600, 200, 400, 700), 20, 3)  # 0.1 pixels at 20×20
    digit = as_digit(np.asarray(page))
    assert "Thickened" in [step.name for step in digit.steps]
    assert (digit.image > 200).sum() > 40
    broad = Image.new("L", (900, 900), 250)
    ImageDraw.Draw(broad).line((300, 200, 600, 200, 400, 700), 20, 60)
    assert "Thickened" not in [step.name for step in as_digit(np.asarray(broad)).steps]


def test_thick_strokes_of_the_apps_canvas_stay_what_they_are():
    images, labels = pictures.mnist()
    judge = KNeighborsClassifier(3).fit(images[:3000].reshape(3000, -1), labels[:3000])
    drawn = []
    for image in images[5000:5060]:
        thick = np.asarray(ndimage.grey_dilation(pictures.enlarged(image, 280), 7), np.uint8)
        drawn.append(as_digit(thick).image.ravel())
    assert (judge.predict(drawn) == labels[5000:5060]).mean() > 0.85


def test_the_steps_lead_from_the_picture_in_grey_to_the_digit():
    digit = read(pictures.photo(pictures.small_digits()[FIVE], np.random.default_rng(0), side=600))
    names = [step.name for step in digit.steps]
    assert names[:3] == ["In grey", "Light evened out", "Ink found"]
    assert names[-2:] == ["Fitted", "Centred"]
    assert digit.steps[-1].image is digit.image
    for step in digit.steps:
        assert step.image.dtype == np.uint8
        assert step.image.ndim == 2
        assert max(step.image.shape) <= 512
        assert step.note[0].isupper()
        assert step.note.endswith(".")


def test_a_drawing_is_not_treated_as_a_photo():
    assert "Light evened out" not in [step.name for step in as_digit(ink(FIVE)).steps]


# Photos.


@pytest.mark.parametrize("kind", ["lamp", "shadow", "lined", "close", "table"])
def test_a_photo_of_a_digit_gives_the_digit(kind):
    images, labels = pictures.mnist()
    judge = KNeighborsClassifier(3).fit(images[:3000].reshape(3000, -1), labels[:3000])
    rng = np.random.default_rng(0)
    chosen = slice(5000, 5040)
    back = np.stack([read(pictures.photo(image, rng, kind)).image for image in images[chosen]])
    assert np.mean([alike(*pair) for pair in zip(back, images[chosen], strict=True)]) > 0.9
    original = judge.predict(images[chosen].reshape(len(back), -1)) == labels[chosen]
    photographed = judge.predict(back.reshape(len(back), -1)) == labels[chosen]
    assert photographed.mean() > original.mean() - 0.06


def test_a_photo_of_chalk_on_a_blackboard_is_turned_white_on_black():
    images, _ = pictures.mnist()
    rng = np.random.default_rng(0)
    scores = []
    for image in images[:20]:
        dark = np.asarray(Image.open(io.BytesIO(pictures.photo(image, rng))))
        digit = read(pictures.encoded((255 - dark) // 2, "JPEG"))
        assert "light ink on dark paper" in notes(digit)
        scores.append(alike(digit.image, image))
    assert np.mean(scores) > 0.9


def lit(light, digit, left):
    """A digit, 70×70, on paper in this light (300, 300), in [0, 1], with sensor noise."""
    pen = np.zeros(light.shape)
    pen[115:185, left : left + 70] = pictures.enlarged(digit, 70) / 255
    noise = np.random.default_rng(0).normal(0, 3, light.shape)
    return np.clip(210 * light * (1 - 0.6 * pen) + noise, 0, 255).astype(np.uint8)


def test_a_strip_of_sunlight_is_not_taken_for_the_ink():
    _, x = np.mgrid[0:1:300j, 0:1:300j]
    sunlight = 0.52 + 0.48 / (1 + np.exp(-60 * (x - 0.7)))
    for digit in pictures.small_digits()[:10]:
        found = as_digit(lit(sunlight, digit, 95))
        assert "dark ink on light paper" in notes(found)
        assert alike(found.image, as_digit(pictures.enlarged(digit, 70)).image) > 0.8


def test_a_shadow_does_not_fade_the_ink_under_it():
    y, _ = np.mgrid[0:1:300j, 0:1:300j]
    shade = 1 - 0.5 / (1 + np.exp(-40 * (y - 0.5)))  # from the middle of the digit down
    pole = np.zeros((28, 28), np.uint8)
    pole[4:24, 12:16] = 255
    image = as_digit(lit(shade, pole, 115)).image
    assert image[16:23].max(axis=1).mean() > 0.97 * image[5:12].max(axis=1).mean()
