"""What a visitor waits for: bytes and seconds until the first image, and what the page then holds.

    python -m benchmarks.opening [--beside PATH]

With a checkout of another version at PATH it measures that one too, in turn, on the same machine.
A warm server has shown the page before; a cold one has just said that it is there. Milliseconds of
a decode are medians in Chromium, and in checkouts whose browser decodes.
"""

import argparse
import statistics
import time
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.live import ROOT, browser, serve
from pages.ui.components.modules import bundle
from vae import library
from vae.store import checkpoint, weights

ROUNDS, DECODES = 5, 200
FIRST = "[data-testid=decoded-image][data-z]"
MEGABYTE = 1e6


def opening(chrome: Browser, address: str) -> dict[str, float]:
    """One visit by somebody whose browser has nothing of it yet."""
    context = chrome.new_context(viewport={"width": 1366, "height": 800})
    page = context.new_page()
    listener = context.new_cdp_session(page)
    listener.send("Network.enable")
    received: list[float] = []
    listener.on("Network.dataReceived", lambda event: received.append(event["encodedDataLength"]))
    listener.on(
        "Network.webSocketFrameReceived",
        lambda event: received.append(0.75 * len(event["response"]["payloadData"])),  # base64
    )
    start = time.perf_counter()
    page.goto(address)
    page.locator(FIRST).wait_for(timeout=120_000)
    seconds = time.perf_counter() - start
    megabytes = sum(received) / MEGABYTE
    page.wait_for_timeout(1500)
    listener.send("HeapProfiler.collectGarbage")
    heap = listener.send("Runtime.getHeapUsage")
    held = sum(heap.get(part, 0.0) for part in ("usedSize", "backingStorageSize"))
    again = context.new_page()
    start = time.perf_counter()
    again.goto(address)
    again.locator(FIRST).wait_for(timeout=120_000)
    second = time.perf_counter() - start
    context.close()
    return {
        "first image, s": seconds,
        "first image, MB received": megabytes,
        "first image of the second visit, s": second,
        "memory of the page, MB": held / MEGABYTE,
    }


def measure(chrome: Browser, tree: Path) -> dict[str, float]:
    """A cold visit and the medians of some warm ones."""
    with serve(tree / "app.py") as address:
        cold = opening(chrome, address)["first image, s"]
        warm = [opening(chrome, address) for _ in range(ROUNDS)]
    found = {name: statistics.median(visit[name] for visit in warm) for name in warm[0]}
    return {"first image of a cold server, s": cold, **found}


def decodes(chrome: Browser) -> dict[str, float]:
    """Milliseconds in the browser for an image of each committed checkpoint."""
    page = chrome.new_page()
    page.goto("about:blank")
    script = bundle(Path(__file__).with_name("decoding.js"))
    page.evaluate(f"() => {{ {script} }}")
    found: dict[str, float] = {}
    for path in sorted(library.COMMITTED.glob("*.safetensors")):
        packed = weights.pack(checkpoint.load(path).model, "decoder")
        found[f"decode of {path.stem}, ms"] = page.evaluate(
            f"(packed) => timeDecodes(packed, {DECODES})", b64encode(packed).decode()
        )
    page.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--beside", type=Path, metavar="PATH")
    beside = parser.parse_args().beside
    trees = [ROOT, *([beside.resolve()] if beside else [])]
    with browser() as chrome:
        columns = [measure(chrome, tree) for tree in trees]
        for name in columns[0]:
            print(f"{name:<38}" + "".join(f"{column[name]:10.2f}" for column in columns))
        for name, value in decodes(chrome).items():
            print(f"{name:<38}{value:10.2f}")


if __name__ == "__main__":
    main()
