import math
import re

import pytest

from benchmarks.live import open_map
from pages.ui.components.latent_map.islands import class_islands
from pages.ui.explore.protocol import spell
from tests.support.hand import (
    PIXELS,
    click_a_point,
    eventually,
    frame,
    image,
    middle,
    points,
    press,
    wait_until_exact,
    z,
)
from vae import library
from vae.data import sets
from vae.latent.extent import around
from vae.store import checkpoint


def test_the_image_changes_at_every_step_of_a_drag_on_the_map(page, address):
    open_map(page, address)
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    images, places = set(), set()
    for step in range(20):
        page.mouse.move(x + side * 0.015 * step, y - side * 0.012 * step)
        frame(page)
        images.add(image(page))
        places.add(tuple(z(page)))
    assert len(places) == 20
    assert len(images) >= 19  # the button is still down: all of this was live
    page.mouse.up()
    wait_until_exact(page)


@pytest.mark.parametrize(("slider", "axis"), [("z1", 0), ("z2", 1)])
def test_a_slider_is_live_while_it_is_dragged(page, address, slider, axis):
    open_map(page, address)
    box = page.get_by_test_id(slider).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = z(page)
    page.mouse.move(x, y)
    page.mouse.down()
    images = set()
    for step in range(1, 13):
        page.mouse.move(x + 4 * step, y)
        frame(page)
        images.add(image(page))
    assert len(images) >= 11
    page.mouse.up()
    wait_until_exact(page)
    after = z(page)
    assert after[axis] > before[axis] + 0.3
    assert abs(after[1 - axis] - before[1 - axis]) < 1e-6


def test_arrow_keys_move_the_hand_and_shift_makes_bigger_steps(page, address):
    open_map(page, address, "/?z1=0&z2=0")
    page.get_by_test_id("latent-map").focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    frame(page)
    x, y = z(page)
    assert x == pytest.approx(0.05 + 0.25)
    assert y == pytest.approx(0.05)
    wait_until_exact(page)


def test_a_finger_moves_the_hand(phone, address):
    open_map(phone, address)
    x, y, side = middle(phone)
    touch = phone.context.new_cdp_session(phone)
    before, images = z(phone), set()
    for step in range(12):
        point = [{"x": x - side * 0.02 * step, "y": y + side * 0.02 * step}]
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
        frame(phone)
        images.add(image(phone))
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    after = z(phone)
    assert after[0] < before[0] - 0.5
    assert after[1] < before[1] - 0.5
    assert len(images) >= 10
    assert phone.evaluate("scrollY") == 0  # the finger moved the hand, not the page
    wait_until_exact(phone)


def test_two_fingers_zoom_and_leave_the_hand_where_it_was(phone, address):
    open_map(phone, address)
    x, y, _ = middle(phone)
    before, shown = z(phone), points(phone)
    touch = phone.context.new_cdp_session(phone)

    def fingers(kind, *places):
        points = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (x - 30, y - 60))
    fingers("touchStart", (x - 30, y - 60), (x + 30, y + 60))
    for spread in range(31, 80, 6):
        fingers("touchMove", (x - spread, y - 2 * spread), (x + spread, y + 2 * spread))
    fingers("touchEnd")
    eventually(phone, lambda: points(phone) != shown)
    eventually(phone, lambda: z(phone) == before)
    wait_until_exact(phone)


