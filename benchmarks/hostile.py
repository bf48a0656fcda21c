"""What strangers' pictures, requests and messages cost everybody else; docs/limits.md has a table.

    python -m benchmarks.hostile [--beside PATH] [--only WORD]

Everything is sent over WebSockets and HTTP, as browsers do, alone and by eight at once, while a
neighbour drags. Printed are seconds until the slowest has an answer, by how much the server's own
process had grown at its most, the longest that it was silent, and the p95 of the neighbour's exact
images. With a checkout of another version at PATH, that one's server is measured by the same, and
uploads of an honest picture are timed side by side. --only takes parts whose name has a word in it.
"""

import argparse
import io
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from PIL import Image
from websockets.exceptions import ConnectionClosed

from benchmarks.live import ROOT, serve
from benchmarks.upload import Upload
from benchmarks.visitor import Visitor
from benchmarks.watch import Watch
from tests.hostile import messages, pictures

CROWD = 8  # senders at once
AT_LEAST = 4.0  # seconds that a neighbour is watched
QUIET = 10.0  # seconds of the neighbour alone
PATIENCE = 60.0  # seconds that a visitor waits for an answer
FLOOD, FLOOD_SECONDS = 200, 15.0  # requests a second, and for how long


class Server(NamedTuple):
    """A server, and who watches it."""

    address: str
    watch: Watch
    log: list[str]


@contextmanager
def server(tree: Path) -> Iterator[Server]:
    """The app of a checkout, warmed up, with a neighbour who drags."""
    log: list[str] = []
    with serve(tree / "app.py", log=log) as address:
        (process,) = (p for p in psutil.Process().children() if str(tree / "app.py") in p.cmdline())
        warm_up(address)
        with Watch(address, process) as watch:
            time.sleep(2)
            watch.reset()
            time.sleep(QUIET)
            quiet = watch.seen()
            print(
                f"{tree}: quiet, a neighbour's p95 is {quiet.p95:.0f} ms, "
                f"and the longest silence {quiet.silence:.2f} s",
                flush=True,
            )
            yield Server(address, watch, log)


def warm_up(address: str) -> None:
    """What a server does once: a picture that is read, one that is not, a path."""
    for content in (pictures.saved(pictures.digit(), "PNG"), b"nothing"):
        visitor = Visitor(address, "your_digit")
        upload(visitor, address, content)
        visitor.close()
    visitor = Visitor(address)
    visitor.ask(path_between(random.Random(0)))
    visitor.close()


def upload(visitor: Visitor, address: str, content: bytes) -> float:
    """Send a picture and wait for what the page says of it: seconds."""
    start = time.perf_counter()
    with suppress(TimeoutError):
        one = Upload(address, visitor.session, content)
        one.end()
        visitor.send(visitor.show(one.name))
        visitor.until_finished()
    return time.perf_counter() - start


def path_between(some: random.Random) -> dict[str, object]:
    """A request for the path between two places that nobody has asked for."""
    a, b = (f"{some.uniform(-2, 2):.4f},{some.uniform(-2, 2):.4f}" for _ in range(2))
    return {"what": "path", "view": {"a": a, "b": b}}


def row(name: str, there: Server, send: Callable[[], float]) -> None:
    """Print what one thing costs."""
    there.watch.reset()
    start = time.perf_counter()
    took = send()
    time.sleep(max(0.0, AT_LEAST - (time.perf_counter() - start)))
    seen = there.watch.seen()
    print(
        f"{name:<62}{took:7.1f} s{seen.growth:8.0f} MB{seen.silence:7.2f} s{seen.p95:8.0f} ms",
        flush=True,
    )
    time.sleep(1)


def hostile_pictures() -> Iterator[tuple[str, bytes]]:
    """The pictures of the table, as large as they may be sent."""
    plain = pictures.saved(pictures.digit(), "PNG")
    jpeg = pictures.saved(pictures.digit(), "JPEG")
    webp = pictures.saved(Image.new("RGBA", (8192, 6100)), "WEBP", lossless=True)
    known = {name: source for name, source, _ in pictures.bombs()}
    yield "WebP that moves, 144 bytes", known["WebP that moves, 8192 × 6400 by its header"]
    yield f"lossless WebP of 50 megapixels, {len(webp) / 1000:.0f} kB", webp
    yield "WebP of 16 megapixels", known["WebP of 16 megapixels"]
    yield "PNG RGBA of 50 megapixels", pictures.deflated(8192, 6100, 8, 6)
    yield "PNG of 16 bits and 50 megapixels", pictures.deflated(8192, 6100, 16, 0)
    yield "PNG RGBA of 33 megapixels", known["PNG RGBA of 33 megapixels"]
    for count in (300, 1000, 8000):
        yield f"progressive JPEG of {count:,} scans", pictures.scans(count)
    empty = pictures.chunk(b"aaAa") * 1_650_000
    yield "PNG of 1.65 million empty chunks, 20 MB", plain[:33] + empty + plain[33:]
    yield "GIF with a comment in a million one-byte blocks", pictures.comments(1_000_000)
    yield "JPEG of 4.9 million empty segments", pictures.segments(jpeg, b"\xff\xfe\0\2" * 4_900_000)
    yield "an honest JPEG of 12 megapixels", photo()


def photo() -> bytes:
    """A 7 as a phone's camera has it: 12 megapixels, light from one side, noise."""
    generator = np.random.default_rng(0)
    ink = np.asarray(pictures.digit().resize((4000, 3000)), dtype=np.float32)
    light = np.linspace(0.6, 1.0, 4000)[None]
    noisy = ink * light + generator.normal(0, 6, ink.shape)
    file = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def at_once(visitors: list[Visitor], address: str, content: bytes) -> float:
    """Upload a picture by all of them: seconds until the slowest has an answer."""
    with ThreadPoolExecutor(len(visitors)) as pool:
        return max(pool.map(lambda one: upload(one, address, content), visitors))


