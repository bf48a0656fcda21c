"""Each instrument of Explore, on the committed checkpoint, by mouse, keyboard and finger."""

import csv
import io
import re
import zipfile

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageSequence
from scipy.stats import norm

from benchmarks.drag import LAYERS, SWITCH
from benchmarks.live import open_map
from tests.support.hand import (
    PIXELS,
    choose,
    click_a_point,
    eventually,
    frame,
    image,
    layer,
    line_breaks,
    line_mends,
    middle,
    open_tab,
    points,
    press,
    saved,
    wait_until_exact,
    z,
)
from tests.support.pad import open_pad, verdict
from vae import library
from vae.codec import decode
from vae.latent import fields, geocode, manifold
from vae.store import checkpoint


@pytest.fixture(scope="module")
def mnist():
    return checkpoint.load(library.find("mnist"))


def grey(page):
    """The decoded image: (28, 28)."""
    values = [int(v) for v in image(page).split(",")]
    return np.array(values, np.uint8).reshape(28, 28, 4)[..., 0]


def key(page):
    return page.get_by_test_id("key").inner_text()


def pinned(page, a=(-1, 0), b=(1, 0.25)):
    """Explore with both pins, once the two ways have been found."""
    path = f"/?a={a[0]},{a[1]}&b={b[0]},{b[1]}"
    open_map(page, page.url_of_app, path)
    page.locator(".strip").nth(1).wait_for()


@pytest.fixture
def page(page, address):
    page.url_of_app = address
    return page


# ---- layers ----


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_drawn_with_its_key_and_its_sentence(page, address, name):
    open_map(page, address)
    empty = layer(page)
    choose(page, "layer", name)
    eventually(page, lambda: layer(page) != empty)
    eventually(page, lambda: "Computing" not in key(page))
    words = key(page)
    assert len(words) > 60
    if name != "images":
        assert re.search(r"here (≈ )?[\d.]+", words)
        assert re.search("per unit of area|nats per pixel|√det|share of the 15", words)
    choose(page, "layer", "nothing")
    eventually(page, lambda: layer(page) == empty)


@pytest.mark.parametrize(("name", "digits"), [("uncertainty", 3), ("stretch", 0)])
def test_the_key_says_the_exact_value_at_the_hand(page, address, mnist, name, digits):
    open_map(page, address, f"/?z1=0.4&z2=-0.9&layer={name}")
    expected = getattr(fields, name)(mnist.model, torch.tensor([[0.4, -0.9]])).item()
    eventually(page, lambda: f"here {expected:.{digits}f}" in key(page))


def test_switching_to_a_layer_used_before_takes_a_moment(page, address):
    open_map(page, address)
    for name in (*LAYERS, *LAYERS):
        choose(page, "layer", name)
        eventually(page, lambda: "Computing" not in key(page))
    times = page.evaluate(SWITCH, ["nothing", *LAYERS, *LAYERS])
    assert np.median(times) < 200


def test_on_top_are_points_contours_or_nothing(page, address):
    open_map(page, address)
    pictures = set()
    for name in ("points", "contours", "nothing"):
        page.locator("select[data-view=top]").select_option(name)
        page.locator(f"[data-testid=latent-map][data-drawn='nothing {name} z']").wait_for()
        frame(page)
        pictures.add(points(page))
    assert len(pictures) == 3


def test_on_a_phone_contours_are_on_top_unless_points_are_asked_for(phone, address):
    open_map(phone, address)
    drawn = phone.get_by_test_id("latent-map")
    eventually(phone, lambda: drawn.get_attribute("data-drawn") == "nothing contours z")
    open_map(phone, address, "/?top=points")
    eventually(phone, lambda: drawn.get_attribute("data-drawn") == "nothing points z")


