"""What a person draws on the pad, and what comes of it."""

import re

import numpy as np

from tests.support.hand import eventually

FOUR = [[(0.3, 0.2), (0.3, 0.5), (0.65, 0.5)], [(0.62, 0.15), (0.6, 0.9)]]
SEVEN = [[(0.25, 0.2), (0.7, 0.2), (0.45, 0.85)]]


def open_pad(page, address, query=""):
    """Open the page, and wait until the browser can read a digit and knows the true posterior."""
    page.goto(f"{address}/your_digit{query}")
    page.locator("[data-testid=latent-map][data-drawn]").wait_for()
    page.locator(".samples button").nth(19).wait_for()


def draw(page, lines, steps=8):
    """Draw lines with the mouse, in parts of the pad's width."""
    box = page.get_by_test_id("pad").bounding_box()
    at = [
        [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]
        for line in lines
    ]
    for line in at:
        page.mouse.move(*line[0])
        page.mouse.down()
        for point in line[1:]:
            page.mouse.move(*point, steps=steps)
        page.mouse.up()


def grey(page, name="seen"):
    """A picture of 28×28 on the page."""
    script = """canvas => Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data)"""
    pixels = np.array(page.get_by_test_id(name).evaluate(script), np.uint8)
    return pixels.reshape(28, 28, 4)[..., 0]


def verdict(page):
    """What is said of the digit, once its costs are known."""
    words = page.locator(".verdict .place")
    eventually(page, lambda: "nats" in words.inner_text())
    return words.inner_text()


def evidence(page):
    """log p(x), the encoder's bound and the gap, nats, once they are fine."""
    figures = page.get_by_test_id("evidence")
    eventually(page, lambda: re.search(r"gap\s+[\d.-]+ nats", figures.inner_text()) is not None)
    return [float(number) for number in re.findall(r"(-?[\d.]+) nats", figures.inner_text())]


def open_tab(page, name):
    page.locator(f"#tab-{name}").click()
