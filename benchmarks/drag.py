"""How the map feels: frames painted while dragging, and how soon the exact image follows.

    python -m benchmarks.drag [--json] [--beside PATH | --while-training]

A scripted 60 Hz drag of five seconds in headless Chromium, alone and with fifteen more visitors who
drag over WebSockets at the pace the page itself keeps; medians of three. With a checkout of another
version at PATH that one is measured too, right after. Then what opening the page takes, as
`benchmarks.opening` prints it alone, and how drawing feels, as `benchmarks.pen` does;
`benchmarks.explainer` drags in another project's page. With --while-training only the drags, and
again while the same machine trains the default recipe on MNIST, which somebody else watches.
"""

import argparse
import json
import math
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page

from benchmarks import opening, pen
from benchmarks.learning import training, watching
from benchmarks.live import ROOT, browser, open_map, serve
from benchmarks.pen import median, percentile
from benchmarks.visitor import Visitor
from pages.ui.explore.protocol import PACE_MS

SECONDS, RATE, ROUNDS, RELEASES, CROWD = 5.0, 60, 3, 20, 15
LAYERS = ("images", "density", "uncertainty", "stretch", "regions")

# Runs in the page: notes every change of the image, and when the browser had drawn it.
WATCH = """() => {
  const find = (root, id) => {
    for (const host of root.querySelectorAll("*")) {
      if (host.dataset?.testid === id) return host;
      const inside = host.shadowRoot && find(host.shadowRoot, id);
      if (inside) return inside;
    }
  };
  const image = find(document, "decoded-image"), map = find(document, "latent-map");
  const seen = (globalThis.seen = { frames: [], moved: 0, last: "", lifted: 0, waits: [] });
  map.addEventListener("pointermove", (event) => (seen.moved = event.timeStamp));
  map.addEventListener("pointerup", (event) => (seen.lifted = event.timeStamp));
  new MutationObserver(() => {
    const moved = seen.moved;
    const pixels = image.getContext("2d").getImageData(0, 0, 28, 28).data.join();
    const fresh = pixels !== seen.last;
    seen.last = pixels;
    const channel = new MessageChannel(); // its message comes after the frame is drawn
    channel.port1.onmessage = () => {
      const now = performance.now();
      if (fresh) seen.frames.push([now, now - moved]);
      if (seen.lifted && image.dataset.exact === "true") {
        seen.waits.push(now - seen.lifted);
        seen.lifted = 0;
      }
    };
    channel.port2.postMessage(0);
  }).observe(image, { attributes: true });
}"""


# Runs in the page: takes one layer after the other, and how long each takes to be drawn.
SWITCH = """async (names) => {
  const find = (root, selector) => {
    for (const host of root.querySelectorAll("*")) {
      const found = host.shadowRoot?.querySelector(selector);
      if (found) return found;
    }
  };
  const select = find(document, "select[data-view=layer]");
  const map = find(document, ".map");
  const times = [];
  for (const name of names) {
    const start = performance.now();
    select.value = name;
    select.dispatchEvent(new Event("change"));
    while (!map.dataset.drawn.startsWith(name)) await new Promise(requestAnimationFrame);
    times.push(performance.now() - start);
  }
  return times;
}"""


def drag(page: Page) -> dict[str, float]:
    """One drag around the map: frames per second, and milliseconds from pointer to paint."""
    box = page.get_by_test_id("latent-map").bounding_box()
    assert box is not None
    x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] * 0.3
    page.mouse.move(x + radius, y)
    page.mouse.down()
    page.evaluate("seen.frames = []")
    start = time.perf_counter()
    for tick in range(int(SECONDS * RATE)):
        time.sleep(max(0.0, start + tick / RATE - time.perf_counter()))
        turn = 2 * math.pi * tick / (SECONDS * RATE)
        page.mouse.move(x + radius * math.cos(turn), y + radius * math.sin(turn))
    lasted = time.perf_counter() - start
    frames = page.evaluate("seen.frames")
    page.mouse.up()
    page.wait_for_timeout(500)
    return {
        "frames per second": len(frames) / lasted,
        "pointer to paint p95, ms": percentile([late for _, late in frames], 0.95),
    }


def release(page: Page) -> float:
    """Milliseconds p95 from letting go to the exact image, over many short drags."""
    box = page.get_by_test_id("latent-map").bounding_box()
    assert box is not None
    page.evaluate("seen.waits = []")
    for count in range(RELEASES):
        page.wait_for_timeout(200)
        page.mouse.move(box["x"] + 100 + 10 * count, box["y"] + 150)
        page.mouse.down()
        page.mouse.move(box["x"] + 130 + 10 * count, box["y"] + 200 + 7 * count, steps=8)
        page.mouse.up()
        page.wait_for_function(f"seen.waits.length > {count}", timeout=10_000)
    return percentile(page.evaluate("seen.waits"), 0.95)


