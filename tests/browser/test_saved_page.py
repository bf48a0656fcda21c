"""The map in one file, opened from the disk with the network off."""

import re
import statistics
import subprocess
import sys

import numpy as np
import pytest
import torch

from benchmarks.drag import WATCH, drag
from benchmarks.live import open_map
from tests.support.hand import (
    PIXELS,
    choose,
    click_a_digit,
    eventually,
    frame,
    image,
    middle,
    open_tab,
    saved,
    z,
)
from tests.support.pad import FOUR, draw, evidence, grey, verdict
from tests.support.pictures import mnist
from vae import library
from vae.codec import decode
from vae.data.pixels import observe
from vae.digit import inference
from vae.objective import expected
from vae.store import checkpoint


@pytest.fixture(scope="module", params=["mnist", "mnist-exact"])
def exported(request, tmp_path_factory):
    """A page as the command line writes it, with the encoder; its model, its file."""
    target = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    command = [sys.executable, "-m", "vae", "export", request.param, "--html", str(target)]
    subprocess.run([*command, "--encoder"], check=True, timeout=120)
    return checkpoint.load(library.find(request.param)).model, target


def visit(context, target, search=""):
    """The page from the disk; nothing may be fetched, and nothing may go wrong."""
    context.set_offline(True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("request", lambda request: outside(request.url))
    page.goto(target.as_uri() + search)
    page.locator("[data-testid=decoded-image][data-z]").wait_for()
    return page


def outside(url):
    assert url.startswith(("file:", "blob:", "data:")), url


@pytest.fixture
def desk(chrome):
    context = chrome.new_context(viewport={"width": 1366, "height": 800})
    yield context
    context.close()


@pytest.fixture
def pocket(chrome):
    context = chrome.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context
    context.close()


def off_pytorch(page, model):
    place = torch.tensor([z(page)])
    shown = np.array(image(page).split(",")[::4], int)
    return np.abs(shown - decode(model, place)[0].flatten().numpy()).max()


def test_every_image_under_a_mouse_is_pytorchs(desk, exported):
    model, target = exported
    page = visit(desk, target)
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    images = set()
    for step in range(20):
        page.mouse.move(x + side * 0.015 * step, y - side * 0.012 * step)
        frame(page)
        images.add(image(page))
        assert off_pytorch(page, model) <= 1
    assert len(images) >= 19


def test_every_image_under_a_finger_is_pytorchs(pocket, exported):
    model, target = exported
    page = visit(pocket, target)
    x, y, side = middle(page)
    touch = pocket.new_cdp_session(page)
    images = set()
    for step in range(12):
        point = [{"x": x - side * 0.02 * step, "y": y + side * 0.02 * step}]
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
        frame(page)
        images.add(image(page))
        assert off_pytorch(page, model) <= 1
    assert len(images) >= 10
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("exported", ["mnist"], indirect=True)
def test_it_is_dragged_at_the_rate_of_the_app(page, address, desk, exported):
    _, target = exported
    alone = visit(desk, target)
    open_map(page, address)
    rates = []
    for _ in range(2):  # in turn: both meet the same machine
        for one in (page, alone):
            one.bring_to_front()
            one.evaluate(WATCH)
            rates.append(drag(one)["frames per second"])
    of_app, of_page = statistics.mean(rates[::2]), statistics.mean(rates[1::2])
    assert of_page > 0.8 * of_app, rates


def test_its_instruments_work_without_a_server(desk, exported):
    model, target = exported
    page = visit(desk, target, "?z1=0.5&z2=-0.25&a=-1,0&b=1,0.25&layer=stretch")
    assert z(page) == [0.5, -0.25]
    page.locator("[data-testid=latent-map][data-drawn*=stretch]").wait_for()
    page.get_by_text("area of pictures per area of map").wait_for()
    tiles = page.locator(".path[data-path=straight] .strip canvas")
    tiles.last.wait_for()
    first = np.array(tiles.first.evaluate(PIXELS).split(",")[::4], int)
    there = decode(model, torch.tensor([[-1.0, 0.0]]))[0].flatten().numpy()
    assert np.abs(first - there).max() <= 1
    page.get_by_role("button", name=re.compile("Play the film")).click()
    eventually(page, lambda: z(page)[0] < 0)
    choose(page, "layer", "images")
    open_tab(page, "Samples")
    page.get_by_test_id("draw").click()
    page.locator(".drawn canvas").nth(23).wait_for()
    for name in ("PyTorch", "GIF", "ZIP", "PNG of both", "Save as a page"):
        assert not page.get_by_text(name, exact=True).first.is_visible(), name


def test_a_path_that_its_address_asks_for_waits_for_the_decoder(desk, exported):
    _, target = exported
    desk.add_init_script("""
      const Inflating = DecompressionStream;
      let opened = 0;
      globalThis.DecompressionStream = function (kind) {
        const made = new Inflating(kind);
        const first = opened++ === 0; // the decoder's; the plane's is there at once
        const later = new TransformStream({
          transform: async (part, control) => {
            if (first) await new Promise((resolve) => setTimeout(resolve, 100));
            control.enqueue(part);
          },
        });
        return { writable: made.writable, readable: made.readable.pipeThrough(later) };
      };
    """)
    page = visit(desk, target, "?a=-1,0&b=1,0.25&layer=images&tiles=5")
    page.locator(".path[data-path=straight] .strip canvas").last.wait_for()
    page.locator("[data-testid=latent-map][data-drawn*=images]").wait_for()


def test_a_test_digit_costs_what_python_says(desk, exported):
    model, target = exported
    page = visit(desk, target)
    images, _ = mnist()
    index = click_a_digit(page)
    seen = observe(torch.from_numpy(images[[index]]), model.config)
    with torch.inference_mode():
        terms = expected(model, seen, 3)
    words = page.locator(".digit").inner_text()
    cost, kl = re.search(r"Reconstruction ([\d.]+) nats.\s+KL ([\d.]+) nats", words).groups()
    assert float(kl) == pytest.approx(terms.kl.item(), abs=0.06)
    # A sharp decoder changes by more where half precision moves the posterior a little.
    assert float(cost) == pytest.approx(terms.reconstruction.item(), abs=0.5)


def test_a_nonsense_address_opens_the_usual_view(desk, exported):
    _, target = exported
    page = visit(desk, target, "?z1=x&z2=1e9&layer=cheese&tiles=0&window=0,0,0&a=1")
    assert z(page) == [0, 0]
    page.locator("[data-testid=latent-map][data-drawn^=nothing]").wait_for()


def test_the_app_saves_the_same_page(page, address, desk, tmp_path):
    open_map(page, address)
    open_tab(page, "Share")
    content, name = saved(page, page.get_by_role("button", name="Save as a page"))
    assert name == "mnist-map.html"
    assert len(content) < 6e6
    target = tmp_path / name
    target.write_bytes(content)
    alone = visit(desk, target)
    assert off_pytorch(alone, checkpoint.load(library.find("mnist")).model) <= 1


@pytest.fixture(scope="module")
def exported_pad(tmp_path_factory):
    """The pad beside the map, as the command line writes it."""
    target = tmp_path_factory.mktemp("pad") / "pad.html"
    command = [sys.executable, "-m", "vae", "export", "mnist", "--html", str(target), "--pad"]
    subprocess.run(command, check=True, timeout=120)
    return target


def test_without_a_server_a_digit_is_drawn_placed_and_integrated(chrome, exported_pad):
    context = chrome.new_context(viewport={"width": 1280, "height": 720})
    page = visit(context, exported_pad)
    draw(page, FOUR)
    words, figures, seen = verdict(page), evidence(page), grey(page)
    assert "nats" in words
    model = checkpoint.load(library.find("mnist")).model
    *_, truth = inference.truths(model, torch.from_numpy(seen.copy()))
    assert figures[0] == pytest.approx(truth.log_evidence, abs=0.25)
    page.get_by_role("button", name="Copy address").click()
    page.get_by_text("Copied").or_(page.get_by_text("does not let a page copy")).wait_for()
    context.close()


def test_an_address_of_the_saved_pad_has_its_drawing(chrome, exported_pad):
    context = chrome.new_context(viewport={"width": 1280, "height": 720})
    page = visit(context, exported_pad, "?ink=AQAsA5oBZgC0AuYCAAAsAr0CTROABg")
    eventually(page, lambda: grey(page).any())
    assert "nats" in verdict(page)
    context.close()
