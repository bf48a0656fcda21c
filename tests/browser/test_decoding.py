"""Where the image under the hand comes from: this browser, a Worker in it, or the server."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks import live
from benchmarks.live import open_map
from pages.ui import resources
from tests.support.configs import QUICK
from tests.support.hand import (
    PIXELS,
    choose,
    eventually,
    frame,
    image,
    middle,
    press,
    take_model,
    wait_until_exact,
    z,
)
from vae import library
from vae.codec import decode
from vae.store import checkpoint
from vae.training import pipeline
from vae.training.runs import Run

COUNT_WORKERS = """
  globalThis.workers = 0;
  globalThis.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      globalThis.workers++;
    }
  };
"""


def model_of(name):
    return checkpoint.load(library.find(name)).model


def off_pytorch(page, model):
    """The largest difference of the image that is shown from PyTorch's, on 0..255."""
    # Both at once: a Worker's image may come between two questions.
    place, pixels = page.get_by_test_id("decoded-image").evaluate(
        f"(canvas) => [canvas.dataset.z, ({PIXELS})(canvas)]"
    )
    z = torch.tensor([[float(v) for v in place.split(",")]])
    shown = np.array(pixels.split(",")[::4], int)
    return np.abs(shown - decode(model, z)[0].flatten().numpy()).max()


def grasp(page, left=0.0, top=0.0):
    """Take the hand at a part of the map's width from its middle, and keep the button down."""
    x, y, side = middle(page)
    page.mouse.move(x + left * side, y + top * side)
    page.mouse.down()
    return x, y, side


@pytest.mark.parametrize("name", ["mnist", "mnist-exact", "conv"])
def test_every_image_of_a_drag_is_the_models_own(page, address, name):
    model = model_of(name)
    open_map(page, address, f"/?ckpt={name}")
    eventually(page, lambda: "PyTorch" in (page.locator(".exact").get_attribute("title") or ""))
    x, y, side = grasp(page)
    sources = set()
    for step in range(12):
        page.mouse.move(x + side * 0.02 * step, y - side * 0.017 * step)
        frame(page)
        sources.add(page.get_by_test_id("decoded-image").get_attribute("data-exact"))
        assert off_pytorch(page, model) <= 1
    assert "false" in sources  # it did not wait for the server's
    page.mouse.up()
    wait_until_exact(page)
    assert off_pytorch(page, model) == 0


def test_the_page_says_who_decodes_and_how_near_that_is_to_pytorch(page, address):
    open_map(page, address)
    x, y, side = grasp(page)
    for step in range(30):
        page.mouse.move(x + 0.004 * step * side, y)
        frame(page)
    assert page.locator(".exact").inner_text() == "this browser's picture"
    page.mouse.up()
    wait_until_exact(page)
    assert page.locator(".exact").inner_text() == "PyTorch's own picture"
    eventually(page, lambda: "by 1 at most" in _title(page) or "by 0 at most" in _title(page))
    assert re.search(r"PyTorch on cpu took \d.* ms; this browser takes \d.* ms\.", _title(page))


def _title(page):
    return page.locator(".exact").get_attribute("title")


def test_an_image_that_is_far_from_pytorchs_is_warned_of(page, address):
    """A browser whose arithmetic is off: here, one that cannot take a logarithm's inverse."""
    page.add_init_script("const exp = Math.exp; Math.exp = (x) => 1.2 * exp(x)")
    open_map(page, address)
    page.get_by_text(re.compile(r"picture is up to \d+ of 255 off")).wait_for()


def test_files_are_fetched_once_and_then_kept(chrome, address):
    context = chrome.new_context(viewport={"width": 1366, "height": 800})
    seen = []
    for _ in range(2):
        page = context.new_page()
        listener = context.new_cdp_session(page)
        listener.send("Network.enable")
        listener.on("Network.responseReceived", lambda event: seen.append(event["response"]))
        open_map(page, address)
        page.locator(".exact[title*=PyTorch]").wait_for()
        page.close()
    files = [response for response in seen if "/files/" in response["url"]]
    assert [response["fromDiskCache"] for response in files] == [False, False, True, True]
    assert len({response["url"] for response in files}) == 2
    context.close()