def test_on_a_phone_map_digit_and_sliders_fit_one_screen(phone, address):
    open_map(phone, address)
    for name in ("latent-map", "decoded-image", "z1", "z2"):
        box = phone.get_by_test_id(name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_class_can_be_hidden_and_shown(page, address):
    open_map(page, address)
    before = points(page)
    button = page.get_by_role("button", name="Digit 1")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    eventually(page, lambda: points(page) != before)
    button.click()
    eventually(page, lambda: points(page) == before)


def test_hidden_classes_are_in_the_address_and_survive_a_reload_and_a_shared_link(
    page, address, chrome
):
    open_map(page, address)
    for label in (8, 3):
        page.get_by_role("button", name=f"Digit {label}").click()
    page.wait_for_url("**hidden=38*")
    without = points(page)
    page.reload()
    other = chrome.new_page(viewport={"width": 1366, "height": 800})
    open_map(other, page.url, "")
    for visitor in (page, other):
        eventually(visitor, lambda visitor=visitor: points(visitor) == without)
        pressed = visitor.locator(".legend button").evaluate_all(
            "chips => chips.map(chip => chip.getAttribute('aria-pressed'))"
        )
        assert [label for label, shown in enumerate(pressed) if shown == "false"] == [3, 8]
    page.get_by_role("button", name="Digit 3").click()
    page.wait_for_url("**hidden=8*")
    page.go_back()
    eventually(page, lambda: points(page) == without)
    other.close()


def test_zoom_keeps_the_place_under_the_pointer(page, address):
    open_map(page, address)
    x, y, side = middle(page)
    start = z(page)
    page.mouse.move(x + side * 0.2, y + side * 0.2)
    page.mouse.click(x + side * 0.2, y + side * 0.2)
    eventually(page, lambda: z(page) != start)
    frame(page)  # the click may have meant a point, which the next frame shows
    before, shown = z(page), points(page)
    page.mouse.wheel(0, -600)
    eventually(page, lambda: points(page) != shown)
    page.mouse.move(x + side * 0.2 + 30, y + side * 0.2)
    page.mouse.down()
    page.mouse.move(x + side * 0.2, y + side * 0.2)
    page.mouse.up()
    eventually(page, lambda: math.dist(z(page), before) < 0.15)


def test_shift_drag_pans_without_moving_the_hand(page, address):
    open_map(page, address)
    before, shown = z(page), points(page)
    x, y, _ = middle(page)
    page.keyboard.down("Shift")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 60, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    eventually(page, lambda: points(page) != shown)
    assert z(page) == before
    page.get_by_role("button", name="Show the whole map").click()
    eventually(page, lambda: points(page) == shown)


def test_clicking_a_test_point_selects_it(page, address):
    open_map(page, address)
    digit = click_a_point(page)
    index, label = re.search(r"Test digit ([\d,]+), an? (\d)", digit.inner_text()).groups()
    index = int(index.replace(",", ""))
    committed = checkpoint.load(library.find("mnist"))
    assert int(label) == committed.labels[index]
    assert z(page) == pytest.approx(committed.encoded.mean[index].tolist())
    wait_until_exact(page)
    shown = digit.locator("canvas").first.evaluate(PIXELS).split(",")[::4]
    original = sets.load_test("mnist").images[index].flatten().tolist()
    assert [int(v) for v in shown] == original


def test_copying_the_address_reproduces_the_view(page, address, chrome):
    open_map(page, address)
    press(page, 0.31, -0.22)
    wait_until_exact(page)
    there = z(page)
    page.wait_for_url(
        lambda url: f"z1={spell(there[0])}&" in url
    )  # written once the hand has rested
    other = chrome.new_page()
    open_map(other, page.url, "")
    assert z(other) == pytest.approx(there, abs=1e-5)
    other.close()


def test_going_back_puts_the_hand_where_it_rested_before(page, address):
    open_map(page, address, "/?ckpt=mnist&z1=0&z2=0")
    places = []
    for part in (0.3, -0.25):
        press(page, part, -0.2)
        wait_until_exact(page)
        place = z(page)
        page.wait_for_url(lambda url, place=place: f"z1={spell(place[0])}&" in url)
        places.append(place)
    page.go_back()
    eventually(page, lambda: z(page) == pytest.approx(places[0], abs=1e-2))
    wait_until_exact(page)


def test_holding_an_arrow_key_is_one_step_of_the_address(page, address):
    open_map(page, address, "/?ckpt=mnist&z1=0&z2=0")
    before = page.evaluate("history.length")
    page.get_by_test_id("latent-map").focus()
    for _ in range(30):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    page.wait_for_url("**z1=1.5&*")
    assert z(page)[0] == pytest.approx(1.5)
    assert page.evaluate("history.length") == before + 1


def test_nothing_jumps_while_the_hand_moves(page, address):
    open_map(page, address)
    names = ("latent-map", "decoded-image", "z1", "z2")
    boxes = [page.get_by_test_id(name).bounding_box() for name in names]
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + side * 0.3, y + side * 0.3, steps=10)
    page.mouse.up()
    wait_until_exact(page)
    assert [page.get_by_test_id(name).bounding_box() for name in names] == boxes


