"""The real app and a real browser: for benchmarks, the README's pictures and browser tests."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# Most visitors have been here: the tour is offered to those who have not.
KNOWN = "try { localStorage.setItem('latent-atlas-tour', 'known') } catch {}"


def chromium() -> str | None:
    """The browser on this machine's PATH, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")


@contextmanager
def browser() -> Iterator[Browser]:
    """Headless Chromium, as it came with the machine, whose visitors have been here before."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for name in ("new_context", "new_page"):
            setattr(launched, name, _known(getattr(launched, name)))
        yield launched


def _known(make: Callable[..., BrowserContext | Page]) -> Callable[..., BrowserContext | Page]:
    def made(*, newcomer: bool = False, **options: Any) -> BrowserContext | Page:
        visitor = make(**options)
        if not newcomer:
            visitor.add_init_script(KNOWN)
        return visitor

    return made


@contextmanager
def serve(
    script: Path = ROOT / "app.py",
    environment: Mapping[str, str] | None = None,
    log: list[str] | None = None,
) -> Iterator[str]:
    """`streamlit run` on a port of the system's choice, for as long as the block lasts.

    Args:
        log: is given the lines that the server prints.

    Yields:
        The address, without a slash at its end.
    """
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.headless=true", "--server.port=0", "--server.address=127.0.0.1"]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {}), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address: Queue[str] = Queue()
    listener = threading.Thread(target=_listen, args=(server, address, log), daemon=True)
    listener.start()
    try:
        yield address.get(timeout=60)
    finally:
        server.terminate()
        server.wait(20)
        listener.join()


def _listen(server: subprocess.Popen[str], address: Queue[str], log: list[str] | None) -> None:
    # The pipe is read to its end, or a talkative server would stop when it is full.
    assert server.stdout is not None
    with server.stdout as lines:
        for line in lines:
            _hear(line, address)
            if log is not None:
                log.append(line.rstrip())


def _hear(line: str, address: Queue[str]) -> None:
    if found := re.search(r"http://127\.0\.0\.1:\d+", line):
        address.put(found.group())
    elif "Error" in line or "Traceback" in line:
        print("server:", line.rstrip(), file=sys.stderr)


def open_map(page: Page, address: str, path: str = "/") -> None:
    """Open Explore and wait until the map is there and its image is exact."""
    page.goto(address + path)
    page.get_by_test_id("decoded-image").and_(page.locator("[data-exact=true]")).wait_for(
        timeout=60_000
    )
