"""What stands around every page, the presenter mode, and how pages fit small screens."""

import pytest

from benchmarks.live import open_map
from pages.ui import brand
from tests.support.hand import eventually, middle, z
from tests.support.pad import SEVEN, draw, open_pad


def within(page, name, width, height):
    box = page.get_by_test_id(name).bounding_box()
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return box["x"] >= 0 and box["y"] >= 0 and right <= width and bottom <= height


@pytest.mark.parametrize("path", ["/", "/your_digit", "/train", "/report"])
def test_every_page_has_name_sentence_and_credit(page, address, path):
    page.goto(address + path)
    page.get_by_role("heading", name=brand.NAME).wait_for()
    credit = page.get_by_text("by Yann LeCun")
    credit.wait_for()
    assert any(page.get_by_text(words).is_visible() for words in brand.SENTENCES.values())
    assert page.locator("h1").count() == 1
    page.wait_for_timeout(500)
    below = page.locator(".st-key-frame").bounding_box()
    assert credit.bounding_box()["y"] > below["y"] + below["height"] + 100


def test_a_presenter_shows_the_map_and_the_digit_alone(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_map(page, address)
    before = page.get_by_test_id("latent-map").bounding_box()["width"]
    page.get_by_role("button", name="Present").click()
    eventually(
        page, lambda: page.get_by_test_id("latent-map").bounding_box()["width"] > before + 50
    )
    assert not page.get_by_role("heading", name=brand.NAME).is_visible()
    assert (
        not page.get_by_test_id("z1").is_visible()
        and not page.get_by_role("tab").first.is_visible()
    )
    assert all(within(page, name, 1280, 720) for name in ("latent-map", "decoded-image"))
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + side / 6, y - side / 6, steps=4)
    page.mouse.up()
    eventually(page, lambda: z(page)[0] > 0.3)
    page.keyboard.press("Escape")
    page.get_by_test_id("z1").wait_for()
    page.keyboard.press("p")
    page.get_by_test_id("z1").wait_for(state="hidden")
    page.keyboard.press("P")
    page.get_by_test_id("z1").wait_for()
    assert page.get_by_role("heading", name=brand.NAME).is_visible()


def test_p_is_a_letter_where_one_types(page, address):
    open_map(page, address)
    page.get_by_role("tab", name="Share").click()
    page.get_by_test_id("typed").press("p")
    page.wait_for_timeout(300)
    assert page.get_by_test_id("typed").input_value() == "p"
    assert page.get_by_test_id("z1").is_visible()


def test_who_presents_your_digit_draws_before_everybody(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_pad(page, address)
    page.get_by_role("button", name="Present").click()
    page.get_by_role("button", name="Clear", exact=True).wait_for(state="hidden")
    draw(page, SEVEN)
    assert all(within(page, name, 1280, 720) for name in ("pad", "latent-map", "decoded-image"))


def swipe(phone, start, end, steps=8):
    touch = phone.context.new_cdp_session(phone)
    for step in range(steps + 1):
        part = step / steps
        x, y = (a + part * (b - a) for a, b in zip(start, end, strict=True))
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        phone.wait_for_timeout(20)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def scrolled(phone):
    return phone.evaluate("document.querySelector('[data-testid=stMain]').scrollTop + scrollY")


def test_a_swipe_up_the_map_leaves_it_and_the_hand_stays(phone, address):
    open_map(phone, address)
    x, y, side = middle(phone)
    before = z(phone)
    swipe(phone, (x + 0.3 * side, y + 0.4 * side), (x + 0.3 * side, y - 0.3 * side))
    eventually(phone, lambda: scrolled(phone) > 40)
    eventually(phone, lambda: z(phone) == before)


def test_a_finger_along_the_map_moves_the_hand_wherever_it_begins(phone, address):
    open_map(phone, address)
    x, y, side = middle(phone)
    swipe(phone, (x - 0.4 * side, y + 0.3 * side), (x + 0.3 * side, y + 0.3 * side))
    eventually(phone, lambda: z(phone)[0] > 0.5 and z(phone)[1] < -0.5)
    assert scrolled(phone) == 0


def test_on_a_phone_the_pages_are_in_one_row_and_the_digit_covers_no_map(phone, address):
    open_map(phone, address)
    links = [
        phone.get_by_role("link", name=name) for name in ("Your digit", "Train", "Report card")
    ]
    assert len({round(link.bounding_box()["y"]) for link in links}) == 1
    the_map, image = (
        phone.get_by_test_id(name).bounding_box() for name in ("latent-map", "decoded-image")
    )
    assert image["y"] >= the_map["y"] + the_map["height"]


@pytest.mark.parametrize("path", ["/", "/your_digit", "/train", "/report"])
@pytest.mark.parametrize(("width", "height"), [(640, 360), (390, 844)])
def test_nothing_is_wider_than_a_small_screen_or_one_at_twice_the_size(
    page, address, path, width, height
):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address + path)
    page.get_by_text("by Yann LeCun").wait_for()
    page.wait_for_timeout(1500)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