@pytest.mark.parametrize("name", LAYERS)
def test_a_drag_is_live_with_any_layer_on(page, address, name):
    open_map(page, address, f"/?layer={name}&axes=percentiles")
    eventually(page, lambda: "Computing" not in key(page))
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    images = set()
    for step in range(1, 11):
        page.mouse.move(x + 0.02 * side * step, y - 0.01 * side * step)
        frame(page)
        images.add(image(page))
    page.mouse.up()
    assert len(images) >= 9
    wait_until_exact(page)


# ---- what is near ----


def test_what_is_near_the_hand_is_counted(page, address, mnist):
    open_map(page, address, "/?z1=0.5&z2=0.5")
    mean = mnist.encoded.mean.numpy()
    near = mnist.labels.numpy()[np.hypot(*(mean - [0.5, 0.5]).T) <= 0.1]
    badge = page.get_by_test_id("near")
    assert f"{len(near)} test digits within 0.1 of here" in badge.inner_text()
    heights = badge.locator("i").evaluate_all(
        "bars => bars.map(bar => parseFloat(bar.style.height))"
    )
    counts = np.bincount(near, minlength=10)
    assert np.allclose(heights, 100 * counts / counts.max())


def test_where_nothing_is_near_the_model_is_said_to_guess(page, address):
    open_map(page, address, "/?z1=-3&z2=3")
    assert page.locator(".like").inner_text() == "Nothing near: the model is guessing"
    assert re.fullmatch(
        r"The nearest test digits are (mostly \ds|\ds|of several classes), \d\.\d away",
        page.get_by_test_id("near").locator("p").inner_text(),
    )


# ---- hover ----


def test_hovering_decodes_and_leaving_restores_the_hand(page, address, mnist):
    open_map(page, address, "/?ckpt=mnist&z1=0.5&z2=0.25")
    before, addresses = grey(page), []
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    x, y, side = middle(page)
    page.mouse.move(x - 0.3 * side, y - 0.1 * side)
    page.mouse.move(x - 0.3 * side, y - 0.12 * side)
    eventually(page, lambda: z(page) != [0.5, 0.25])
    wait_until_exact(page)
    expected = decode(mnist.model, torch.tensor([z(page)]))[0].numpy()
    assert np.array_equal(grey(page), expected)
    assert float(page.get_by_test_id("z1").input_value()) == pytest.approx(0.5)
    page.mouse.move(x + side, y)
    eventually(page, lambda: z(page) == [0.5, 0.25])
    wait_until_exact(page)
    assert np.array_equal(grey(page), before)
    page.get_by_test_id("latent-map").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**z1=0.55&*")
    assert {re.search("z1=([^&]*)", url).group(1) for url in addresses} == {"0.55"}


# ---- a test digit ----


def test_a_clicked_digit_says_what_it_costs_and_where_that_ranks(page, address):
    open_map(page, address, "/?layer=density")
    digit = click_a_point(page)
    eventually(page, lambda: "of the test digits" in digit.inner_text())
    assert re.search(r"KL [\d.]+ nats, [\d.]+ bits: more than \d+%", digit.inner_text())
    cost = re.compile(r"Reconstruction [\d.]+ nats per binarised image: .* of (the|all) test")
    digit.get_by_text(cost).wait_for(timeout=90_000)


# ---- paths ----


def test_two_pins_set_by_key_make_a_path_of_two_ways(page, address):
    open_map(page, address, "/?z1=-1&z2=0")
    page.get_by_test_id("latent-map").focus()
    page.keyboard.press("a")
    for _ in range(6):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("b")
    page.locator(".strip").nth(1).wait_for()
    for strip in page.locator(".strip").all():
        assert strip.locator("button").count() == 11
    lengths = [float(text) for text in page.locator(".path output").all_inner_texts()]
    assert 0 < lengths[1] <= lengths[0]
    page.wait_for_url("**a=-1%2C0**b=0.5%2C0**")