def test_a_made_up_address_is_explained_and_harms_nothing(page, address):
    open_map(page, address, "/?z1=nan&ckpt=../../etc/passwd")
    alerts = page.get_by_role("alert").all_inner_texts()
    assert any("../../etc/passwd" in text for text in alerts)
    assert any("z1 and z2 must be numbers" in text for text in alerts)
    assert z(page) == [0, 0]


def test_the_place_is_said_in_words_once_the_hand_rests(page, address):
    open_map(page, address, "/?z1=0&z2=0")
    page.get_by_test_id("latent-map").focus()
    page.keyboard.press("ArrowRight")
    spoken = page.locator(".spoken")
    eventually(page, lambda: "z1 0.05, z2 0.00" in spoken.inner_text())
    assert re.search(r"most like an? \d", spoken.inner_text())
    assert spoken.get_attribute("aria-live") == "polite"


def test_going_to_another_page_and_back_keeps_the_hand(page, address):
    open_map(page, address)
    press(page, -0.3, 0.1)
    wait_until_exact(page)
    there = z(page)
    page.get_by_role("link", name="Train").click()
    page.get_by_text("Train a model of your own").wait_for()
    page.get_by_role("link", name="Explore", exact=True).click()
    page.locator("[data-testid=decoded-image][data-exact=true]").wait_for()
    assert z(page) == pytest.approx(there)


def test_a_place_beyond_the_map_is_said_and_the_hand_is_at_its_edge(page, address):
    open_map(page, address, "/?z1=1e9&z2=0")
    alert = page.get_by_role("alert").filter(has_text="beyond this map")
    alert.wait_for()
    assert 3 <= z(page)[0] < 20


def test_the_wheel_does_not_trap_a_page_that_is_scrolled_past_the_map(chrome, address):
    page = chrome.new_page(viewport={"width": 900, "height": 500})  # instruments under the map
    open_map(page, address)
    shown = points(page)
    top = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.mouse.move(300, 250)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 1e6)")
    below = page.evaluate(top)
    assert below > 200
    for _ in range(40):
        page.mouse.wheel(0, -60)  # upwards, until the map has come under the pointer and gone by
        frame(page)
    eventually(page, lambda: page.evaluate(top) == 0)
    assert points(page) == shown  # and has not been zoomed
    page.wait_for_timeout(400)  # a pause of 300 ms ends a turn of the wheel
    page.mouse.move(310, 255)  # a pointer that has moved on the map means the map
    page.mouse.wheel(0, -60)
    eventually(page, lambda: points(page) != shown)
    assert page.evaluate(top) == 0
    page.close()


@pytest.mark.parametrize(
    ("width", "height"), [(1440, 900), (1280, 720), (1000, 700), (700, 900), (390, 844), (320, 700)]
)
def test_what_a_place_is_like_stays_in_its_column(chrome, address, width, height):
    page = chrome.new_page(viewport={"width": width, "height": height})
    for path in ("/?z1=-3&z2=3", "/?z1=0.62&z2=-0.75"):
        open_map(page, address, path)
        for selector in (".like", ".near", ".near p", ".exact"):
            line = page.locator(selector).first
            wide, room = line.evaluate("line => [line.scrollWidth, line.clientWidth]")
            assert wide <= room, (path, selector, line.inner_text())
    page.close()


def test_no_label_is_under_the_hand(page, address):
    name = "mnist-exact"
    found = checkpoint.load(library.find(name))
    mean = found.encoded.mean
    islands = class_islands(mean, found.labels, around(mean))
    assert sum(map(len, islands)) > 10
    z1, z2 = islands[5][0]
    ink = """(canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, i) => i % 4 === 3 && data[i]).length;
    }"""
    open_map(page, address, f"/?ckpt={name}&z1={z1}&z2={z2}")
    without = page.locator("canvas.labels").evaluate(ink)
    press(page, 0.45, 0.45)  # far from any label
    eventually(page, lambda: page.locator("canvas.labels").evaluate(ink) > without + 50)
