import csv
import io
from base64 import b64decode, b64encode
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from sklearn.neighbors import KNeighborsClassifier

from pages.ui import background, resources, uploaded
from pages.ui.explore import own_digit
from pages.ui.explore.protocol import STRANGE
from tests.support.bridge import ask, response, say
from tests.support.sessions import cold
from vae import library
from vae.data import sets
from vae.digit import image, inference
from vae.digit.strangeness import strangenesses

FILES = [("=3.png", "3"), ("7.png", "7")]


@pytest.fixture
def page():
    """Your digit as the first page of a session: a cold deep link."""
    return cold("pages/your_digit.py").run()


def upload(app, *contents):
    app.file_uploader[0].set_value(
        [(f"digit-{i}.png", content, "image/png") for i, content in enumerate(contents)]
    ).run()
    assert not app.exception
    return app


def png(picture, **options):
    file = BytesIO()
    picture.save(file, format="PNG", **options)
    return file.getvalue()


def told(app):
    return " ".join(element.value for element in app.error).replace("\\", "")


def pad(app):
    """The picture that the server has put on the pad."""
    given = response(app)["given"]["picture"]
    return given and np.frombuffer(b64decode(given), np.uint8).reshape(28, 28)


def read(app, digit, **details):
    """What the server says of a digit, once all test digits have been compared."""
    for _ in range(200):
        found = ask(app, "reading", digit=b64encode(digit.tobytes()).decode(), **details)
        if found.get("share") is not None:
            return found
        background.result(
            own_digit.compute_all, resources.load("mnist"), patience=None, lane="long"
        )
    raise AssertionError("the test digits were never compared")


def written(text, size=200):
    paper = Image.new("L", (500, 400), 235)
    font = ImageFont.load_default(size)
    ImageDraw.Draw(paper).text((100, 60), text, font=font, fill=20)
    return png(paper)


def test_the_first_visit_has_an_empty_pad(page):
    assert not page.exception and not page.error
    given = response(page)["given"]
    assert given["picture"] is None and given["drawing"] == "" and given["others"] == []


def test_a_digit_is_read_as_the_library_reads_it(page):
    digit = sets.load_test("mnist").images[7]
    model = resources.load("mnist").checkpoint.model
    found = read(page, digit.numpy())
    (expected,) = inference.read(model, resources.load("mnist").neighbours, digit[None])
    assert found["mean"] == pytest.approx(expected.mean)
    assert np.exp(0.5 * np.array(found["log_var"])) == pytest.approx(expected.std, rel=1e-4)
    assert found["cost"] == pytest.approx(found["reconstruction"] + found["kl"], abs=1e-3)
    assert found["label"] == expected.nearest.label


def test_a_digit_is_ranked_among_all_test_digits_and_among_its_class(page):
    test = sets.load_test("mnist")
    found = read(page, test.images[7].numpy())
    loaded = resources.load("mnist")
    costs = inference.costs(loaded.checkpoint.model, test.images)
    assert found["cost_share"] == pytest.approx((costs < found["cost"]).float().mean().item())
    known = strangenesses(loaded.checkpoint.model, test.images)
    assert found["share"] == pytest.approx((known < known[7]).float().mean().item(), abs=2e-4)
    alike = known[test.labels == found["label"]]
    assert found["class_share"] == pytest.approx((alike < known[7]).float().mean().item(), abs=2e-3)
    assert 0 < found["share"] < STRANGE


@pytest.mark.parametrize("text", ["A", "W", "&"])
def test_what_is_no_digit_is_stranger_than_nearly_all_test_digits(page, text):
    upload(page, written(text))
    assert read(page, pad(page))["share"] > STRANGE


@pytest.mark.parametrize("digit", ["", "%%%%", "A" * 10, "A" * 10_000, 7, None, ["A"]])
def test_what_is_no_digit_of_784_bytes_is_not_read(page, digit):
    assert ask(page, "reading", digit=digit) == {"error": "There is nothing there to show yet."}


def test_originals_are_those_of_the_test_set(page):
    images = sets.load_test("mnist").images
    found = ask(page, "originals", indices=[3, 9_999, 10_000, -1, "x"])["images"]
    assert b64decode(found) == images[[3, 9_999]].numpy().tobytes()


def test_few_labels_tell_as_many_as_the_nearest_neighbour_says(page):
    found = resources.load("mnist").checkpoint
    means, labels = found.encoded.mean.numpy(), found.labels.numpy()
    known = np.arange(0, 10_000, 400)
    said = ask(page, "labels", indices=known.tolist())
    while said == {"pending": True}:
        said = ask(page, "labels", indices=known.tolist())
    others = np.setdiff1d(np.arange(10_000), known)
    nearest = KNeighborsClassifier(1).fit(means[known], labels[known])
    assert said["nearest"] == pytest.approx(nearest.score(means[others], labels[others]))
    assert 0.3 < said["spreading"] < 1


def test_labels_of_one_class_tell_nothing(page):
    assert "error" in ask(page, "labels", indices=[5])


def test_a_drawing_is_in_the_address_and_survives_another_page(page):
    say(page, number=1, given=response(page)["given"]["number"], drawing="AQAsAgoKFBQ")
    assert page.query_params["ink"] == "AQAsAgoKFBQ"
    page.switch_page("pages/train.py").run()
    page.switch_page("pages/your_digit.py").run()
    assert response(page)["given"]["drawing"] == "AQAsAgoKFBQ"


def test_an_address_brings_its_drawing():
    app = cold("pages/your_digit.py")
    app.query_params["ink"] = "AQAsAgoKFBQ"
    app.run()
    given = response(app)["given"]
    assert given["drawing"] == "AQAsAgoKFBQ" and given["number"] == 1