def test_a_path_begins_and_ends_at_its_pins_and_names_its_classes(page, mnist):
    pinned(page)
    for strip in page.locator(".strip").all():
        tiles = strip.locator("button")
        for tile, place in ((tiles.first, [-1, 0]), (tiles.last, [1, 0.25])):
            shown = tile.locator("canvas").evaluate(PIXELS).split(",")[::4]
            expected = decode(mnist.model, torch.tensor([place]).float())[0].flatten().numpy()
            assert np.abs(np.array(shown, int) - expected).max() <= 1
            assert re.search(r"most like a \d, \d+%", tile.get_attribute("aria-label"))


def test_a_film_plays_and_gives_the_hand_back(page, mnist):
    pinned(page)
    hand = z(page)
    page.get_by_role("button", name=re.compile("Play the film along: Shortest")).click()
    places, images = set(), set()
    for _ in range(60):
        frame(page)
        if z(page) != hand:
            places.add(tuple(z(page)))
            images.add(image(page))
            assert (
                page.locator(".exact").inner_text() == "frame of the path · this browser's picture"
            )
    assert len(places) > 5 and len(images) > 5
    eventually(page, lambda: z(page) == hand)


def test_a_pin_is_dragged_and_the_path_follows(page):
    pinned(page)
    before = page.locator(".path output").all_inner_texts()
    _, _, side = middle(page)
    box = page.get_by_test_id("latent-map").bounding_box()
    # Two clicks tell where on the screen a place is: the axes are linear.
    corners = []
    for part in (-0.25, 0.25):
        press(page, part, -part)
        corners.append(z(page))
    (left, low), (right, _) = corners
    scale = 0.5 * side / (right - left)
    x = box["x"] + 0.25 * side + (-1 - left) * scale
    y = box["y"] + 0.75 * side - (0 - low) * scale
    hand = z(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y - 60, steps=5)
    page.mouse.up()
    eventually(page, lambda: page.locator(".path output").all_inner_texts() not in ([], before))
    page.mouse.move(2, 2)
    eventually(page, lambda: z(page) == hand)  # the pin moved, the hand did not


def test_pins_by_class_lie_among_digits_of_that_class(page, address):
    open_map(page, address)
    page.get_by_label("Put A at a digit").select_option("0")
    page.get_by_label("Put B at a digit").select_option("7")
    page.locator(".strip").nth(1).wait_for()
    first = page.locator(".strip").first.locator("button")
    assert "most like a 0" in first.first.get_attribute("aria-label")
    assert "most like a 7" in first.last.get_attribute("aria-label")
    page.get_by_role("button", name="Remove pins").click()
    page.locator(".paths").wait_for(state="hidden")


def test_own_digits_become_pins(page, address):
    open_pad(page, address)
    for sample, key in ((7, "a"), (0, "b")):
        page.locator(".samples button").nth(sample).click()
        verdict(page)
        page.get_by_test_id("latent-map").focus()
        page.keyboard.press(key)
    page.wait_for_timeout(1500)
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url(re.compile(r"a=.*&b="))
    page.locator(".strip").nth(1).wait_for()


def test_strip_and_film_are_saved(page):
    pinned(page)
    content, name = saved(page, page.get_by_role("button", name="PNG of both"))
    assert name == "mnist-path.png"
    assert Image.open(io.BytesIO(content)).size == (11 * 28 * 3, 2 * 28 * 3)
    film = page.get_by_role("button", name=re.compile("Download the film along: Straight"))
    content, name = saved(page, film)
    assert name == "mnist-straight.gif"
    frames = list(ImageSequence.Iterator(Image.open(io.BytesIO(content))))
    assert 40 <= len(frames) <= 60  # there and back; equal neighbours are one frame


# ---- axes ----


def test_percentiles_move_everything_but_the_hand(page, address):
    open_map(page, address, "/?z1=0.5&z2=-1")
    before = points(page)
    choose(page, "axes", "percentiles")
    eventually(page, lambda: points(page) != before)
    assert z(page) == [0.5, -1]
    shown = page.locator(".sliders output").all_inner_texts()
    assert [float(text.rstrip("%")) for text in shown] == pytest.approx(
        100 * norm.cdf([0.5, -1]), abs=0.06
    )
    press(page, 0.25, -0.25)  # a quarter of the square from its middle
    eventually(page, lambda: norm.cdf(z(page)) == pytest.approx([0.75, 0.75], abs=0.01))


