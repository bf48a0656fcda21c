"""A model that is watched while it learns, held, changed, and gone through afterwards."""

import json

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe

from benchmarks import live
from tests.support.hand import PIXELS, eventually, image, middle, points, saved, z
from tests.support.training import settle, start_a_run, stop_all

COUNT = """root => new Promise(done => {
  let count = 0;
  const watcher = new MutationObserver(() => count++);
  watcher.observe(root, {attributes: true, attributeFilter: ["data-frame"]});
  setTimeout(() => { watcher.disconnect(); done(count / 4); }, 4000);
})"""


@pytest.fixture
def training(page, address):
    """A run that goes on, and the visitor who has started it; it is ended when the test is over."""
    stop_all(page, address)
    start_a_run(page, epochs=1000, recipe="digits")
    wait_for_frames(page)
    yield page
    stop_all(page, address)


def wait_for_frames(page):
    page.locator(".training[data-frame]").wait_for(timeout=60_000)
    page.locator(".training .curves[data-known=true]").wait_for()


def step(page):
    return int(page.locator(".training").get_attribute("data-step"))


def life(page):
    """The slider over a run's life."""
    slider = page.get_by_test_id("moment")
    slider.wait_for()
    return slider


def drag_life(page, part):
    box = life(page).bounding_box()
    page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)


def ask(page, name):
    settle(page)
    page.get_by_role("button", name=name, exact=True).click()


def test_the_points_move_several_times_a_second(training):
    """How often on a machine that has nothing else to do: `python -m benchmarks.learning`."""
    before = points(training)
    rate = training.locator(".training").evaluate(COUNT)
    assert rate >= 1.5
    assert points(training) != before
    moving = {points(training) for _ in range(10)}
    assert len(moving) > 5  # between two frames, too
    assert "a second" in training.get_by_test_id("now").inner_text()


def test_a_hand_drags_while_the_model_learns_and_the_picture_follows(training):
    x, y, side = middle(training)
    training.mouse.move(x, y)
    training.mouse.down()
    seen = set()
    for i in range(12):
        training.mouse.move(x + 0.025 * i * side, y - 0.02 * i * side)
        training.wait_for_timeout(60)
        seen.add((image(training), tuple(z(training))))
    training.mouse.up()
    assert len({place for _, place in seen}) >= 10
    assert len({picture for picture, _ in seen}) >= 8


def test_the_picture_under_a_hand_that_rests_changes_as_the_model_learns(training):
    x, y, side = middle(training)
    training.mouse.click(x + 0.1 * side, y)
    training.mouse.move(0, 0)
    place, before = z(training), image(training)
    eventually(training, lambda: image(training) != before)
    assert z(training) == place


def test_who_pauses_sees_no_more_steps_and_one_batch_is_one(training):
    ask(training, "Pause")
    training.get_by_test_id("stProgress").filter(has_text="paused").wait_for()
    training.wait_for_timeout(1500)
    before = step(training)
    training.wait_for_timeout(1500)
    assert step(training) == before
    ask(training, "One batch")
    eventually(training, lambda: step(training) == before + 1)
    training.wait_for_timeout(1000)
    assert step(training) == before + 1
    ask(training, "Continue")
    eventually(training, lambda: step(training) > before + 20)


def test_beta_is_changed_while_it_runs_and_marked_and_a_bad_one_refused(training):
    beta = training.get_by_label("β", exact=True)
    beta.fill("-2")
    beta.press("Enter")
    training.get_by_role("alert").filter(has_text="beta must be").wait_for()
    settle(training)
    beta.fill("6")
    beta.press("Enter")
    training.locator(".training .changes", has_text="β 6").wait_for()
    value = training.locator(".training dd[data-of=beta]")
    eventually(training, lambda: value.inner_text() == "6")
    assert training.get_by_role("alert").count() == 0
    assert training.locator(".training path.change").count() == 2  # on both charts


def test_a_refresh_and_a_second_tab_show_the_same_run(training, chrome, address):
    title, _ = training.get_by_test_id("stProgress").inner_text().split(" · ")
    training.reload()
    wait_for_frames(training)
    other = chrome.new_page()
    other.goto(address + "/train")
    wait_for_frames(other)
    for visitor in (training, other):
        visitor.get_by_test_id("stProgress").filter(has_text=title).wait_for()
    eventually(other, lambda: abs(step(other) - step(training)) < 40)
    other.wait_for_timeout(2500)  # its row is drawn anew once a second
    assert other.get_by_label("β", exact=True).input_value() == "1"
    assert other.locator(".training .changes").inner_text() == ""  # who comes changes nothing
    other.close()


def test_the_life_so_far_is_gone_through_while_it_goes_on(training):
    eventually(training, lambda: step(training) > 300)
    training.reload()
    wait_for_frames(training)
    drag_life(training, 0.0)
    eventually(training, lambda: step(training) == 0)
    blot = points(training)
    training.wait_for_timeout(1000)
    assert step(training) == 0 and points(training) == blot  # although frames come
    training.get_by_role("button", name="Back to now").click()
    eventually(training, lambda: step(training) > 300)


