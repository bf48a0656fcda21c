"""The README's film, taken from the running app: a drag across the map, and a digit that is drawn.

python -m benchmarks.film
"""

from collections.abc import Iterator
from io import BytesIO
from math import cos, pi, sin

from PIL import Image
from playwright.sync_api import Page

from benchmarks.live import ROOT, browser, open_map, serve

FILE = ROOT / "docs" / "drag.gif"
VIEW = {"width": 1280, "height": 720}
WIDTH = 800  # of the film, in pixels
LARGEST = 3_000_000  # bytes
COLOURS = 224
FRAME_MS = 80
STEPS = 64  # of the drag
# A way of the hand, in prior deviations: round the plane, through most classes.
MIDDLE, RADIUS = (0.0, 0.1), 0.95
# A 4 as it is drawn on the pad, in parts of its side.
STROKES = (((0.42, 0.16), (0.3, 0.55), (0.72, 0.55)), ((0.62, 0.2), (0.58, 0.88)))


def main() -> None:
    """Take it."""
    with serve() as address, browser() as chrome:
        page = chrome.new_page(viewport=VIEW, color_scheme="light")  # pyright: ignore[reportArgumentType]
        frames = [*dragged(page, address), *drawn(page, address)]
    content = film(frames)
    if len(content) > LARGEST:
        raise SystemExit(f"the film has {len(content):,} bytes, more than {LARGEST:,}")
    FILE.write_bytes(content)
    print(f"{FILE.relative_to(ROOT)}: {len(frames)} frames, {len(content):,} bytes")


def dragged(page: Page, address: str) -> Iterator[bytes]:
    """The hand on its way round the plane."""
    start = place(0.0)
    open_map(page, address, f"/?z1={start[0]:.3f}&z2={start[1]:.3f}")
    page.wait_for_timeout(2500)
    hand = page.get_by_test_id("latent-map")
    box = hand.bounding_box()
    assert box is not None
    yield page.screenshot()
    scale, x0, y0 = page.evaluate(PROJECTION)
    page.mouse.move(box["x"] + x0 + scale * start[0], box["y"] + y0 - scale * start[1])
    page.mouse.down()
    for step in range(1, STEPS + 1):
        x, y = place(step / STEPS)
        page.mouse.move(box["x"] + x0 + scale * x, box["y"] + y0 - scale * y)
        page.wait_for_timeout(30)
        yield page.screenshot()
    page.mouse.up()


# Pixels for a unit of z, and where the origin is on the map: two places of the hand tell.
PROJECTION = """async () => {
  const find = (root, id) => {
    for (const host of root.querySelectorAll("*")) {
      if (host.dataset?.testid === id) return host;
      const inside = host.shadowRoot && find(host.shadowRoot, id);
      if (inside) return inside;
    }
  };
  const map = find(document, "latent-map"), image = find(document, "decoded-image");
  const box = map.getBoundingClientRect(), frame = () => new Promise(requestAnimationFrame);
  const at = async (part) => {
    const x = box.left + part * box.width, y = box.top + part * box.height;
    const mouse = { clientX: x, clientY: y, pointerType: "mouse" };
    map.dispatchEvent(new PointerEvent("pointermove", mouse));
    for (let i = 0; i < 3; i++) await frame();
    return image.dataset.z.split(",").map(Number);
  };
  const [a, b] = [await at(0.3), await at(0.7)];
  map.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" }));
  const scale = (0.4 * box.width) / (b[0] - a[0]);
  return [scale, 0.3 * box.width - scale * a[0], 0.3 * box.height + scale * a[1]];
}"""


def place(part: float) -> tuple[float, float]:
    """Where the hand is after a part of its way."""
    angle = 2 * pi * part + pi / 2
    return MIDDLE[0] + RADIUS * cos(angle), MIDDLE[1] + RADIUS * sin(angle)


def drawn(page: Page, address: str) -> Iterator[bytes]:
    """A digit that appears under the pen, and lands on the map."""
    page.goto(address + "/your_digit")
    page.locator("[data-testid=latent-map][data-drawn]").wait_for()
    page.wait_for_timeout(2500)
    box = page.get_by_test_id("pad").bounding_box()
    assert box is not None
    for stroke in STROKES:
        for number, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=1)
            if number == 0:
                page.mouse.down()
                continue
            before = stroke[number - 1]
            for part in (0.25, 0.5, 0.75, 1.0):
                at = [a + part * (b - a) for a, b in zip(before, (x, y), strict=True)]
                page.mouse.move(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
                page.wait_for_timeout(60)
                yield page.screenshot()
        page.mouse.up()
    for _ in range(12):  # the true posterior arrives
        page.wait_for_timeout(120)
        yield page.screenshot()


def film(frames: list[bytes]) -> bytes:
    """The frames as a GIF with one palette, that of their middle."""
    images = [Image.open(BytesIO(frame)).convert("RGB") for frame in frames]
    height = round(VIEW["height"] * WIDTH / VIEW["width"])
    small = [image.resize((WIDTH, height), Image.Resampling.LANCZOS) for image in images]
    palette = small[len(small) // 2].quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in small)
    found = BytesIO()
    first.save(found, "GIF", save_all=True, append_images=rest, duration=FRAME_MS, loop=0)
    return found.getvalue()


if __name__ == "__main__":
    main()