def test_a_slider_of_percentiles_moves_the_hand(page, address):
    open_map(page, address, "/?axes=percentiles&z1=0&z2=0")
    page.get_by_test_id("z1").fill("0.9")
    eventually(page, lambda: z(page)[0] == pytest.approx(norm.ppf(0.9), abs=1e-6))


# ---- the grid ----


def test_a_click_on_a_tile_takes_the_hand_to_its_middle(page, address):
    open_map(page, address, "/?layer=images&top=nothing&axes=percentiles&tiles=10")
    press(page, 0.07, -0.12)
    eventually(page, lambda: norm.cdf(z(page)) == pytest.approx([0.55, 0.65], abs=1e-6))


def test_the_grid_is_saved_as_it_would_be_decoded_image_by_image(page, address, mnist):
    open_map(page, address, "/?layer=images&axes=percentiles&tiles=7")
    content, name = saved(page, page.locator("[data-file=grid]"))
    assert name == "mnist-grid-7x7.png"
    picture = np.asarray(Image.open(io.BytesIO(content)))
    places = manifold.grid(7, (0, 1), (0, 1), percentiles=True)
    for i in (0, 10, 48):
        row, column = divmod(i, 7)
        tile = picture[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        single = decode(mnist.model, places[i : i + 1])[0].numpy()
        assert np.abs(tile.astype(int) - single).max() <= 1


def test_the_number_of_tiles_follows_its_slider(page, address):
    open_map(page, address, "/?layer=images")
    before = layer(page)
    page.get_by_test_id("tiles").fill("8")
    eventually(page, lambda: layer(page) != before)
    page.wait_for_url("**tiles=8**")


# ---- samples ----


def test_samples_are_drawn_seen_visited_and_saved(page, address, mnist):
    open_map(page, address)
    open_tab(page, "Samples")
    page.get_by_test_id("count").fill("12")
    page.get_by_test_id("temperature").fill("0.5")
    page.get_by_test_id("draw").click()
    tiles = page.locator(".drawn button")
    eventually(page, lambda: tiles.count() == 12)
    content, name = saved(page, page.locator("[data-file=samples]"))
    assert name == "mnist-samples.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("z.csv").decode())))
        places = torch.tensor([[float(row["z1"]), float(row["z2"])] for row in rows])
        first = np.asarray(Image.open(io.BytesIO(archive.read(rows[0]["file"]))))
    assert len(rows) == 12
    assert places.abs().max() < 2.5  # half as far as the prior's
    assert np.abs(first.astype(int) - decode(mnist.model, places[:1])[0].numpy()).max() <= 1
    tiles.nth(3).click()
    eventually(page, lambda: z(page) == pytest.approx(places[3].tolist(), abs=1e-6))


# ---- codes ----


def test_a_code_names_the_place_and_brings_back_to_it(page, address):
    open_map(page, address, "/?z1=0.5&z2=-1.2")
    open_tab(page, "Share")
    shown = page.get_by_test_id("code")
    eventually(page, lambda: shown.inner_text() == geocode.format((0.5, -1.2), 4))
    page.get_by_test_id("characters").fill("2")
    eventually(page, lambda: shown.inner_text() == geocode.format((0.5, -1.2), 2))
    assert "8 bits name one of 256 equally likely cells" in page.locator(".bits").inner_text()
    page.get_by_test_id("typed").fill("7f3a")
    page.get_by_role("button", name="Go there").click()
    eventually(page, lambda: z(page) == pytest.approx(geocode.parse("7F3A"), abs=1e-6))
    eventually(page, lambda: shown.inner_text() == "7F3A")


def test_what_is_no_code_is_explained(page, address):
    open_map(page, address)
    open_tab(page, "Share")
    page.get_by_test_id("typed").fill("digit")
    page.get_by_role("button", name="Go there").click()
    assert "1 to 8 of the characters 0–9 and A–F" in page.locator(".complaint").inner_text()


def test_the_bits_beside_the_code_are_the_encoders_kl(page, address, mnist):
    open_map(page, address)
    open_tab(page, "Share")
    bits = mnist.encoded.kl_to_prior().mean().item() / np.log(2)
    assert f"spends {bits:.1f} bits" in page.locator(".bits").inner_text()


# ---- the address and the code ----


def test_the_address_restores_everything_that_is_seen(page, address, chrome):
    open_map(page, address)
    choose(page, "layer", "regions")
    choose(page, "top", "contours")
    choose(page, "axes", "percentiles")
    press(page, -0.2, 0.1)
    page.get_by_test_id("latent-map").focus()
    page.keyboard.press("a")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("b")
    page.mouse.wheel(0, -300)
    page.wait_for_url(re.compile(r"layer=regions.*window="))
    other = chrome.new_page(viewport={"width": 1366, "height": 800})
    open_map(other, page.url, "")
    for view in (page, other):
        eventually(view, lambda view=view: "Computing" not in key(view))
        view.locator(".strip").nth(1).wait_for()
    assert other.get_by_test_id("latent-map").get_attribute("data-drawn") == (
        "regions contours percentiles"
    )
    assert z(other) == pytest.approx(z(page), abs=1e-3)
    lengths = [float(v) for v in page.locator(".path output").all_inner_texts()]
    restored = [float(v) for v in other.locator(".path output").all_inner_texts()]
    assert restored == pytest.approx(lengths, rel=0.01)
    other.close()


def test_the_code_that_the_page_offers_makes_the_image_that_it_shows(page, address):
    open_map(page, address, "/?z1=0.5&z2=-1.2")
    open_tab(page, "PyTorch")
    text = page.get_by_test_id("snippet")
    eventually(page, lambda: "decode(model" in text.inner_text())
    space = {}
    exec(compile(text.inner_text(), "snippet", "exec"), space)
    assert np.array_equal(space["image"].numpy(), grey(page))


# ---- without a mouse ----


def test_everything_is_reached_by_tab_with_a_visible_focus(page, address):
    open_map(page, address, "/?layer=images")
    page.get_by_test_id("latent-map").focus()
    reached = []
    for _ in range(45):
        reached.append(
            page.evaluate(
                """() => {
                  let at = document.activeElement;
                  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                  const style = getComputedStyle(at);
                  const name = at.getAttribute("aria-label") || at.dataset.testid ||
                    at.dataset.view || at.textContent.trim().slice(0, 30);
                  return [name, style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
                }"""
            )
        )
        page.keyboard.press("Tab")
    names = [name for name, _ in reached]
    for wanted in ("Zoom in", "Digit 0", "layer", "top", "axes", "Path", "Pin here"):
        assert wanted in names, wanted
    ours = reached[: names.index("Pin here") + 1]
    assert [name for name, visible in ours if not visible] == []


def test_tabs_turn_with_arrow_keys(page, address):
    open_map(page, address)
    page.get_by_role("tab", name="Path").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Samples").get_attribute("aria-selected") == "true"
    assert page.locator("#panel-samples").is_visible()
    assert not page.locator("#panel-path").is_visible()


def test_what_is_said_once_the_hand_rests_tells_class_certainty_and_company(page, address):
    open_map(page, address, "/?z1=-3&z2=3")
    spoken = page.locator(".spoken")
    eventually(page, lambda: "z1 −3.00" in spoken.inner_text() or "z1 -3.00" in spoken.inner_text())
    assert re.search(
        r"^Nothing near: the model is guessing, The nearest .* away, z1 .3\.00", spoken.inner_text()
    )


def test_a_finger_drags_a_pin_and_presses_a_tile(phone, address):
    open_map(phone, address, "/?layer=images&top=nothing&axes=percentiles&tiles=4&a=0,0&b=1,1")
    phone.locator(".strip").nth(1).wait_for()
    x, y, side = middle(phone)
    touch = phone.context.new_cdp_session(phone)
    before = phone.locator(".path output").all_inner_texts()
    for step in range(6):
        point = [{"x": x - side * 0.04 * step, "y": y + side * 0.03 * step}]
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
        frame(phone)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    eventually(phone, lambda: phone.locator(".path output").all_inner_texts() not in ([], before))
    phone.touchscreen.tap(x + 0.3 * side, y + 0.3 * side)
    eventually(phone, lambda: norm.cdf(z(phone)) == pytest.approx([0.875, 0.125], abs=1e-6))


def test_a_click_on_a_pin_takes_the_hand_there_and_keeps_the_path(page):
    pinned(page, a=(0, 0), b=(1, 0.25))
    before = page.locator(".path output").all_inner_texts()
    choose(page, "axes", "percentiles")
    x, y, _ = middle(page)  # where A is
    press(page, 0.3, 0.3)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y + 2)
    page.mouse.up()
    page.mouse.move(2, 2)
    eventually(page, lambda: z(page) == [0, 0])
    assert page.locator(".path output").all_inner_texts() == before


