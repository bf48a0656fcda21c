"""The README's pictures, taken from the running app.

python -m benchmarks.pictures
"""

import re
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from benchmarks.live import ROOT, browser, open_map, serve
from pages.ui import brand

FOLDER = ROOT / "docs"
WIDE = {"width": 1366, "height": 790}
VIEWS = {  # name: address
    "explore": "/?z1=0.62&z2=-0.75",
    "path": "/?z1=0.1&z2=0.75&layer=stretch&a=-1.2,-0.2&b=0.9,0.4",
    "grid": "/?z1=0.62&z2=-0.75&layer=images&top=nothing&axes=percentiles",
    "regions": "/?z1=-2.6&z2=2.9&layer=regions&top=nothing",
}
# A 9 whose loop has corners.
DRAWING = "/your_digit?ckpt=mnist&ink=AQAoB8oCggGzASeVAXgJoAGMAVC0AUUk5QEAKAPUAmQJrAIh6AI"
PREVIEW = {"width": 1200, "height": 630}  # what shows where a link is shared
PHONE = {"width": 390, "height": 844}


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        take_all({"LATENT_ATLAS_RUNS": runs})


def take_all(environment: dict[str, str]) -> None:
    """Take them from one server."""
    with serve(environment=environment) as address, browser() as chrome:
        shared = chrome.new_page(viewport=PREVIEW, color_scheme="light")  # pyright: ignore[reportArgumentType]
        take(shared, address + "/?z1=0.62&z2=-0.75", brand.PREVIEW, present=True)
        for scheme in ("light", "dark"):
            for name, path in VIEWS.items():
                page = chrome.new_page(viewport=WIDE, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
                take(page, address + path, FOLDER / f"{name}-{scheme}.png")
            page = chrome.new_page(viewport=WIDE, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
            take_pad(page, address + DRAWING, FOLDER / f"digit-{scheme}.png")
            page = chrome.new_page(viewport=WIDE, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
            take_report(page, address + "/report?ckpt=mnist", FOLDER / f"report-{scheme}.png")
            page = chrome.new_page(viewport=WIDE, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
            take_training(page, address + "/train", FOLDER / f"train-{scheme}.png")
            if scheme == "dark":
                stop_training(chrome.new_page(), address + "/train")
            phone = chrome.new_page(
                viewport=PHONE,  # pyright: ignore[reportArgumentType]
                color_scheme=scheme,
                device_scale_factor=2,
            )
            take(phone, address + VIEWS["explore"], FOLDER / f"phone-{scheme}.png")


def take(page: Page, address: str, path: Path, present: bool = False) -> None:
    """One picture, once everything in it has been computed."""
    open_map(page, address, "")
    page.wait_for_timeout(1000)
    page.get_by_text("Computing these colours").wait_for(state="hidden")
    page.get_by_text("looking…").first.wait_for(state="hidden")
    if present:
        page.keyboard.press("p")
    page.wait_for_timeout(1500)
    save(page.screenshot(), path)
    page.close()


def take_pad(page: Page, address: str, path: Path) -> None:
    """The pad, once its true posterior and its strangeness are known."""
    page.goto(address)
    page.get_by_test_id("answers").locator("p").wait_for(timeout=60_000)
    page.locator(".strange", has_text="%").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    save(page.screenshot(), path)
    page.close()


def take_report(page: Page, address: str, path: Path) -> None:
    """The report card's first screen, once each test digit has its cost."""
    page.goto(address)
    page.get_by_text("What the test digits cost").wait_for(timeout=60_000)
    page.locator(".js-plotly-plot").nth(5).wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    save(page.screenshot(), path)
    page.close()


def take_training(page: Page, address: str, path: Path) -> None:
    """A training of the default recipe in its fourth epoch; another picture may be of the same."""
    page.goto(address)
    start, stop = (page.get_by_role("button", name=n, exact=True) for n in ("Start", "Stop"))
    start.or_(stop).first.wait_for(timeout=60_000)
    if not stop.is_visible():
        start.click()
    page.locator(".training[data-frame]").wait_for(timeout=120_000)
    page.get_by_text(re.compile(r"[Ee]poch 3 of|[Ee]poch 4 of")).first.wait_for(timeout=600_000)
    page.wait_for_timeout(1500)
    save(page.screenshot(), path)
    page.close()


def stop_training(page: Page, address: str) -> None:
    """End the training that the pictures were of."""
    page.goto(address)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Continue training").wait_for(timeout=60_000)
    page.close()


def save(picture: bytes, path: Path) -> None:
    """Write one picture, as small as it can be with the same colours."""
    Image.open(BytesIO(picture)).convert("RGB").save(path, optimize=True)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
