"""The tour, taken as a visitor would: by mouse, by finger, by keys alone, and without a server."""

import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.hand import eventually, middle, take_model, z
from tests.support.pad import FOUR, draw

DESK = {"viewport": {"width": 1280, "height": 720}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DRAGGED = [(0.1, -0.05), (0.2, -0.1), (0.3, -0.2), (0.2, 0.1), (0.0, 0.2), (0.1, 0.1)]


@contextmanager
def visitor(chrome, address, path="/", **options):
    """Somebody who has never been here; whatever they do, no error may come of it."""
    context = chrome.new_context(newcomer=True, **{**DESK, **options})
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address + path)
    page.locator("[data-testid=decoded-image][data-z]").wait_for()
    yield page
    assert errors == []
    assert page.get_by_test_id("stException").count() == 0
    context.close()


def card(page):
    return page.get_by_test_id("tour")


def press(page, name):
    """Press a button of the tour's."""
    page.locator(f"[data-tour={name}]").click()


def at(page, step, done=False):
    """Wait until the tour is at a step, or has seen that it is done, and look where its card is."""
    page.locator(f".tour[data-step={step}][data-done={str(done).lower()}]").wait_for()
    page.wait_for_timeout(400)  # a page may scroll smoothly
    assert covered(page) == 0, step
    return card(page)


def covered(page):
    """How much of what is pointed at is under the card, in square pixels."""
    ring, box = page.get_by_test_id("tour-ring").bounding_box(), card(page).bounding_box()
    width = min(ring["x"] + ring["width"], box["x"] + box["width"]) - max(ring["x"], box["x"])
    height = min(ring["y"] + ring["height"], box["y"] + box["height"]) - max(ring["y"], box["y"])
    return max(0, width - 1) * max(0, height - 1)


def drag(page, steps):
    """Drag the hand from the middle of the map, in parts of its width."""
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    for right, down in steps:
        page.mouse.move(x + right * side, y + down * side, steps=4)
    page.mouse.up()


def across(page):
    """From one side of the dashed circle to the other, and around in it, until the card ticks."""
    ring = page.get_by_test_id("tour-ring").bounding_box()
    x, y = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for right, down in [(-1, 0), (1, 0), (0, 0), (0, -1), (0, 1), (0, 0), (1, 1), (-1, -1)]:
        page.mouse.move(x + right * ring["width"] / 2, y + down * ring["height"] / 2, steps=12)
    page.mouse.up()


def press_points(page, press):
    """Press along a crowded line, each time long enough for an answer, until the card ticks."""
    x, y, side = middle(page)
    for step in range(40):
        press(x + (-0.15 + 0.01 * step) * side, y + 0.03 * side)
        for _ in range(15):
            page.wait_for_timeout(100)
            if card(page).get_attribute("data-done") == "true":
                return
    raise AssertionError("no press found a point")


def ended(page):
    card(page).wait_for(state="hidden")
    page.reload()
    page.locator("[data-testid=decoded-image][data-z]").wait_for()
    page.wait_for_timeout(1000)
    assert not card(page).is_visible()


def test_the_whole_tour_by_mouse(chrome, address):
    with visitor(chrome, address) as page:
        assert "six steps" in card(page).inner_text()
        press(page, "start")
        assert "1 of 6" in at(page, "drag").inner_text()
        drag(page, DRAGGED)
        at(page, "drag", done=True)
        assert "2 of 6" in at(page, "change").inner_text()
        across(page)
        at(page, "change", done=True)
        at(page, "meet")
        press_points(page, page.mouse.click)
        assert "a person wrote" in at(page, "meet", done=True).inner_text()
        assert page.locator(".digit canvas").first.is_visible()
        at(page, "draw")
        press(page, "lead")
        page.get_by_test_id("pad").wait_for()
        at(page, "draw")
        draw(page, FOUR)
        assert "star" in at(page, "draw", done=True).inner_text()
        press(page, "next")
        at(page, "doubt")
        press(page, "lead")
        page.get_by_role("tab", name="Samples").wait_for()
        at(page, "doubt")
        page.locator("[data-view=layer]").select_option("uncertainty")
        at(page, "doubt", done=True)
        assert "6 of 6" in at(page, "walk").inner_text()
        page.locator("select[data-pin=a]").select_option("4")
        page.locator("select[data-pin=b]").select_option("9")
        at(page, "walk", done=True)
        page.get_by_role("button", name=re.compile("Play the film")).first.click()
        press(page, "next")
        ended(page)


