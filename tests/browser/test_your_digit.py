"""The pad and its instruments, in a real browser; figures are compared with PyTorch's."""

import base64
import csv
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from pages.ui import resources
from tests.support.hand import eventually, saved, z
from tests.support.pad import FOUR, SEVEN, draw, evidence, grey, open_pad, open_tab, verdict
from vae.codec import decode, encode
from vae.digit import inference


@pytest.fixture(scope="module")
def loaded():
    return resources.load("mnist")


def written(text):
    paper = Image.new("L", (400, 400), 235)
    font = ImageFont.load_default(220)
    ImageDraw.Draw(paper).text((120, 60), text, font=font, fill=20)
    file = io.BytesIO()
    paper.save(file, "PNG")
    return file.getvalue()


def read(loaded, image):
    (found,) = inference.read(
        loaded.checkpoint.model, loaded.neighbours, torch.from_numpy(image)[None]
    )
    return found


def test_what_is_drawn_is_read_placed_and_decoded_as_pytorch_does_it(page, address, loaded):
    open_pad(page, address)
    open_tab(page, "strange")  # the hand stays where the encoder puts it until the posterior speaks
    draw(page, FOUR)
    seen, words = grey(page), verdict(page)
    assert seen.max() == 255 and len(np.flatnonzero(seen.any(1))) in (20, 21)
    expected = read(loaded, seen)
    total, picture, where = map(float, re.findall(r"([\d.]+) (?:nats|for|to say)", words))
    assert total == pytest.approx(expected.cost, abs=0.15)
    assert picture == pytest.approx(expected.reconstruction, abs=0.15)
    assert where == pytest.approx(expected.kl, abs=0.15)
    image = decode(loaded.checkpoint.model, torch.tensor([z(page)]))[0].numpy().astype(int)
    assert np.abs(grey(page, "decoded-image") - image).max() <= 2


def test_the_place_follows_while_the_pen_is_down(page, address):
    open_pad(page, address)
    box = page.get_by_test_id("pad").bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 60)
    page.mouse.down()
    places = set()
    for step in range(12):
        page.mouse.move(box["x"] + 80 + 10 * step, box["y"] + 60 + 14 * step, steps=3)
        page.wait_for_timeout(60)
        places.add(tuple(z(page)))
    page.mouse.up()
    assert len(places) > 6


def test_pad_map_and_answer_are_in_one_view(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_pad(page, address)
    draw(page, SEVEN)
    for name in ("pad", "latent-map", "seen", "decoded-image", "verdict", "evidence"):
        box = page.get_by_test_id(name).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 720, name
    box = page.get_by_test_id("latent-map").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1)


def test_undo_redo_eraser_and_clear(page, address):
    open_pad(page, address)
    draw(page, FOUR)
    whole = grey(page)
    page.get_by_role("button", name="Undo").click()
    assert not np.array_equal(grey(page), whole)
    page.get_by_role("button", name="Redo").click()
    assert np.array_equal(grey(page), whole)
    page.get_by_role("button", name="Eraser").click()
    draw(page, [[(0.5, 0.85), (0.7, 0.95)]])
    assert not np.array_equal(grey(page), whole)
    page.get_by_role("button", name="Eraser").click()
    page.get_by_role("button", name="Clear", exact=True).click()
    assert not grey(page).any()
    page.get_by_role("button", name="Undo").click()
    assert grey(page).any()


def test_keys_draw(page, address):
    open_pad(page, address)
    page.get_by_test_id("pad").focus()
    page.keyboard.press("Space")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    drawn = grey(page)
    assert drawn.any() and len(np.flatnonzero(drawn.any(0))) < 8  # an upright line
    page.keyboard.press("z")
    assert not grey(page).any()


def test_a_finger_draws_and_the_page_stays(phone, address):
    open_pad(phone, address)
    box = phone.get_by_test_id("pad").bounding_box()
    client = phone.context.new_cdp_session(phone)

    def touch(kind, *points):
        at = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points
        ]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (0.5, 0.15))
    for step in range(1, 15):
        touch("touchMove", (0.5, 0.15 + 0.05 * step))
    touch("touchEnd")
    assert "nats" in verdict(phone)
    assert phone.evaluate("scrollY") == 0
    drawn = grey(phone)
    assert len(np.flatnonzero(drawn.any(1))) == 20


def test_an_address_brings_the_same_result_to_somebody_else(page, chrome, address):
    open_pad(page, address)
    draw(page, FOUR)
    page.wait_for_url("**ink=**")
    assert len(page.url.split("ink=")[1]) <= 1450
    figures, seen = evidence(page), grey(page)
    other = chrome.new_context(viewport={"width": 900, "height": 800}).new_page()
    other.set_default_timeout(30_000)
    open_pad(other, address, "?" + page.url.split("?")[1])
    eventually(other, lambda: np.array_equal(grey(other), seen))
    assert evidence(other) == figures
    assert verdict(other) == verdict(page)
    other.context.close()