def measure_pictures(there: Server) -> None:
    """Each picture alone, then eight at once."""
    for name, content in hostile_pictures():
        for count in (1, CROWD):
            visitors = [Visitor(there.address, "your_digit") for _ in range(count)]
            time.sleep(1)
            send = partial(at_once, visitors, there.address, content)
            row(f"{name}: {count} at once", there, send)
            for one in visitors:
                one.close()


def measure_leaving(there: Server) -> None:
    """How long work goes on after its senders have left."""
    usual = there.watch.usual_work()
    for name, content in hostile_pictures():
        if "WebP of 50" not in name and "8,000" not in name:
            continue
        visitors = [Visitor(there.address, "your_digit") for _ in range(3)]
        for one in visitors:
            file = Upload(there.address, one.session, content)
            file.end()
            one.send(one.show(file.name))
        time.sleep(0.3)
        for one in visitors:
            one.close()
        start = time.perf_counter()
        while there.watch.work() > usual + 0.15 and time.perf_counter() - start < PATIENCE:
            pass
        print(f"{name}: quiet {time.perf_counter() - start:.1f} s after three senders have left")


def measure_paths(there: Server) -> None:
    """Another's path, alone and while one visitor asks for path after path."""
    some = random.Random(1)
    other = Visitor(there.address)
    row("a path, nobody else asking", there, lambda: other.ask(path_between(some), PATIENCE))
    flooding, over = Visitor(there.address), threading.Event()

    def flood() -> None:
        number = 0
        while not over.wait(1 / FLOOD):
            number += 1
            message = {"number": number, "revision": flooding.revision, "z": [0.0, 0.0]}
            request = {**message, "settled": False, "request": path_between(some)}
            flooding.send(flooding.question({**request, "selected": None}))

    def drain() -> None:
        with suppress(ConnectionClosed, TimeoutError):
            while True:
                flooding.socket.recv(timeout=PATIENCE)

    threads = [threading.Thread(target=flood), threading.Thread(target=drain)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    row(
        f"a path, while another asks for {FLOOD} a second",
        there,
        lambda: statistics.median(other.ask(path_between(some), PATIENCE) for _ in range(5)),
    )
    over.set()
    threads[0].join()
    flooding.close()
    threads[1].join()
    other.close()


def measure_messages(there: Server) -> None:
    """Messages of 24 MB, malformed ones, and files for sessions that are not there."""

    def large() -> float:
        start = time.perf_counter()
        for _ in range(10):
            visitor = Visitor(there.address)
            with suppress(ConnectionClosed):
                text = '{"message": {"x": "%s"}}' % ("x" * 24_000_000)
                state = messages.state(visitor.bridge, "json_value", text)
                visitor.send(messages.telling(visitor, state))
                visitor.until_finished()
        return time.perf_counter() - start

    row("ten messages of 24 MB", there, large)
    before, broken = len(there.log), 0
    some = [one for one in messages.values() if "bidi" in one.name or "number_input" in one.name]
    for kind in some[:28]:
        visitor = Visitor(there.address, kind.page)
        visitor.send(kind.make(visitor))
        visitor.until_finished()
        visitor.errors.clear()
        visitor.rerun()
        broken += bool(visitor.errors)
        visitor.close()
    said = len(there.log) - before
    print(f"28 malformed values: {said} lines in the log, {broken} sessions that stay broken")

    def foreign() -> float:
        return sum(upload_only("none") for _ in range(30))

    def own() -> float:
        visitor = Visitor(there.address, "your_digit")
        return sum(upload_only(visitor.session) for _ in range(30))

    def upload_only(session: str) -> float:
        start = time.perf_counter()
        Upload(there.address, session, bytes(19_000_000)).end()
        return time.perf_counter() - start

    row("thirty files of 19 MB for a session that never existed", there, foreign)
    row("thirty files of 19 MB for one's own session", there, own)


def measure_honest(addresses: list[str]) -> None:
    """An honest picture's upload, side by side, with nobody else there: the median of twenty."""
    for address in addresses:
        warm_up(address)
    for name, content in {
        "a photo of 12 megapixels": photo(),
        "a small PNG": pictures.saved(pictures.digit(), "PNG"),
    }.items():
        visitors = [Visitor(address, "your_digit") for address in addresses]
        times: list[list[float]] = [[] for _ in addresses]
        for _ in range(20):
            for visitor, address, some in zip(visitors, addresses, times, strict=True):
                some.append(upload(visitor, address, content))
        medians = " / ".join(f"{1000 * statistics.median(some):.0f}" for some in times)
        print(f"{name}, upload to answer, median of twenty: {medians} ms", flush=True)


PARTS = {
    "pictures": measure_pictures,
    "leaving": measure_leaving,
    "paths": measure_paths,
    "messages": measure_messages,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--beside", type=Path, metavar="PATH")
    parser.add_argument("--only", default="", metavar="WORD")
    arguments = parser.parse_args()
    trees = [ROOT, *([arguments.beside.resolve()] if arguments.beside else [])]
    for tree in trees:
        for name, measure in PARTS.items():
            if arguments.only in name:
                with server(tree) as there:
                    measure(there)
    if arguments.only in "honest" and arguments.beside:
        with serve(trees[0] / "app.py") as new, serve(trees[1] / "app.py") as old:
            measure_honest([new, old])


if __name__ == "__main__":
    main()