def test_the_whole_tour_by_keys_alone(chrome, address):
    with visitor(chrome, address, reduced_motion="reduce") as page:
        page.locator("[data-tour=start]").focus()
        page.keyboard.press("Enter")
        at(page, "drag")
        go(page)
        for key in ["Shift+ArrowUp", "ArrowUp", "ArrowRight", "Shift+ArrowRight"] * 2:
            page.keyboard.press(key)
        at(page, "drag", done=True)
        at(page, "change")
        place = looked_for(page)
        for axis, keys in enumerate((("ArrowLeft", "ArrowRight"), ("ArrowDown", "ArrowUp"))):
            for _ in range(120):
                away = place[axis] - z(page)[axis]
                if abs(away) < 0.03:
                    break
                page.keyboard.press(keys[away > 0])
                page.wait_for_timeout(30)
        for way, back in (("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown")):
            for key in [way] * 6 + [back] * 12 + [way] * 6:
                page.keyboard.press(key)
        at(page, "change", done=True)
        at(page, "meet")
        page.keyboard.press("Enter")
        at(page, "meet", done=True)
        at(page, "draw")
        assert has_focus(page)  # the map has nothing to do any more
        tab_to(page, "lead")
        page.keyboard.press("Enter")
        page.get_by_test_id("pad").wait_for()
        at(page, "draw")
        eventually(page, lambda: has_focus(page))
        go(page)
        for key in ["Space", *["Shift+ArrowDown"] * 10, "Space"]:
            page.keyboard.press(key)
        at(page, "draw", done=True)
        at(page, "doubt")
        assert has_focus(page)
        tab_to(page, "lead")
        page.keyboard.press("Enter")
        page.get_by_role("tab", name="Samples").wait_for()
        at(page, "doubt")
        eventually(page, lambda: has_focus(page))
        go(page)
        page.keyboard.type("how un")
        at(page, "doubt", done=True)
        at(page, "walk")
        assert has_focus(page)
        page.get_by_test_id("latent-map").focus()
        page.keyboard.press("a")
        for _ in range(3):
            page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("b")
        at(page, "walk", done=True)
        page.keyboard.press("Escape")
        ended(page)


def looked_for(page):
    """The place in the dashed circle, prior deviations."""
    ring = page.get_by_test_id("tour-ring").bounding_box()
    box = page.get_by_test_id("latent-map").bounding_box()
    x, y = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    page.mouse.move(x, y)  # a pointer that only looks: what is seen has its place
    page.wait_for_timeout(300)
    found = z(page)
    page.mouse.move(box["x"] - 8, y)
    page.wait_for_timeout(300)
    return found


def go(page):
    """By keys, from the card to what it speaks of."""
    tab_to(page, "go")
    page.keyboard.press("Enter")


def tab_to(page, name):
    button = page.locator(f"[data-tour={name}]")
    for _ in range(8):
        page.keyboard.press("Tab")
        if button.evaluate("one => one.matches(':focus')"):
            return
    raise AssertionError(f"no way by Tab to {name}")


def has_focus(page):
    return card(page).evaluate("one => one.matches(':focus-within')")


