"""The README's pictures, taken from the running app.

python -m benchmarks.pictures
"""

from pathlib import Path

from benchmarks.live import ROOT, browser, open_map, serve

FOLDER = ROOT / "docs"


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve() as address, browser() as chrome:
        for scheme in ("light", "dark"):
            page = chrome.new_page(viewport={"width": 1200, "height": 760}, color_scheme=scheme)
            open_map(page, address, "/?z1=0.62&z2=-0.75")
            page.wait_for_timeout(1000)
            save(page.screenshot(), FOLDER / f"explore-{scheme}.png")
            page.close()


def save(picture: bytes, path: Path) -> None:
    """Write one picture."""
    path.write_bytes(picture)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