def test_a_request_whose_answer_was_lost_is_sent_again(page, address):
    open_map(page, address)
    line_breaks(page)
    page.locator("select[data-view=layer]").select_option("uncertainty")
    page.wait_for_function("lost > 0")
    eventually(page, lambda: "Computing" in key(page))
    notice = page.locator(".notice")
    eventually(page, lambda: notice.inner_text() == "Working it out…")
    ground = notice.evaluate("notice => getComputedStyle(notice).backgroundColor")
    assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", ground)  # opaque: it is read over points
    line_mends(page)
    eventually(page, lambda: "nats per pixel" in key(page) and "Computing" not in key(page))


def test_the_snippet_follows_the_hand(page, address):
    open_map(page, address, "/?z1=0.5&z2=-1.2")
    open_tab(page, "PyTorch")
    text = page.get_by_test_id("snippet")
    eventually(page, lambda: "[0.5, -1.2]" in text.inner_text())
    page.get_by_test_id("z1").fill("1")
    eventually(page, lambda: "[1.0, -1.2]" in text.inner_text())


def test_what_makes_a_path_and_the_grid_impossible_is_said(page, address):
    open_map(page, address, "/?layer=images&axes=percentiles")
    open_tab(page, "PyTorch")
    for of in ("digit", "path", "samples"):
        page.get_by_test_id("snippet-of").select_option(of)
        eventually(
            page, lambda: "nothing there to show" in page.get_by_test_id("snippet").inner_text()
        )
        page.get_by_test_id("snippet-of").select_option("image")
        eventually(page, lambda: "decode(model" in page.get_by_test_id("snippet").inner_text())