def touch(page, steps, hand=(0, 0)):
    """Drag the hand with a finger over the map, in parts of its width from its middle."""
    x, y, side = middle(page)
    session = page.context.new_cdp_session(page)
    for i, (right, down) in enumerate([hand, *steps]):
        point = [{"x": x + right * side, "y": y + down * side}]
        kind = "touchMove" if i else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
        page.wait_for_timeout(30)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_on_a_phone_by_touch(chrome, address):
    with visitor(chrome, address, **PHONE) as page:
        page.locator("[data-tour=start]").tap()
        at(page, "drag")
        touch(page, DRAGGED)
        at(page, "drag", done=True)
        at(page, "change")
        ring, (x, y, side) = page.get_by_test_id("tour-ring").bounding_box(), middle(page)
        right = (ring["x"] + ring["width"] / 2 - x) / side
        down = (ring["y"] + ring["height"] / 2 - y) / side
        reach = 0.08
        touch(
            page,
            [
                (right + reach * i / 8 * (dx), down + reach * i / 8 * dy)
                for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1))
                for i in (*range(-8, 9), *range(8, -9, -1))
            ],
            hand=DRAGGED[-1],
        )
        at(page, "change", done=True)
        page.reload()
        at(page, "meet")  # its points have come for it, and no server takes them away
        press_points(page, page.touchscreen.tap)
        at(page, "meet", done=True)
        at(page, "draw")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_not_now_is_remembered_and_the_button_brings_the_tour_back(chrome, address):
    with visitor(chrome, address) as page:
        press(page, "later")
        ended(page)
        press(page, "again")
        at(page, "drag")
        page.keyboard.press("Escape")
        ended(page)


def test_a_reload_goes_on_where_the_tour_was(chrome, address):
    with visitor(chrome, address) as page:
        press(page, "start")
        press(page, "next")
        at(page, "change")
        page.reload()
        at(page, "change")
        press(page, "back")
        at(page, "drag")
        press(page, "end")
        ended(page)


def test_of_a_model_that_is_changed_the_tour_goes_on(chrome, address):
    with visitor(chrome, address) as page:
        press(page, "start")
        press(page, "next")
        at(page, "change")
        take_model(page, "Article 000: convolutions")
        page.wait_for_url("**ckpt=conv&*")
        page.locator("[data-testid=decoded-image][data-exact=true]").wait_for()
        at(page, "change")
        across(page)
        at(page, "change", done=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tour_passes_axe(chrome, address, scheme):
    with visitor(chrome, address, color_scheme=scheme) as page:
        for button in ("start", "next", "next", "next"):
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
            assert [one["id"] for one in found.response["violations"]] == []
            press(page, button)
        at(page, "draw")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        assert [one["id"] for one in found.response["violations"]] == []


@pytest.fixture(scope="module", params=["map", "pad"])
def exported(request, tmp_path_factory):
    """A page as the command line writes it; which of the two it is."""
    target = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    command = [sys.executable, "-m", "vae", "export", "mnist", "--html", str(target)]
    command += ["--pad"] if request.param == "pad" else ["--encoder"]
    subprocess.run(command, check=True, timeout=120)
    return request.param, target


def test_the_tour_of_a_saved_page_without_a_network(chrome, exported):
    kind, target = exported
    context = chrome.new_context(newcomer=True, **DESK)
    context.set_offline(True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(target.as_uri())
    page.locator("[data-testid=decoded-image][data-z]").wait_for()
    assert "five steps" in card(page).inner_text()
    press(page, "start")
    at(page, "drag")
    drag(page, DRAGGED)
    at(page, "drag", done=True)
    at(page, "change")
    across(page)
    at(page, "change", done=True)
    at(page, "meet")
    press_points(page, page.mouse.click)
    at(page, "meet", done=True)
    if kind == "pad":
        at(page, "draw")
        draw(page, FOUR)
        at(page, "draw", done=True)
    at(page, "doubt")
    page.locator("[data-view=layer]").select_option("uncertainty")
    at(page, "doubt", done=True)
    if kind == "map":
        at(page, "walk")
        page.locator("select[data-pin=a]").select_option("4")
        page.locator("select[data-pin=b]").select_option("9")
        at(page, "walk", done=True)
        assert "5 of 5" in card(page).inner_text()
    press(page, "next")
    ended(page)
    context.close()