def with_layers(page: Page, address: str) -> dict[str, float]:
    """The least favourable layer to drag on, and what it takes to change to one used before."""
    drags = []
    for name in LAYERS:
        open_map(page, address, f"/?layer={name}")
        page.get_by_text("Computing these colours").wait_for(state="hidden", timeout=60_000)
        page.evaluate(WATCH)
        drags.append(drag(page))
    for name in LAYERS:
        page.locator("select[data-view=layer]").select_option(name)
        page.get_by_text("Computing these colours").wait_for(state="hidden", timeout=60_000)
    times = page.evaluate(SWITCH, [*LAYERS, "nothing"] * 4)
    return {
        "frames per second": min(d["frames per second"] for d in drags),
        "pointer to paint p95, ms": max(d["pointer to paint p95, ms"] for d in drags),
        "change of layer p95, ms": percentile(times, 0.95),
    }


def memory() -> float:
    """What the server of this process's own starting has in memory, MB."""
    return (
        sum(
            child.memory_info().rss
            for child in psutil.Process().children()
            if "streamlit" in " ".join(child.cmdline())
        )
        / 1e6
    )


@contextmanager
def crowd(address: str, count: int) -> Iterator[None]:
    """Other people who drag all the while."""
    over = threading.Event()

    def wander(visitor: Visitor, phase: float) -> None:
        while not over.is_set():
            phase += 0.1
            over.wait(max(0.0, PACE_MS / 1000 - visitor.drag(phase)))
        visitor.close()

    visitors = [Visitor(address) for _ in range(count)]
    threads = [
        threading.Thread(target=wander, args=(visitor, 0.4 * place))
        for place, visitor in enumerate(visitors)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def rerun_cost(address: str) -> dict[str, float]:
    """Median milliseconds of a rerun: the Explore fragment, and an empty page of Streamlit's."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text("import streamlit as st\nst.write('nothing')\n", "utf-8")
        with serve(empty) as nothing:
            ours, theirs = Visitor(address), Visitor(nothing)
            times: dict[str, list[float]] = {"fragment": [], "empty": []}
            for count in range(200):  # in turn, so that both meet the same machine
                times["fragment"].append(ours.drag(count / 30))
                times["empty"].append(theirs.rerun())
            ours.close()
            theirs.close()
    return {f"{name} rerun p50, ms": 1e3 * statistics.median(t) for name, t in times.items()}


def measure(chrome: Browser, tree: Path) -> dict[str, dict[str, float]]:
    """Every figure of one checkout."""
    table: dict[str, dict[str, float]] = {}
    with serve(tree / "app.py") as address:
        page = chrome.new_page(viewport={"width": 1366, "height": 800})
        open_map(page, address)
        page.evaluate(WATCH)
        drag(page)  # the first one warms everything up
        table["1 visitor"] = median(lambda: drag(page))
        table["1 visitor"]["release to exact p95, ms"] = release(page)
        table["1 visitor, any layer"] = with_layers(page, address)
        if tree == ROOT:
            table["1 visitor"] |= pen.measure(chrome, address)
        open_map(page, address)
        page.evaluate(WATCH)
        alone = memory()
        with crowd(address, CROWD):
            time.sleep(1)
            each = (memory() - alone) / CROWD
            table["16 visitors"] = median(lambda: drag(page))
            table["16 visitors"]["release to exact p95, ms"] = release(page)
            if tree == ROOT:
                table["16 visitors"] |= pen.measure(chrome, address)
        page.close()
        table["server"] = {**rerun_cost(address), "memory per further visitor, MB": each}
    table["opening"] = opening.measure(chrome, tree)
    return table


def while_training(chrome: Browser) -> dict[str, dict[str, float]]:
    """The drags alone, and beside a training that somebody else watches."""
    table: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_ATLAS_RUNS"] = folder
        with serve() as address:
            page = chrome.new_page(viewport={"width": 1366, "height": 800})
            open_map(page, address)
            page.evaluate(WATCH)
            drag(page)
            table["1 visitor"] = median(lambda: drag(page))
            with crowd(address, CROWD):
                table["16 visitors"] = median(lambda: drag(page))
            with training("default") as run, watching(address, run):
                table["1, and a training"] = median(lambda: drag(page))
                with crowd(address, CROWD):
                    table["16, and a training"] = median(lambda: drag(page))
            page.close()
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--beside", type=Path, metavar="PATH")
    parser.add_argument("--while-training", action="store_true")
    arguments = parser.parse_args()
    trees = [ROOT, *([arguments.beside.resolve()] if arguments.beside else [])]
    with browser() as chrome:
        if arguments.while_training:
            tables = [while_training(chrome)]
        else:
            tables = [measure(chrome, tree) for tree in trees]
            tables[0]["decode"] = opening.decodes(chrome)
    if arguments.json:
        print(json.dumps({str(tree): table for tree, table in zip(trees, tables, strict=False)}))
        return
    for who, figures in tables[0].items():
        for name in figures:
            row = [table[who][name] for table in tables if name in table.get(who, {})]
            print(f"{who:<21} {name:<36}" + "".join(f"{value:9.1f}" for value in row))


if __name__ == "__main__":
    main()