def test_a_drawing_over_a_test_digit_is_in_the_address_too(page, chrome, address):
    open_pad(page, address)
    page.locator(".samples button").nth(3).click()
    draw(page, [[(0.2, 0.2), (0.3, 0.8)]])
    page.wait_for_url("**ink=*.*")
    seen = grey(page)
    other = chrome.new_context().new_page()
    open_pad(other, address, "?" + page.url.split("?")[1])
    eventually(other, lambda: np.array_equal(grey(other), seen))
    other.context.close()


def test_back_to_an_address_without_a_drawing_is_an_empty_pad(page, address):
    open_pad(page, address)
    draw(page, SEVEN)
    page.wait_for_url("**ink=**")
    page.go_back()
    eventually(page, lambda: not grey(page).any())
    page.wait_for_timeout(2000)
    assert "ink" not in page.url
    page.go_forward()
    eventually(page, lambda: grey(page).any())


def test_a_drawing_survives_other_pages(page, address):
    open_pad(page, address)
    draw(page, SEVEN)
    page.wait_for_url("**ink=**")
    seen, place = grey(page), None
    evidence(page)
    eventually(page, lambda: page.locator(".answers p").count() == 1)
    place = z(page)
    page.wait_for_timeout(1500)
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**z1=**")
    page.locator("[data-testid=decoded-image][data-z]").wait_for()
    eventually(page, lambda: z(page) == pytest.approx(place, abs=1e-4))
    page.get_by_role("link", name="Your digit").click()
    page.get_by_test_id("pad").wait_for()
    eventually(page, lambda: np.array_equal(grey(page), seen))


def test_two_digits_are_uploaded_side_by_side(page, address):
    open_pad(page, address)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").click()
    chooser.value.set_files(
        [{"name": f"{n}.png", "mimeType": "image/png", "buffer": written(n)} for n in "37"]
    )
    page.get_by_text("Your digits").wait_for()
    eventually(page, lambda: grey(page).any())
    three = grey(page)
    page.locator(".st-key-sheet-1 button").first.click()
    eventually(page, lambda: grey(page).any() and not np.array_equal(grey(page), three))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download a table").click()
    rows = list(csv.DictReader(download.value.path().read_text("utf-8").splitlines()))
    assert [row["file"] for row in rows] == ["3.png", "7.png"]


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(page, address, kind):
    open_pad(page, address)
    content = base64.b64encode(written("5")).decode()
    page.evaluate(
        """async ([content, kind]) => {
          const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], "image.png", { type: "image/png" }));
          const find = (root) => {
            for (const host of root.querySelectorAll("*")) {
              const found = host.shadowRoot?.querySelector(".pad");
              if (found) return found;
            }
            return root.querySelector(".pad");
          };
          const at = kind === "drop" ? find(document) : document;
          const event = kind === "drop"
            ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
          at.dispatchEvent(event);
        }""",
        [content, kind],
    )
    eventually(page, lambda: grey(page).any())
    page.get_by_text("How the model gets to see it").wait_for()


def test_the_true_posterior_is_the_one_that_pytorch_integrates(page, address, loaded):
    open_pad(page, address)
    draw(page, FOUR)
    log_p, bound, gap = evidence(page)
    seen = grey(page)
    *_, truth = inference.truths(loaded.checkpoint.model, torch.from_numpy(seen.copy()))
    assert log_p == pytest.approx(truth.log_evidence, abs=0.25)
    assert bound == pytest.approx(-read(loaded, seen).cost, abs=0.15)
    assert gap == pytest.approx(log_p - bound, abs=0.11)
    eventually(page, lambda: "better by" in page.get_by_test_id("answers").inner_text())
    eventually(page, lambda: z(page) == pytest.approx(truth.mode, abs=0.02))
    page.get_by_role("button", name="Go to the encoder answer").click()
    mean = encode(loaded.checkpoint.model, torch.from_numpy(seen)[None]).mean[0].tolist()
    eventually(page, lambda: z(page) == pytest.approx(mean, abs=0.005))
    page.get_by_role("button", name="Back to my digit").click()
    eventually(page, lambda: z(page) == pytest.approx(truth.mode, abs=0.02))


