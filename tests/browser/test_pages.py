import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from benchmarks.live import open_map
from tests.hostile.pictures import digit, saved
from tests.support.hand import eventually, shown_model, take_model, wait_until_exact, z
from tests.support.pad import evidence, grey, open_pad, verdict
from tests.support.sessions import server_at
from tests.support.training import start_a_run

ADDRESSES = {  # and what stands on each page once it is there
    "/": "Fit",
    "/your_digit": "Eraser",
    "/train": "Start",
    "/report": "What it is",
}


def settled(page):
    """Wait until the server's script has ended and nothing fades in any more."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")


def test_an_uploaded_digit_is_read_placed_and_drawn_again(page, address, digits, tmp_path):
    picture = tmp_path / "digit.jpg"
    ink = Image.fromarray(255 - digits.test.images[5].numpy()).resize((400, 400))
    ink.convert("RGB").save(picture)
    open_map(page, address)  # a hand that has been elsewhere is put where the digit lands
    page.get_by_role("link", name="Your digit").click()
    page.locator("[data-testid=latent-map][data-drawn]").wait_for()
    page.locator("input[type=file]").set_input_files(picture)
    eventually(page, lambda: grey(page).any())
    assert "nats" in verdict(page)
    steps = page.get_by_text("The centre of mass is in the middle")
    steps.wait_for()
    assert z(page) != [0, 0]
    evidence(page)
    page.wait_for_timeout(1500)  # the hand has come to rest
    place = z(page)
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**z1=**")
    wait_until_exact(page)
    eventually(page, lambda: z(page) == pytest.approx(place, abs=1e-4))


def test_a_worker_that_is_killed_in_the_middle_of_a_picture_is_a_sentence(page, address):
    page.goto(address + "/your_digit")
    settled(page)
    ended = server_at(address).children()  # which read pictures
    for process in ended:
        process.suspend()
    seven = {"name": "7.png", "mimeType": "image/png", "buffer": saved(digit(), "PNG")}
    page.locator("input[type=file]").set_input_files([seven])
    page.get_by_text("Reading the picture…").wait_for()
    for process in ended:
        process.kill()
    page.get_by_text("ended before it was done").wait_for()
    page.locator("input[type=file]").set_input_files([seven])
    eventually(page, lambda: grey(page).any())


def test_back_from_the_map_is_the_digit_at_once(page, address):
    open_pad(page, address)
    page.locator(".samples button").nth(7).click()
    page.wait_for_url("**ink=**")
    seen, there = grey(page), page.url
    page.get_by_role("link", name="Explore").click()
    page.locator("[data-testid=decoded-image][data-exact=true]").wait_for()
    page.wait_for_url("**z1=**")
    page.go_back()
    page.get_by_test_id("pad").wait_for()
    eventually(page, lambda: np.array_equal(grey(page), seen))
    assert page.url == there


def test_back_from_the_report_of_another_model_is_the_report_before(page, address):
    page.goto(address + "/report")
    page.get_by_text("What it is", exact=True).wait_for()
    take_model(page, "Article 000: convolutions")
    page.wait_for_url("**/report?ckpt=conv")
    page.go_back()
    page.wait_for_url(address + "/report")
    eventually(page, lambda: shown_model(page) == "Best map")


def test_a_text_file_named_png_is_refused_in_words(page, address, tmp_path):
    picture = tmp_path / "digit.png"
    picture.write_text("this is not a picture")
    page.goto(address + "/your_digit")
    page.locator("input[type=file]").set_input_files(picture)
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "PNG" in alert.inner_text()


def test_a_second_visitor_sees_a_run_that_is_started_and_starts_the_next(chrome, address):
    first, second = (chrome.new_context().new_page() for _ in range(2))
    for visitor in (first, second):
        visitor.set_default_timeout(60_000)
        visitor.goto(address + "/train")
        visitor.get_by_role("button", name="Start").wait_for()
    start_a_run(first, epochs=400)
    stop = second.get_by_role("button", name="Stop")
    stop.wait_for()  # without having touched anything
    second.get_by_text("is being trained now").wait_for()
    second.get_by_test_id("stProgress").filter(has_text="of 400").wait_for()
    stop.click()
    second.get_by_text("Stopped.").first.wait_for()
    start_a_run(second, epochs=300)
    for visitor in (first, second):
        visitor.get_by_test_id("stProgress").filter(has_text="of 300").wait_for()
    stop.click()
    first.get_by_text("Stopped.").wait_for()
    for visitor in (first, second):
        visitor.context.close()


def test_a_run_is_started_refreshed_shared_and_opened(page, address, chrome):
    page.goto(address + "/train")
    start_a_run(page, epochs=60)
    progress = page.get_by_test_id("stProgress")
    progress.filter(has_text="starting").wait_for()
    page.reload()  # midway: the process is still starting
    progress.filter(has_text="Plain VAE").wait_for()
    other = chrome.new_page()
    other.goto(address + "/train")
    other.get_by_test_id("stProgress").filter(has_text="Plain VAE").wait_for()
    other.get_by_text("finished: 60 epochs").wait_for(timeout=120_000)
    other.close()
    page.get_by_text("finished: 60 epochs").wait_for()
    page.get_by_test_id("moment").wait_for()  # its life can be gone through
    page.locator(".st-key-onward").get_by_role("link", name="Open in Explore").click()
    page.locator("[data-testid=decoded-image][data-exact=true]").wait_for()
    page.wait_for_url("**ckpt=digits-*")
    take_model(page, "Best map")
    page.wait_for_url("**ckpt=mnist*")
    page.locator("[data-testid=decoded-image][data-exact=true]").wait_for()


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_passes_axe_in_light_and_dark(chrome, address, path):
    for scheme in ("light", "dark"):
        page = chrome.new_page(color_scheme=scheme)
        if path == "/":
            open_map(page, address)
        else:
            page.goto(address + path)
            page.get_by_text(ADDRESSES[path], exact=True).first.wait_for()
        settled(page)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        ours = [
            (violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in found.response["violations"]
        ]
        page.close()
        assert ours == [], scheme


@pytest.mark.parametrize("path", ADDRESSES)
def test_on_a_phone_no_page_is_wider_than_the_screen(phone, address, path):
    phone.goto(address + path)
    phone.get_by_text(ADDRESSES[path], exact=True).first.wait_for()
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