def test_the_copied_address_is_that_of_the_view(page, address, chrome):
    open_map(page, address, "/?z1=0.5&z2=-1.2&layer=density")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, "Share")
    page.get_by_test_id("z1").fill("1.25")
    page.get_by_role("button", name="Copy the address").click()
    eventually(page, lambda: "Copied" in page.locator(".said").inner_text())
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "z1=1.25" in copied and "layer=density" in copied and "ckpt=mnist" in copied


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_and_layer_passes_axe(chrome, address, scheme):
    page = chrome.new_page(color_scheme=scheme, viewport={"width": 1366, "height": 800})
    open_map(page, address, "/?layer=uncertainty&a=-1,0&b=1,0.25")
    page.locator(".strip").nth(1).wait_for()
    for name in ("Path", "Samples", "Share", "PyTorch"):
        open_tab(page, name)
        if name == "Samples":
            page.get_by_test_id("draw").click()
            page.locator(".drawn button").first.wait_for()
        if name == "PyTorch":
            page.get_by_text("decode(model").wait_for()
        frame(page)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        ours = [
            (violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in found.response["violations"]
        ]
        assert ours == [], name
    page.close()


def test_a_snippet_for_another_place_is_neither_shown_nor_copied(page, address):
    open_map(page, address, "/?z1=0.5&z2=-1.2")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, "PyTorch")
    text = page.get_by_test_id("snippet")
    eventually(page, lambda: "[0.5, -1.2]" in text.inner_text())
    at_once = page.evaluate(
        """() => {
          const find = (root, selector) => {
            for (const host of root.querySelectorAll("*")) {
              const found = host.shadowRoot?.querySelector(selector);
              if (found) return found;
            }
          };
          const slider = find(document, "[data-testid=z1]");
          slider.value = 1;
          slider.dispatchEvent(new Event("input"));
          slider.dispatchEvent(new Event("change"));
          find(document, "[data-copy=snippet]").click();
          return find(document, "[data-testid=snippet]").textContent;
        }"""
    )
    assert "0.5" not in at_once
    page.get_by_text("Copied", exact=True).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1.0, -1.2]" in copied
    assert text.inner_text().strip() == copied.strip()