def test_what_is_erased_is_imagined(page, address, loaded):
    open_pad(page, address)
    page.locator(".samples button").nth(4).click()
    open_tab(page, "erase")
    completions = page.get_by_test_id("completions")
    eventually(page, lambda: completions.inner_text().startswith("4"))
    page.get_by_role("button", name="Hide the lower half").click()
    eventually(page, lambda: completions.locator("b").count() >= 1)
    page.wait_for_timeout(1500)
    shares = [int(text[:-1]) for text in completions.locator("output").all_inner_texts()]
    assert shares == sorted(shares, reverse=True) and 90 <= sum(shares) <= 101
    seen, imagined = grey(page), grey(page, "imagined")
    assert np.array_equal(imagined[:14], seen[:14])
    expected = completed(loaded.checkpoint.model, seen)
    assert np.abs(imagined[14:].astype(float) - expected[14:]).mean() < 6


def completed(model, image):
    """The mean image under the posterior given the upper half, on an even grid of the plane."""
    line = torch.linspace(-3.5, 3.5, 141)
    places = torch.cartesian_prod(line, line)
    with torch.inference_mode():
        logits = torch.cat([model.logits(part) for part in places.split(2048)])
    pixels = torch.from_numpy(image).float() / 255
    upper = logits[:, :14]
    log_p = (pixels[:14] * upper - torch.nn.functional.softplus(upper)).sum((1, 2))
    mass = (log_p - 0.5 * places.square().sum(1)).softmax(0)
    return 255 * (mass[:, None, None] * logits.sigmoid()).sum(0).numpy()


def test_noise_is_taken_back_and_its_error_told(page, address):
    open_pad(page, address)
    page.locator(".samples button").nth(0).click()
    open_tab(page, "noise")
    captions = page.locator("#panel-noise figcaption")
    eventually(page, lambda: "posterior" in captions.nth(2).inner_text())
    page.wait_for_timeout(1500)
    errors = [float(text.rsplit(" ", 1)[1]) for text in captions.all_inner_texts()]
    difference = grey(page).astype(float) - grey(page, "denoised")
    assert errors[2] == pytest.approx(np.sqrt((difference**2).mean()), abs=0.06)
    assert errors[2] < errors[0]


def test_a_digit_in_four_characters_is_read_by_explore(page, address):
    open_pad(page, address)
    page.locator(".samples button").nth(7).click()
    open_tab(page, "bits")
    code = page.get_by_test_id("own-code")
    eventually(page, lambda: len(code.inner_text()) == 4)
    evidence_of = code.inner_text()
    place = z(page)
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**z1=**")
    page.get_by_role("tab", name="Share").click()
    page.get_by_test_id("typed").fill(evidence_of)
    page.get_by_role("button", name="Go there").click()
    eventually(page, lambda: z(page) == pytest.approx(place, abs=0.3))


def test_more_like_it_is_saved_as_an_archive(page, address):
    open_pad(page, address)
    page.locator(".samples button").nth(8).click()
    open_tab(page, "more")
    page.wait_for_timeout(1500)
    drawn = page.locator("#panel-more .drawn button")

    def some():
        page.get_by_test_id("vary").click()
        return drawn.count() == 24

    eventually(page, some)
    content, name = saved(page, page.locator("#panel-more .zip"))
    assert name == "mnist-variations.zip" and content[:2] == b"PK"


def test_few_labels_tell_the_others(page, address):
    open_pad(page, address)
    open_tab(page, "labels")
    page.get_by_role("button", name="100", exact=True).click()
    words = page.get_by_test_id("accuracy")
    eventually(page, lambda: "%" in words.inner_text())
    shares = [float(share) for share in re.findall(r"([\d.]+)%", words.inner_text())]
    assert len(shares) == 2 and all(55 < share < 95 for share in shares)


def test_nearest_test_digits_are_shown_with_their_originals(page, address):
    open_pad(page, address)
    page.locator(".samples button").nth(2).click()
    open_tab(page, "strange")
    buttons = page.locator(".neighbours button")
    eventually(page, lambda: buttons.count() == 8)
    eventually(page, lambda: "of all test digits" in page.get_by_test_id("ranks").inner_text())
    assert "Test digit" in buttons.first.get_attribute("aria-label")


@pytest.mark.parametrize(
    ("name", "strange"), [("a letter", "true"), ("a crossed 7", "false"), ("a scribble", "true")]
)
def test_drawings_to_doubt_are_ready(page, address, name, strange):
    open_pad(page, address)
    open_tab(page, "strange")
    page.get_by_role("button", name=f"Draw {name}").click()
    words = page.locator(".strange", has_text="%")
    words.wait_for()  # the first time all test digits are read
    assert words.get_attribute("data-warn") == strange


def test_what_is_no_digit_is_said_to_be_strange(page, address):
    open_pad(page, address)
    letter = [[(0.2, 0.9), (0.5, 0.1), (0.8, 0.9)], [(0.3, 0.6), (0.7, 0.6)]]
    draw(page, letter)
    strange = page.locator(".strange", has_text="%")
    strange.wait_for()
    assert "knows nothing like it" in strange.inner_text()
    assert strange.get_attribute("data-warn") == "true"
