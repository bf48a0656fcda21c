import re
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.support.sessions import cold
from vae import library
from vae.digit import image


@pytest.fixture
def page():
    """Reconstruct as the first page of a session: a cold deep link."""
    return cold("pages/reconstruct.py").run()


def upload(app, content, name="digit.png"):
    app.file_uploader[0].upload(name, content, "image/png").run()
    assert not app.exception
    return app


def png(picture, **options):
    file = BytesIO()
    picture.save(file, format="PNG", **options)
    return file.getvalue()


def told(app):
    return " ".join(element.value for element in app.error).replace("\\", "")


def test_the_first_visit_asks_for_a_digit_and_offers_twenty(page):
    assert not page.exception and not page.error
    assert len([button for button in page.button if button.key.startswith("sample")]) == 20
    assert not page.metric


def test_a_sample_goes_all_the_way(page):
    page.button(key="sample-0").click().run()
    assert not page.exception
    assert [metric.label for metric in page.metric] == ["Reconstruction", "KL"]
    assert all("nats" in metric.value for metric in page.metric)
    assert any("Most like a **0**" in element.value for element in page.markdown)


def test_a_digit_is_ranked_by_what_it_costs(page):
    page.button(key="sample-7").click().run()
    (words,) = [element.value for element in page.markdown if "nats in all" in element.value]
    cost, share = re.search(r"It costs ([\d.]+) nats in all, more than (\d+)%", words).groups()
    metrics = [float(metric.value.split()[0]) for metric in page.metric]
    assert float(cost) == pytest.approx(sum(metrics), abs=0.11)
    assert 0 < int(share) < 90
    assert not page.warning


@pytest.mark.parametrize("text", ["A", "W", "&"])
def test_what_is_no_digit_is_said_to_be_strange(page, text):
    paper = Image.new("L", (500, 400), 235)
    font = ImageFont.load_default(200)
    ImageDraw.Draw(paper).text((100, 60), text, font=font, fill=20)
    upload(page, png(paper))
    (warning,) = page.warning
    assert "the model knows nothing like it" in warning.value


def test_the_same_picture_has_the_same_answer(page, digits):
    picture = png(Image.fromarray(255 - digits.test.images[3].numpy()).resize((300, 300)))
    first = [metric.value for metric in upload(page, picture).metric]
    assert [metric.value for metric in upload(page, picture).metric] == first


def test_the_true_posterior_is_compared_where_it_is_wanted(page):
    page.button(key="sample-7").click().run()
    page.toggle(key="truth").set_value(True).run(timeout=120)
    assert not page.exception
    (words,) = [element.value for element in page.markdown if "log p(x) = " in element.value]
    evidence, bound, lost = map(
        float,
        re.search(r"\*\*(\S+) nats\*\*.*bound is (\S+), so .* loses (\S+)\. ", words).groups(),
    )
    assert evidence > bound  # or it would be no bound
    assert lost == pytest.approx(evidence - bound, abs=0.11)


def test_an_uploaded_digit_goes_all_the_way(page, digits):
    picture = Image.fromarray(255 - digits.test.images[3].numpy()).resize((300, 300))
    upload(page, png(picture.convert("RGB")))
    assert len(page.metric) == 2


def test_of_a_number_each_digit_can_be_looked_at(page):
    paper = Image.new("L", (500, 300), 235)
    draw = ImageDraw.Draw(paper)
    draw.text((120, 40), "47", 20, ImageFont.load_default(220))
    upload(page, png(paper))
    (row,) = page.segmented_control
    assert row.options == ["digit 1", "digit 2"]
    assert "2 digits stand on this picture" in row.label
    first = [metric.value for metric in page.metric]
    assert any("digit 1 of 2" in element.value for element in page.markdown)
    row.set_value(1).run()
    assert not page.exception
    assert [metric.value for metric in page.metric] != first
    assert any("digit 2 of 2" in element.value for element in page.markdown)


def test_an_upload_is_decoded_once_and_another_one_anew(page, digits, monkeypatch):
    read, decoded = image.read, []

    def counted(content, awaited):
        decoded.append(content)
        return read(content, awaited)

    monkeypatch.setattr(image, "read", counted)
    pictures = [
        png(Image.fromarray(255 - digits.test.images[index].numpy()).resize((300, 300)))
        for index in (3, 4)
    ]
    upload(page, pictures[0]).run()
    assert decoded == pictures[:1]
    upload(page, pictures[1]).run()
    assert decoded == pictures
    assert len(page.metric) == 2


def test_a_file_that_was_refused_is_not_read_again(page, monkeypatch):
    said = told(upload(page, b"just words"))
    monkeypatch.setattr(image, "read", None)
    assert told(page.run()) == said


def test_a_file_that_was_read_is_not_kept(page, digits):
    upload(page, png(Image.fromarray(255 - digits.test.images[3].numpy()).resize((300, 300))))
    assert page.file_uploader[0].value.getvalue() == b""
    page.run()
    assert page.file_uploader[0].value.getvalue() == b"" and len(page.metric) == 2


def test_an_upload_after_a_sample_is_what_is_meant(page):
    page.button(key="sample-0").click().run()
    upload(page, b"")
    assert page.error and not page.metric


def test_a_text_file_is_refused_in_words(page):
    assert "Expected a picture (PNG" in told(upload(page, b"just words", "text.png"))


def test_an_empty_image_is_refused_in_words(page):
    assert "ink" in told(upload(page, png(Image.new("L", (100, 100), 255))))


def test_a_refused_picture_leaves_the_page_usable(page):
    upload(page, b"")
    page.button(key="sample-4").click().run()
    assert not page.error and len(page.metric) == 2


def test_without_any_checkpoint_the_page_says_where_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "COMMITTED", tmp_path)
    app = cold("pages/reconstruct.py").run()
    assert not app.exception
    assert "no model here yet" in app.info[0].value