def test_going_back_and_forth_opens_nothing_again(page, address):
    fetched = []
    page.on("request", lambda request: "/files/" in request.url and fetched.append(request.url))
    open_map(page, address, "/?ckpt=mnist&z1=0&z2=0")
    press(page, 0.3, -0.2)
    wait_until_exact(page)
    there = z(page)
    page.wait_for_url(lambda url: "z1=0&" not in url)
    page.go_back()  # the whole page runs again
    eventually(page, lambda: z(page) == [0, 0])
    assert there != [0, 0]
    page.wait_for_timeout(1000)  # the machine would ask for its encoder by now
    assert len(fetched) == len(set(fetched)) == 3  # the plane, the decoder and the encoder


def test_without_the_plane_there_is_no_map_and_the_page_says_so(page, address):
    page.route(f"**/files/{resources.load('mnist').plane.name}", lambda route: route.abort())
    page.goto(address)
    page.get_by_text("This browser could not open the map").wait_for()
    assert page.get_by_text("Loading the map").count() == 0


def test_without_the_decoder_the_servers_images_are_shown(page, address):
    page.route(f"**/files/{resources.load('mnist').decoder.name}", lambda route: route.abort())
    open_map(page, address)
    assert "could not load the model" in _title(page)
    everything_by_the_server(page, model_of("mnist"))


def everything_by_the_server(page, model):
    """The hand, tiles, samples and paths work as they do elsewhere, a moment later."""
    x, y, side = grasp(page)
    page.mouse.move(x + 0.2 * side, y + 0.1 * side, steps=5)
    page.mouse.up()
    wait_until_exact(page)
    assert off_pytorch(page, model) == 0
    choose(page, "layer", "images")
    page.get_by_role("tab", name="Samples").click()
    page.get_by_test_id("draw").click()
    page.locator(".drawn canvas").nth(23).wait_for()


def test_too_large_a_model_stays_on_the_server(chrome, tmp_path):
    """Too large in half precision: four million weights between two hidden layers, and more."""
    wide = replace(QUICK.model, decoder_widths=(2100, 2100))
    run = Run(tmp_path / "wide")
    quick = replace(QUICK, model=wide, train=replace(QUICK.train, epochs=1))
    for _ in pipeline.execute(quick, run, score=False):
        pass
    with live.serve(environment={"LATENT_ATLAS_RUNS": str(tmp_path)}) as address:
        page = chrome.new_page(viewport={"width": 1366, "height": 800})
        fetched = []
        page.on("request", lambda request: "/files/" in request.url and fetched.append(request.url))
        open_map(page, address, "/?ckpt=wide")
        assert re.search(r"too large to travel \(\d+ MB\)", _title(page))
        everything_by_the_server(page, checkpoint.load(run.checkpoint).model)
        assert len(fetched) == 1
        page.close()


def test_where_decoding_takes_longer_than_a_frame_a_worker_does_it(page, address):
    page.add_init_script(COUNT_WORKERS)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    open_map(page, address)
    model = model_of("mnist")
    x, y, side = grasp(page)
    images = set()
    for step in range(40):
        page.mouse.move(x + side * 0.007 * step, y - side * 0.005 * step)
        frame(page)
        images.add(image(page))
    assert page.evaluate("workers") == 1
    assert len(images) > 10
    page.mouse.up()
    wait_until_exact(page)
    there = z(page)
    page.mouse.down()
    page.mouse.move(x + side * 0.2, y, steps=3)
    eventually(page, lambda: z(page) != there)
    assert off_pytorch(page, model) <= 1
    page.mouse.up()


def test_without_workers_tiles_are_decoded_all_the_same(page, address):
    page.add_init_script("delete globalThis.Worker")
    open_map(page, address, "/?ckpt=mnist&tiles=6")
    choose(page, "layer", "images")


def test_another_model_taken_while_tiles_come_is_no_error(page, address):
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    open_map(page, address, "/?ckpt=conv&layer=images&tiles=30")
    page.locator("[data-testid=latent-map][data-drawn^=some]").wait_for()
    take_model(page, "Best map")
    page.locator("[data-testid=latent-map][data-drawn*=images]").wait_for()
    wait_until_exact(page)
    assert wrong == []
