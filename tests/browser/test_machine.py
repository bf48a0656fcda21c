"""The machine: its strip over the map, its parts, and that what it says is what PyTorch says."""

import re

import pytest
import torch

from benchmarks.live import open_map
from pages.ui import resources
from pages.ui.components.machine import parts
from pages.ui.explore.protocol import spell
from tests.support import pad
from tests.support.hand import PIXELS, click_a_point, eventually, frame, middle, press, z
from vae import library
from vae.codec import decode
from vae.data import sets
from vae.data.pixels import observe_set
from vae.objective import expected
from vae.store import checkpoint

NAMES = sorted(path.stem for path in library.COMMITTED.glob("*.safetensors"))
DIGIT = 123  # of the test set


def machine(page):
    return page.get_by_test_id("machine")


def is_open(page):
    return machine(page).get_attribute("data-open") is not None


def rests(page):
    return machine(page).get_attribute("data-rests") is not None


def part(page, name):
    return page.locator(f".part[data-part={name}]")


def wait_until_encoded(page):
    page.locator(
        ".part[data-part=input] .caption", has_text=re.compile("a real|drawing")
    ).wait_for()
    eventually(page, lambda: not rests(page))


def grey(canvas):
    """The levels of a grey canvas."""
    return [int(v) for v in canvas.evaluate(PIXELS).split(",")[::4]]


def open_at(page, address, name, index):
    """Open a model with the hand where a test digit was encoded."""
    found = checkpoint.load(library.find(name))
    x, y = found.encoded.mean[index].tolist()
    open_map(page, address, f"/?ckpt={name}&z1={x:.5f}&z2={y:.5f}")
    if not is_open(page):
        page.get_by_role("button", name="How it works").click()
    return found


def nats(page, cost):
    text = page.locator(f"[data-cost={cost}]").inner_text()
    return float(text.removesuffix(" nats").replace("−", "-"))


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_in_what_comes_back_and_what_both_cost_are_pytorchs(page, address, name):
    found = open_at(page, address, name, DIGIT)
    wait_until_encoded(page)
    opener(page, "input").click()
    said = page.locator("#part-input .now").inner_text()
    index = int(re.search(r"test digit ([\d,]+)", said)[1].replace(",", ""))
    assert f"a {found.labels[index]}" in said.replace("an ", "a ")
    # The nearest to the hand.
    here = torch.tensor([z(page)])
    distances = torch.cdist(here, found.encoded.mean)[0]
    assert distances[index] <= distances.min() + 1e-4

    images = sets.load_test("mnist").images
    seen = observe_set(images, found.model.config)[index : index + 1]
    if found.model.config.pixels == "binarised":
        came = (255 * seen[0]).flatten().int().tolist()
    else:
        came = images[index].flatten().tolist()
    assert grey(page.locator(".machine .came")) == came
    with torch.inference_mode():
        terms = expected(found.model, seen, nodes=3)
        back = decode(found.model, here)[0].flatten().tolist()
    assert nats(page, "kl") == pytest.approx(terms.kl.item(), abs=0.1)
    assert nats(page, "reconstruction") == pytest.approx(terms.reconstruction.item(), abs=0.3)
    shown = grey(page.locator(".machine .back"))
    assert max(abs(a - b) for a, b in zip(shown, back, strict=True)) <= 2


def opener(page, name):
    return page.locator(f"[popovertarget=part-{name}]")


@pytest.mark.parametrize("name", ["mnist", "conv"])
def test_every_part_opens_by_keyboard_with_its_layers_parameters_and_code(page, address, name):
    found = open_at(page, address, name, DIGIT)
    wait_until_encoded(page)
    for told in parts.describe(found.model):
        button, panel = opener(page, told["name"]), page.locator(f"#part-{told['name']}")
        button.focus()
        page.keyboard.press("Enter")
        panel.wait_for(state="visible")
        rows = panel.locator("tbody tr").all_inner_texts()
        assert [row.split("\t")[0] for row in rows] == [row["name"] for row in told["layers"]]
        if told["layers"]:
            assert f"{told['parameters']:,}" in panel.locator("tfoot").inner_text()
        words = panel.inner_text()
        for source in told["sources"]:
            assert f"{source['file']}:{source['line']}" in words
            assert source["text"].splitlines()[-1].strip() in words
        box = panel.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1366
        page.keyboard.press("Escape")
        panel.wait_for(state="hidden")
        assert button.evaluate("(b) => b.getRootNode().activeElement === b")


def test_while_the_hand_moves_the_decoder_answers_and_the_encoder_rests(page, address):
    open_at(page, address, "mnist", DIGIT)
    wait_until_encoded(page)
    answers = part(page, "decoder").locator("canvas").nth(3)
    before, came = answers.evaluate(PIXELS), grey(page.locator(".machine .came"))
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    seen, backs = set(), set()
    for step in range(20):
        page.mouse.move(x + 0.01 * side * step, y - 0.01 * side * step)
        frame(page)
        page.wait_for_timeout(30)
        seen.add(answers.evaluate(PIXELS))
        backs.add(page.locator(".machine .back").evaluate(PIXELS))
    assert len(seen) >= 4 and len(backs) >= 4
    assert before not in list(seen)[-1:]
    assert rests(page)
    assert part(page, "input").locator(".caption").inner_text() == "not encoded"
    page.mouse.up()
    page.mouse.move(10, 10)
    eventually(page, lambda: not rests(page))
    assert grey(page.locator(".machine .came")) != came