def test_a_layer_that_failed_is_asked_for_again(page, address):
    open_map(page, address)
    # The server is asked for a layer that it does not know.
    page.evaluate("""() => {
      const post = globalThis[Symbol.for("latent-atlas")];
      let send = post.send;
      const other = (message) =>
        send({ ...message, request: message.request && { ...message.request, of: "weather" } });
      Object.defineProperty(post, "send", {
        configurable: true,
        get: () => (globalThis.mended ? send : other),
        set: (latest) => (send = latest),
      });
    }""")
    choose(page, "layer", "density")
    eventually(page, lambda: "nothing there to show yet" in key(page))
    page.evaluate("globalThis.mended = true")
    choose(page, "layer", "nothing")
    choose(page, "layer", "density")
    eventually(page, lambda: "per unit of area" in key(page))
    page.evaluate("globalThis.mended = false")
    choose(page, "layer", "regions")
    again = page.get_by_role("button", name="Try again")
    again.wait_for()
    page.evaluate("globalThis.mended = true")
    again.click()
    eventually(page, lambda: "share of the 15 nearest" in key(page))
    assert not again.is_visible()


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("oklch(0.7 0.15 150)", (76, 184, 106)),
        ("color-mix(in srgb, red 50%, blue)", (128, 0, 128)),
        ("hsl(210 50% 40%)", (51, 102, 153)),
    ],
)
def test_any_colour_of_css_can_be_a_themes(page, address, colour, expected):
    open_map(page, address, "/?layer=density")
    eventually(page, lambda: "Computing" not in key(page))
    map = page.get_by_test_id("latent-map")
    map.evaluate(
        """(map, colour) => {
          map.style.setProperty("--st-text-color", colour);
          map.style.setProperty("--st-secondary-background-color", colour);
        }""",
        colour,
    )
    page.set_viewport_size({"width": 1300, "height": 760})  # which reads the theme again
    ramp = page.locator("canvas.ramp")
    last = """canvas => [...canvas.getContext("2d").getImageData(255, 0, 1, 1).data].slice(0, 3)"""
    eventually(page, lambda: ramp.evaluate(last) == pytest.approx(expected, abs=2))


def test_all_controls_of_a_path_are_within_a_small_screen(chrome, address):
    page = chrome.new_page(viewport={"width": 1280, "height": 720})
    open_map(page, address, "/?layer=stretch&a=-1.2,-0.2&b=0.9,0.4")
    page.locator(".strip").nth(1).wait_for(timeout=60_000)
    eventually(page, lambda: "Computing" not in key(page))
    for control in page.locator("#panel-path button:visible").all():
        box = control.bounding_box()
        assert box["y"] + box["height"] <= 720, control.inner_text()
    page.get_by_role("button", name="Remove pins").click()
    page.locator(".paths").wait_for(state="hidden")
    page.close()
