"""What a stranger's picture costs everybody else.

    python -m benchmarks.hostile [--beside PATH]

Each kind is uploaded on Reconstruct by a browser, alone and then by eight of them at once, while a
neighbour drags over a WebSocket at the page's own pace. Printed are seconds to the answer (of the
slowest), how much the server's own process had grown at its most, and the neighbour's p95. With a
checkout of another version at PATH, that one's server is measured by the same pictures.
"""

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page

from benchmarks.drag import percentile
from benchmarks.live import ROOT, browser, serve
from benchmarks.visitor import Visitor
from pages.ui.explore.protocol import PACE_MS
from tests.hostile import pictures

CROWD, PATIENCE, QUIET = 8, 120.0, 10.0  # senders at once; seconds
CHOSEN = (
    "WebP that moves, 8192 × 6400 by its header",
    "WebP of 16 megapixels",
    "PNG RGBA of 33 megapixels",
    "PNG of 16 bits and 36 megapixels",
    "JPEG of 300 scans",
    "PNG with a million empty chunks",
    "GIF with a comment of a million blocks",
    "JPEG with a million empty comments",
    "JPEG L",
)


class Neighbour:
    """Somebody who drags all the while, and how long each image took."""

    def __init__(self, address: str) -> None:
        """Begin."""
        self.visitor = Visitor(address)
        self.waits: list[float] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._drag)
        self.thread.start()

    def _drag(self) -> None:
        turn = 0.0
        while not self.over.is_set():
            turn += 0.1
            took = self.visitor.drag(turn)
            self.waits.append(1000 * took)
            self.over.wait(max(0.0, PACE_MS / 1000 - took))

    def p95(self) -> float:
        """Milliseconds since this was last asked."""
        waits, self.waits = self.waits, []
        return percentile(waits or [0.0], 0.95)

    def close(self) -> None:
        """Leave."""
        self.over.set()
        self.thread.join()
        self.visitor.close()


class Growth:
    """The most that a process grew, while somebody looks at it fifty times a second."""

    def __init__(self, process: psutil.Process) -> None:
        """Begin."""
        self.process, self.most = process, 0.0
        self.before = process.memory_info().rss
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, self.process.memory_info().rss - self.before)

    def end(self) -> float:
        """MB."""
        self.over.set()
        self.thread.join()
        return self.most / 1e6


@contextmanager
def senders(chrome: Browser, address: str) -> Iterator[list[Page]]:
    """Eight browsers that have Reconstruct before them."""
    found = [chrome.new_page() for _ in range(CROWD)]
    for page in found:
        page.goto(f"{address}/reconstruct")
        page.locator("input[type=file]").wait_for(state="attached", timeout=60_000)
    yield found
    for page in found:
        page.close()


def send(pages: list[Page], source: bytes) -> float:
    """Upload a picture on each page; seconds until the slowest has an answer."""
    start = time.perf_counter()
    for page in pages:
        page.locator("input[type=file]").set_input_files(
            [{"name": "digit.png", "mimeType": "image/png", "buffer": source}]
        )
    for page in pages:
        answer = page.get_by_text("what came back").or_(page.get_by_role("alert"))
        answer.first.wait_for(timeout=1000 * PATIENCE)
    return time.perf_counter() - start


def measure(chrome: Browser, tree: Path) -> None:
    """Print a table of one checkout."""
    sources = {name: source for name, source, _ in pictures.pictures() if name in CHOSEN}
    with serve(tree / "app.py") as address:
        neighbour = Neighbour(address)
        (process,) = (p for p in psutil.Process().children() if str(tree / "app.py") in p.cmdline())
        with senders(chrome, address) as pages:
            send(pages, sources["JPEG L"])  # warms everything up
        time.sleep(2)
        neighbour.p95()
        time.sleep(QUIET)
        quiet = neighbour.p95()
        print(f"{tree}: a quiet neighbour's p95 is {quiet:.0f} ms")
        for name in CHOSEN:
            for count in (1, CROWD):
                with senders(chrome, address) as pages:
                    time.sleep(2)
                    neighbour.p95()
                    growth = Growth(process)
                    took = send(pages[:count], sources[name])
                    time.sleep(0.5)
                    print(
                        f"{name:<44}{count:>2} at once{took:7.1f} s{growth.end():8.0f} MB"
                        f"{neighbour.p95():8.0f} ms",
                        flush=True,
                    )
        neighbour.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--beside", type=Path, metavar="PATH")
    beside = parser.parse_args().beside
    with browser() as chrome:
        for tree in [ROOT, *([beside.resolve()] if beside else [])]:
            measure(chrome, tree)


if __name__ == "__main__":
    main()
