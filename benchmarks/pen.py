"""How drawing feels: from the pen to the picture, and how soon the true posterior follows.

    python -m benchmarks.pen [--json]

A scripted 60 Hz stroke of five seconds on the pad, in headless Chromium, alone and with fifteen
more visitors who drag over WebSockets; medians of three. `benchmarks.drag` prints the same among
its own figures.
"""

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page

from benchmarks.live import browser, serve

SECONDS, RATE, ROUNDS, RELEASES, BRUSHED = 5.0, 60, 3, 12, 40
TABLES_MS = 15_000  # that the tables of the true posterior take to be filled, at most

# Runs in the page: notes when what follows the pen, and the brush that erases, has been painted.
WATCH = """() => {
  const find = (root, id) => {
    for (const host of root.querySelectorAll("*")) {
      if (host.dataset?.testid === id) return host;
      const inside = host.shadowRoot && find(host.shadowRoot, id);
      if (inside) return inside;
    }
  };
  const seen = { frames: [], fine: [], erased: [], moved: 0, lifted: 0, rubbed: 0 };
  globalThis.seen = seen;
  const at = (id) => find(document, id);
  at("pad").addEventListener("pointermove", (event) => (seen.moved = event.timeStamp));
  at("pad").addEventListener("pointerup", (event) => (seen.lifted = event.timeStamp));
  at("mask").addEventListener("pointermove", (event) => (seen.rubbed ||= event.timeStamp));
  const painted = (then) => {
    const channel = new MessageChannel(); // its message comes after the frame is drawn
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(0);
  };
  new MutationObserver(() => {
    const { moved } = seen;
    painted((now) => seen.frames.push(now - moved));
  }).observe(at("decoded-image"), { attributes: true, attributeFilter: ["data-z"] });
  new MutationObserver(() => {
    if (!seen.lifted || !/gap.*nats/s.test(at("evidence").textContent)) return;
    seen.fine.push(performance.now() - seen.lifted);
    seen.lifted = 0;
  }).observe(at("evidence"), { childList: true });
  new MutationObserver(() => {
    const { rubbed } = seen;
    if (rubbed) painted((now) => seen.erased.push(now - rubbed));
    seen.rubbed = 0;
  }).observe(at("completions"), { childList: true });
}"""


def percentile(values: list[float], part: float) -> float:
    """The value below which a part of them lies."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def open_pad(page: Page, address: str) -> None:
    """Open the page, and wait until its tables are filled."""
    page.goto(f"{address}/your_digit")
    page.locator("[data-testid=latent-map][data-drawn]").wait_for(timeout=60_000)
    page.wait_for_timeout(TABLES_MS)
    page.evaluate(WATCH)


def stroke(page: Page) -> dict[str, float]:
    """One long stroke, round and round: milliseconds from the pen to the picture."""
    page.get_by_role("button", name="Clear", exact=True).click()
    box = page.get_by_test_id("pad").bounding_box()
    assert box is not None
    x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] * 0.3
    page.mouse.move(x + radius, y)
    page.mouse.down()
    page.evaluate("seen.frames = []")
    start = time.perf_counter()
    for tick in range(int(SECONDS * RATE)):
        time.sleep(max(0.0, start + tick / RATE - time.perf_counter()))
        turn = 4 * math.pi * tick / (SECONDS * RATE)
        reach = radius * (1 - 0.4 * tick / (SECONDS * RATE))
        page.mouse.move(x + 0.7 * reach * math.cos(turn), y + reach * math.sin(turn))
    lasted = time.perf_counter() - start
    frames = page.evaluate("seen.frames")
    page.mouse.up()
    page.wait_for_timeout(1500)
    return {
        "pen: pictures per second": len(frames) / lasted,
        "pen to picture p95, ms": percentile(frames, 0.95),
    }


def rest(page: Page) -> dict[str, float]:
    """Milliseconds from lifting the pen to log p(x), the bound and the gap."""
    box = page.get_by_test_id("pad").bounding_box()
    assert box is not None
    page.evaluate("seen.fine = []")
    for count in range(RELEASES):
        page.get_by_role("button", name="Clear", exact=True).click()
        page.wait_for_timeout(300)
        page.mouse.move(box["x"] + 90 + 6 * count, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + 200 - 6 * count, box["y"] + 40, steps=4)
        page.mouse.move(box["x"] + 120, box["y"] + 250, steps=8)
        page.mouse.up()
        page.wait_for_function(f"seen.fine.length > {count}", timeout=20_000)
    times: list[float] = page.evaluate("seen.fine")
    return {
        "pen up to true posterior p50, ms": statistics.median(times),
        "pen up to true posterior p95, ms": percentile(times, 0.95),
    }


def erase(page: Page) -> dict[str, float]:
    """Milliseconds from the brush that hides pixels to what is imagined there."""
    page.locator("#tab-erase").click()
    page.wait_for_timeout(3000)
    page.get_by_test_id("mask").scroll_into_view_if_needed()
    box = page.get_by_test_id("mask").bounding_box()
    assert box is not None
    page.evaluate("seen.erased = []; seen.rubbed = 0")
    page.mouse.move(box["x"] + 10, box["y"] + 70)
    page.mouse.down()
    for step in range(BRUSHED):
        page.mouse.move(box["x"] + 10 + 3 * step, box["y"] + 70 + 10 * (step % 2))
        page.wait_for_timeout(150)
    page.mouse.up()
    times: list[float] = page.evaluate("seen.erased")
    page.locator("#tab-posterior").click()
    return {"brush to completions p95, ms": percentile(times, 0.95)}


def median(measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Each figure's median over the rounds."""
    rounds = [measure() for _ in range(ROUNDS)]
    return {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}


def measure(chrome: Browser, address: str) -> dict[str, float]:
    """Every figure of the pad of one server."""
    page = chrome.new_page(viewport={"width": 1280, "height": 720})
    open_pad(page, address)
    stroke(page)  # the first one warms everything up
    found = {**median(lambda: stroke(page)), **rest(page), **erase(page)}
    page.close()
    return found


def main() -> None:
    """Measure and print."""
    from benchmarks.drag import CROWD, crowd

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with browser() as chrome, serve() as address:
        table = {"1 visitor": measure(chrome, address)}
        with crowd(address, CROWD):
            table["16 visitors"] = measure(chrome, address)
    if arguments.json:
        print(json.dumps(table))
        return
    for who, figures in table.items():
        for name, value in figures.items():
            print(f"{who:<21} {name:<36}{value:9.1f}")


if __name__ == "__main__":
    main()