def test_far_from_all_test_digits_nothing_is_encoded(page, address):
    open_map(page, address, "/?z1=-3.4&z2=-3.4")
    page.locator(".part[data-part=input] .caption", has_text="no digit near").wait_for()
    assert rests(page)
    assert part(page, "decoder").locator("canvas").count() == 6  # the decoder answers all the same


def test_another_z_of_the_same_cloud_moves_the_hand_and_leaves_what_went_in(page, address):
    found = open_at(page, address, "dense-softplus", DIGIT)
    wait_until_encoded(page)
    before, came = z(page), grey(page.locator(".machine .came"))
    opener(page, "cloud").click()
    page.get_by_role("button", name="Draw another z").click()
    eventually(page, lambda: z(page) != before)
    eventually(page, lambda: not rests(page))
    assert grey(page.locator(".machine .came")) == came
    posterior = found.encoded
    off = (torch.tensor(z(page)) - posterior.mean[DIGIT]) / posterior.std[DIGIT]
    assert off.abs().max() < 6


def test_the_hand_on_a_drawing_of_ones_own_has_that_going_in(page, address):
    pad.open_pad(page, address)
    pad.open_tab(page, "strange")  # the hand stays where the encoder puts it
    pad.draw(page, pad.SEVEN)
    drawn = pad.grey(page).flatten().tolist()
    page.wait_for_url("**ink=*")
    page.get_by_role("link", name="Explore").click()
    page.get_by_test_id("machine").wait_for()
    if not is_open(page):
        page.get_by_role("button", name="How it works").click()
    page.mouse.move(10, 10)
    caption = page.locator(".part[data-part=input] .caption", has_text="your drawing")
    caption.wait_for()
    off = [abs(a - b) for a, b in zip(grey(page.locator(".machine .came")), drawn, strict=True)]
    assert max(off) <= 2, "the address keeps strokes to a fraction of a pixel"


def test_it_folds_stays_folded_and_fetches_no_encoder_then(chrome, address):
    context = chrome.new_context(viewport={"width": 1366, "height": 800})
    page = context.new_page()
    page.set_default_timeout(30_000)
    fetched = []
    page.on("response", lambda r: "/files/" in r.url and fetched.append(r.url))
    open_map(page, address)
    wait_until_encoded(page)
    with_encoder = len(set(fetched))
    page.get_by_role("button", name="How it works").click()
    assert not is_open(page)
    assert machine(page).bounding_box()["height"] <= 32
    fetched.clear()
    other = context.new_page()
    other.on("response", lambda r: "/files/" in r.url and fetched.append(r.url))
    open_map(other, address)
    other.wait_for_timeout(1500)
    assert not is_open(other)
    assert len(set(fetched)) == with_encoder - 1
    context.close()


@pytest.mark.parametrize("opened", [True, False])
def test_at_1280_by_720_map_image_and_sliders_fit_the_window(chrome, address, opened):
    page = chrome.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(30_000)
    open_map(page, address)
    wait_until_encoded(page)
    if not opened:
        page.get_by_role("button", name="How it works").click()
    assert machine(page).bounding_box()["height"] <= (132 if opened else 32)
    for name in ("latent-map", "decoded-image", "z1", "z2"):
        box = page.get_by_test_id(name).bounding_box()
        assert box["y"] + box["height"] <= 720
    if opened:
        costs = part(page, "costs").bounding_box()
        assert costs["x"] + costs["width"] <= 1280, "all parts are in sight"
    page.close()


def test_on_a_phone_it_is_folded_and_opened_it_scrolls_inside_itself(phone, address):
    open_map(phone, address)
    assert not is_open(phone)
    phone.get_by_role("button", name="How it works").click()
    wait_until_encoded(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    flow = phone.locator(".machine .flow")
    assert flow.evaluate("(f) => f.scrollWidth > f.clientWidth")


def test_the_hand_moves_on_with_the_machine_open_after_another_model_is_taken(page, address):
    open_at(page, address, "mnist", DIGIT)
    wait_until_encoded(page)
    open_at(page, address, "conv", DIGIT)
    wait_until_encoded(page)
    assert part(page, "encoder").locator("figcaption").all_inner_texts() == [
        "32×14×14",
        "64×7×7",
        "128",
    ]
    press(page, 0.1, 0.1)
    page.mouse.move(10, 10)
    eventually(page, lambda: not rests(page))


def test_where_the_model_cannot_come_the_machine_stays_folded_and_says_why(page, address):
    page.route(f"**/files/{resources.load('conv').decoder.name}", lambda route: route.abort())
    open_map(page, address, "/?ckpt=conv")
    button = page.get_by_role("button", name="How it works")
    eventually(page, button.is_disabled)
    assert not is_open(page)
    assert "could not load the model" in page.locator(".machine .brief").inner_text()


def test_where_the_hand_rests_is_in_the_address_although_much_is_being_computed(page, address):
    open_map(page, address, "/?ckpt=conv&z1=0&z2=0")
    click_a_point(page)  # what it costs, beside all other test digits, takes seconds
    there = z(page)
    page.wait_for_url(lambda url: f"z1={spell(there[0])}&" in url, timeout=4000)
