"""The same drag here and in VAE Explainer, whose page decodes with TensorFlow.js.

    git clone --depth 1 --branch gh-pages https://github.com/xnought/vae-explainer
    python -m benchmarks.explainer vae-explainer

The branch is the page that its authors publish. Whoever builds it from `main` with
`npx pnpm@9 install --frozen-lockfile && npx pnpm@9 build` finds the same bytes in `dist`.

Its point follows the pointer without a button. It picks WebGL, which a browser without a GPU
emulates; TensorFlow.js's backend for processors, its fallback where there is no WebGL, is measured
as well. A pointer that waits moves on once the page has taken its last move, as Playwright's does;
one that does not wait moves sixty times a second, as a person's does.

Source: Bertucci & Endert 2024, "VAE Explainer", arXiv:2409.09011.
"""

import asyncio
import math
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.drag import RATE, ROUNDS, SECONDS, percentile
from benchmarks.drag import WATCH as WATCH_OURS
from benchmarks.live import FLAGS, chromium
from benchmarks.live import serve as serve_ours

BASE = "/vae-explainer"  # where its build expects to be served
OURS = "[data-testid=latent-map]"
THEIRS = "svg[style*='cursor: none']"  # lies on the points of its latent space
SIZE = {"width": 1366, "height": 800}

# Runs in its page: looks at the image in every frame, and notes when the browser had drawn it.
WATCH_THEIRS = """() => {
  const image = [...document.querySelectorAll("canvas")].at(-1);
  const pixels = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
  pixels.imageSmoothingEnabled = false; // one sample of each of its 28x28 squares
  const seen = (globalThis.seen = { frames: [], moved: 0, last: "" });
  addEventListener("mousemove", (event) => (seen.moved = event.timeStamp));
  const look = () => {
    requestAnimationFrame(look);
    const moved = seen.moved;
    pixels.drawImage(image, 0, 0, 28, 28);
    const now = pixels.getImageData(0, 0, 28, 28).data.join();
    if (now === seen.last) return;
    seen.last = now;
    const channel = new MessageChannel(); // its message comes after the frame is drawn
    channel.port1.onmessage = () => {
      const drawn = performance.now();
      seen.frames.push([drawn, drawn - moved]);
    };
    channel.port2.postMessage(0);
  };
  look();
}"""


class _Handler(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(BASE))

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_theirs(folder: Path) -> Iterator[str]:
    """The address of its page, for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{BASE}/"
        finally:
            server.shutdown()


async def circle(page: Page, plane: str, waits: bool) -> tuple[float, float]:
    """One circle on a plane: distinct images a second, and pointer to paint p95 in ms."""
    box = await page.locator(plane).bounding_box()
    assert box is not None
    x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] * 0.3
    await page.mouse.move(x + radius, y)
    await page.mouse.down()
    await page.evaluate("seen.frames = []")
    moves: list[asyncio.Future[None]] = []
    start = time.perf_counter()
    for tick in range(int(SECONDS * RATE)):
        due = start + tick / RATE
        if waits and time.perf_counter() > due + 1 / RATE:
            continue  # the pointer is where the clock wants it, however late the page is
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        turn = 2 * math.pi * tick / (SECONDS * RATE)
        move = page.mouse.move(x + radius * math.cos(turn), y + radius * math.sin(turn))
        moves.append(asyncio.ensure_future(move))
        if waits:
            await moves[-1]
    frames = await page.evaluate("seen.frames")
    lasted = time.perf_counter() - start
    await asyncio.gather(*moves)
    await page.mouse.up()
    return len(frames) / lasted, percentile([late for _, late in frames] or [math.inf], 0.95)


async def measure(chrome: Browser, address: str, backend: str = "") -> dict[str, list[float]]:
    """Medians of several circles by either pointer, after one that warms the page up."""
    page = await chrome.new_page(viewport=SIZE)  # pyright: ignore[reportArgumentType]
    await page.goto(address)
    plane = THEIRS if backend else OURS
    await page.locator(plane).wait_for(timeout=60_000)
    await page.wait_for_timeout(3000)
    if backend:
        await page.evaluate("(name) => _tfengine.setBackend(name)", backend)
    await page.evaluate(WATCH_THEIRS if backend else WATCH_OURS)
    await circle(page, plane, waits=True)
    found: dict[str, list[float]] = {}
    for name, waits in (("waits", True), ("does not wait", False)):
        rounds = [await circle(page, plane, waits) for _ in range(ROUNDS)]
        found[name] = [statistics.median(column) for column in zip(*rounds, strict=True)]
    await page.close()
    return found


async def run(folder: Path) -> None:
    """Measure in turn, and print."""
    with serve_theirs(folder) as theirs, serve_ours() as ours:
        async with async_playwright() as playwright:
            chrome = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            for name, address, backend in (
                ("Latent Atlas", ours, ""),
                ("VAE Explainer, webgl", theirs, "webgl"),
                ("VAE Explainer, cpu", theirs, "cpu"),
            ):
                for pointer, (rate, late) in (await measure(chrome, address, backend)).items():
                    print(
                        f"{name:<22} pointer {pointer:<15}{rate:6.1f} a second, p95 {late:6.1f} ms"
                    )
            await chrome.close()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