def test_a_life_that_is_over_is_scrubbed_played_and_saved(page, address):
    stop_all(page, address)
    start_a_run(page, epochs=6, recipe="digits")
    page.get_by_text("finished: 6 epochs").wait_for(timeout=120_000)
    slider = life(page)
    eventually(page, lambda: step(page) > 0)  # its end is shown as soon as it has come
    last = step(page)
    strips = page.locator(".strip figure").nth(3).locator("canvas")
    seen = set()
    for part in (0.02, 0.5, 0.98):
        drag_life(page, part)
        before = list(seen)
        eventually(page, lambda: page.locator(".curves").get_attribute("data-marked") == "true")
        page.wait_for_timeout(1500)  # moments are on their way
        now = (
            step(page), points(page), image(page), strips.nth(1).evaluate(PIXELS),
            page.locator(".curves").get_attribute("style"),
        )  # fmt: skip
        assert all(a != b for other in before for a, b in zip(now, other, strict=True))
        seen.add(now)
    originals = strips.nth(0).evaluate(PIXELS)
    slider.focus()
    page.keyboard.press("Home")
    eventually(page, lambda: step(page) == 0)
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: 0 < step(page) < last)
    page.get_by_label("How fast it plays").select_option("4")
    page.get_by_role("button", name="Play the whole training").click()
    eventually(page, lambda: step(page) == last)
    assert strips.nth(0).evaluate(PIXELS) == originals
    content, name = saved(page, page.get_by_role("button", name="GIF"))
    assert content.startswith(b"GIF89a") and name.endswith(".gif")
    film = page.get_by_role("button", name="WebM")
    if film.is_visible():
        content, name = saved(page, film)
        assert content.startswith(b"\x1a\x45\xdf\xa3") and name.endswith(".webm")


def trainer_of(folder):
    """The process that trains the run which a page has started in a folder of runs."""
    (run,) = (path.parent for path in folder.glob("*/state.json"))
    return psutil.Process(json.loads((run / "state.json").read_text())["pid"])


def test_a_killed_training_goes_on_from_the_page_of_a_restarted_server(chrome, tmp_path):
    runs = tmp_path / "runs"
    page = chrome.new_page(viewport={"width": 1366, "height": 800})
    page.set_default_timeout(60_000)
    with live.serve(environment={"LATENT_ATLAS_RUNS": str(runs)}) as address:
        page.goto(address + "/train")
        start_a_run(page, epochs=1000, recipe="digits")
        wait_for_frames(page)
        eventually(page, lambda: step(page) > 100)
    with live.serve(environment={"LATENT_ATLAS_RUNS": str(runs)}) as address:
        page.goto(address + "/train")
        wait_for_frames(page)  # the run has outlived its server
        reached = step(page)
        assert reached > 100
        trainer_of(runs).kill()
        page.get_by_role("alert").filter(has_text="killed, or out of memory").wait_for()
        ask(page, "Continue training")
        wait_for_frames(page)
        eventually(page, lambda: step(page) > reached)
        ask(page, "Stop")
        page.get_by_test_id("stProgress").filter(has_text="is kept").wait_for()
        drag_life(page, 0.0)
        eventually(page, lambda: step(page) == 0)
        page.locator(".st-key-onward").get_by_role("link", name="Open in Explore").click()
        page.locator("[data-testid=decoded-image][data-exact=true]").wait_for()
    page.close()


def test_who_wants_less_motion_gets_frames_but_none_between(chrome, address, training):
    calm = chrome.new_page(reduced_motion="reduce")
    calm.goto(address + "/train")
    wait_for_frames(calm)
    drawn, frames = set(), set()
    for _ in range(25):
        drawn.add(points(calm))
        frames.add(calm.locator(".training").get_attribute("data-frame"))
    assert 1 < len(drawn) <= len(frames) + 1
    calm.close()


def test_a_digit_of_ones_own_is_among_those_that_come_back(training, address):
    training.goto(address + "/your_digit")
    training.locator(".samples button").nth(7).click()
    training.wait_for_url("**ink=**")
    training.get_by_role("link", name="Train").click()
    wait_for_frames(training)
    own = training.locator(".strip figure").last
    assert own.inner_text() == "yours"
    best = own.locator("canvas").nth(1)
    eventually(training, lambda: len(set(best.evaluate(PIXELS).split(","))) > 20)


def test_a_training_passes_axe_and_a_phone_has_room_for_it(training, chrome, address, phone):
    for scheme in ("light", "dark"):
        page = chrome.new_page(color_scheme=scheme)
        page.goto(address + "/train")
        wait_for_frames(page)
        settle(page)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        ours = [
            (violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in found.response["violations"]
        ]
        page.close()
        assert ours == [], scheme
    phone.goto(address + "/train")
    wait_for_frames(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
