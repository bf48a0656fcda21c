"""What it costs a training to be watched, and what its visitors see.

    python -m benchmarks.learning [RECIPE ...] [--json]

A run on MNIST as the page starts it, one thread of a niced process, and the app beside it. In turn,
three times a quarter of a minute each: nobody looks; somebody elsewhere does; somebody does in a
headless browser on the same two cores, which takes most of one for itself. Steps a second in each,
frames drawn a second, how often the browser's model was renewed, and the time from that visitor's
first request until the map has its points.
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page

from benchmarks.live import browser, serve
from vae.recipes import recipe
from vae.training import control, job
from vae.training.packed import unpack
from vae.training.run import Run

SECONDS, ROUNDS = 15.0, 3
RECIPES = ("default", "plain")

# Runs in the page: frames whose points were shown, for as long as asked.
COUNT = """(root, seconds) => new Promise((done) => {
  let count = 0;
  const watcher = new MutationObserver(() => count++);
  watcher.observe(root, { attributes: true, attributeFilter: ["data-frame"] });
  setTimeout(() => { watcher.disconnect(); done(count / seconds); }, 1000 * seconds);
})"""


@contextmanager
def training(name: str) -> Iterator[Run]:
    """A run of a recipe that goes on for as long as the block lasts, as the page starts it."""
    config = recipe(name)
    run = job.start(replace(config, train=replace(config.train, epochs=1000)))
    try:
        wait_until(lambda: run.state().phase == "training")
        yield run
    finally:
        job.stop(run)


@contextmanager
def watching(address: str, run: Run) -> Iterator[None]:
    """Somebody elsewhere, who asks for what Train asks for."""
    over = threading.Event()

    def ask() -> None:
        version, large = "", 0.0
        while not over.is_set():
            with urlopen(f"{address}/live/{run.name}/frame.bin?after={version}") as answer:
                version = answer.headers.get("X-Version", version)
            if time.monotonic() > large + 1:
                large = time.monotonic()
                for part in ("decoder", "curves"):
                    with suppress(HTTPError), urlopen(f"{address}/live/{run.name}/{part}.bin") as f:
                        f.read()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def wait_until(reached: Callable[[], bool]) -> None:
    """Poll a run's files."""
    while not reached():
        time.sleep(0.02)


def pause(run: Run) -> int:
    """Pause a run, and tell at which step."""
    control.ask(run.folder, "pause")
    wait_until(lambda: run.state().paused)
    return run.state().pause_at


def speed(run: Run, meanwhile: Callable[[], object]) -> float:
    """Steps a second while something happens."""
    before = pause(run)
    control.ask(run.folder, "continue")
    wait_until(lambda: not run.state().paused)
    start = time.monotonic()
    meanwhile()
    took = time.monotonic() - start
    return (pause(run) - before) / took


def open_train(page: Page, address: str) -> float:
    """Seconds from the first request to a map with points."""
    start = time.monotonic()
    page.goto(address + "/train")
    page.locator(".training[data-frame]").wait_for(timeout=60_000)
    return time.monotonic() - start


def measure(name: str, chrome: Browser, address: str) -> dict[str, float]:
    """The figures of one recipe."""
    alone, elsewhere, watched, frames, renewed, first = [], [], [], [], [], []
    with training(name) as run:
        for _ in range(ROUNDS):
            alone.append(speed(run, lambda: time.sleep(SECONDS)))
            control.ask(run.folder, "continue")
            with watching(address, run):
                elsewhere.append(speed(run, lambda: time.sleep(SECONDS)))
            control.ask(run.folder, "continue")
            page = chrome.new_page()
            first.append(open_train(page, address))
            before = versions(run)

            def look(page: Page = page) -> None:
                frames.append(page.locator(".training").evaluate(COUNT, SECONDS))

            watched.append(speed(run, look))
            renewed.append((versions(run) - before) / SECONDS)
            page.close()
            time.sleep(6)  # until the trainer has noticed that nobody looks
    middle = statistics.median
    return {
        "steps a second, alone": middle(alone),
        "steps, watched from elsewhere": middle(elsewhere),
        "slower by, %": 100 * (1 - middle(elsewhere) / middle(alone)),
        "steps, beside a browser": middle(watched),
        "slower by, with it, %": 100 * (1 - middle(watched) / middle(alone)),
        "frames a second": middle(frames),
        "models a second": middle(renewed),
        "first sight, s": middle(first),
    }


def versions(run: Run) -> int:
    """How often the browser's model has been written, as the last frame says."""
    path = run.folder / "live" / "frame.bin"
    return int(unpack(path.read_bytes()).header["decoder"]) if path.exists() else 0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="*", default=RECIPES, metavar="RECIPE")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_ATLAS_RUNS"] = str(Path(folder) / "runs")
        with serve() as address, browser() as chrome:
            found = {name: measure(name, chrome, address) for name in arguments.recipes}
    if arguments.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        for what, value in figures.items():
            print(f"{name:<16}{what:<32}{value:8.2f}")


if __name__ == "__main__":
    main()