@pytest.mark.parametrize("ink", ["<script>", "a b", "A" * 1451, "é"])
def test_an_address_whose_drawing_is_none_is_said(ink):
    app = cold("pages/your_digit.py")
    app.query_params["ink"] = ink
    app.run()
    assert not app.exception
    assert "a drawing that cannot be read" in app.warning[0].value.replace("\\", "")
    assert response(app)["given"]["drawing"] == ""


@pytest.mark.parametrize("drawing", ["<script>", "A" * 1451, 7, None, ["A"]])
def test_a_message_whose_drawing_is_none_changes_nothing(page, drawing):
    say(page, number=1, given=response(page)["given"]["number"], drawing=drawing)
    assert not page.exception and "ink" not in page.query_params


def test_a_drawing_from_before_an_upload_does_not_replace_it(page):
    old = response(page)["given"]["number"]
    upload(page, written("7"))
    say(page, number=1, given=old, drawing="AQAsAgoKFBQ")
    assert pad(page) is not None and response(page)["given"]["drawing"] == ""


def test_several_pictures_are_shown_side_by_side_and_written_into_a_table(page):
    upload(page, written("3"), written("7"), b"just words", written("8"))
    assert len([button for button in page.button if button.key.startswith("sheet")]) == 3
    assert "digit-2.png" in told(page)
    places = response(page)["given"]["others"]
    assert len(places) == 3
    page.button(key="sheet-0").click().run()
    expected = image.read(written("3")).image
    assert np.array_equal(pad(page), expected)


def test_the_table_has_every_figure_of_every_digit(page):
    loaded = resources.load("mnist")
    digits = [uploaded.Found(name, image.read(written(text))) for name, text in FILES]
    readings = uploaded.read_digits(loaded, digits)
    text = uploaded.table(digits, readings, [None, -101.5])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["file"] for row in rows] == ["'=3.png", "7.png"]
    assert [row["log_p_nats"] for row in rows] == ["", "-101.5"]
    for row, one in zip(rows, digits, strict=True):
        (expected,) = inference.read(
            loaded.checkpoint.model, loaded.neighbours, torch.from_numpy(one.digit.image)[None]
        )
        assert float(row["z1"]) == pytest.approx(expected.mean[0])
        assert float(row["kl_nats"]) == pytest.approx(expected.kl)
        assert float(row["reconstruction_nats"]) == pytest.approx(expected.reconstruction)
        assert int(row["class"]) == expected.nearest.label


def test_so_many_pictures_are_read_and_no_more(page, monkeypatch):
    monkeypatch.setattr(uploaded, "MOST", 2)
    upload(page, written("3"), written("7"), written("8"))
    assert len([button for button in page.button if button.key.startswith("sheet")]) == 2
    assert "These were 3 pictures; the first 2 of them are read." in told(page)


def test_a_number_is_a_row_of_digits_that_are_offered_apart(page):
    upload(page, written("42"))
    assert len([button for button in page.button if button.key.startswith("sheet")]) == 2
    four = pad(page)
    page.button(key="sheet-1").click().run()
    assert not np.array_equal(pad(page), four)
    assert "digit 2 of 2" in " ".join(element.value for element in page.markdown)


def test_what_was_uploaded_before_makes_room_for_what_comes(page):
    upload(page, written("3"), written("7"))
    page.file_uploader[0].upload("one.png", written("8"), "image/png").run()
    assert not [button for button in page.button if button.key.startswith("sheet")]
    assert response(page)["given"]["others"] == []


def test_an_uploaded_digit_is_put_on_the_pad(page, digits):
    picture = png(Image.fromarray(255 - digits.test.images[3].numpy()).resize((300, 300)))
    upload(page, picture)
    assert np.array_equal(pad(page), image.read(picture).image)


def test_an_upload_is_decoded_once_and_another_one_anew(page, digits, monkeypatch):
    reading, decoded = image.read, []

    def counted(content, awaited):
        decoded.append(content)
        return reading(content, awaited)

    monkeypatch.setattr(image, "read", counted)
    pictures = [
        png(Image.fromarray(255 - digits.test.images[index].numpy()).resize((300, 300)))
        for index in (3, 4)
    ]
    upload(page, pictures[0]).run()
    assert decoded == pictures[:1]
    upload(page, pictures[1]).run()
    assert decoded == pictures


def test_a_file_that_was_refused_is_not_read_again(page, monkeypatch):
    said = told(upload(page, b"just words"))
    monkeypatch.setattr(image, "read", None)
    assert told(page.run()) == said


def test_a_file_that_was_read_is_not_kept(page, digits):
    upload(page, png(Image.fromarray(255 - digits.test.images[3].numpy()).resize((300, 300))))
    assert page.file_uploader[0].value[0].getvalue() == b""
    page.run()
    assert page.file_uploader[0].value[0].getvalue() == b"" and pad(page) is not None


def test_a_text_file_is_refused_in_words(page):
    assert "Expected a picture (PNG" in told(upload(page, b"just words"))


def test_an_empty_image_is_refused_in_words(page):
    assert "ink" in told(upload(page, png(Image.new("L", (100, 100), 255))))


def test_a_refused_picture_leaves_the_page_usable(page):
    upload(page, b"")
    upload(page, written("4"))
    assert not page.error and pad(page) is not None


def test_without_any_checkpoint_the_page_says_where_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    app = cold("pages/your_digit.py").run()
    assert not app.exception
    assert "no model here yet" in app.info[0].value
