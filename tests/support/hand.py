"""What a hand does on the map, and what it sees there."""

import json
import re

PIXELS = """canvas => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.join()"""


def image(page):
    """The decoded image, pixel by pixel."""
    return page.get_by_test_id("decoded-image").evaluate(PIXELS)


def z(page):
    """The place of the image that is shown: the hand, or where the pointer hovers."""
    return [
        float(v) for v in page.get_by_test_id("decoded-image").get_attribute("data-z").split(",")
    ]


def points(page):
    """The canvas with the ten thousand points."""
    return page.locator("canvas.points").evaluate(PIXELS)


def wait_until_exact(page):
    page.locator("[data-testid=decoded-image][data-exact=true]").wait_for(timeout=5000)


def middle(page):
    box = page.get_by_test_id("latent-map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]


def eventually(page, condition):
    """Wait until something that a frame or two will bring about is so."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    assert condition()


def frame(page):
    """Wait until the next frame has been painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def layer(page):
    """The canvas under the points."""
    return page.locator("canvas.layer").evaluate(PIXELS)


def choose(page, part, value):
    """Look at the map another way, and wait until it is drawn so."""
    page.locator(f"select[data-view={part}]").select_option(value)
    page.locator(f"[data-testid=latent-map][data-drawn*={value}]").wait_for()


def press(page, left, top):
    """Click on the map, in parts of its width from its middle, and wait until the hand is there."""
    x, y, side = middle(page)
    before = z(page)
    page.mouse.click(x + left * side, y + top * side)
    eventually(page, lambda: z(page) != before)


def saved(page, button):
    """The bytes and the name of what a button downloads."""
    with page.expect_download() as download:
        button.click()
    return download.value.path().read_bytes(), download.value.suggested_filename


def click_a_point(page):
    """Click along a crowded line until a click has found a point; its panel."""
    digit = page.locator(".digit")
    x, y, side = middle(page)
    for step in range(30):
        page.mouse.click(x + (-0.1 + 0.01 * step) * side, y + 0.03 * side)
        frame(page)  # the click may have meant a point, which the next frame shows
        wait_until_exact(page)
        if digit.is_visible():
            return digit
    raise AssertionError("no click found a point")


def click_a_digit(page):
    """On a saved page: click points until one is found whose original is in it; its index."""
    data = json.loads(page.locator("script.data").text_content())
    x, y, side = middle(page)
    for step in range(900):
        page.mouse.click(x + (step % 30 - 15) * 0.01 * side, y + (step // 30 - 15) * 0.01 * side)
        frame(page)
        words = page.locator(".digit").inner_text() if page.locator(".digit").is_visible() else ""
        found = re.search(r"Test digit ([\d,]+)", words)
        if found and int(found[1].replace(",", "")) in data["indices"] and "KL" in words:
            return int(found[1].replace(",", ""))
    raise AssertionError("no click found a test digit of the page")


def line_breaks(page):
    """From now on nothing that the map says reaches the server; what it tries is counted."""
    page.evaluate("""() => {
      const post = globalThis[Symbol.for("latent-atlas")];
      globalThis.kept = post.send;
      globalThis.lost = 0;
      Object.defineProperty(post, "send", {
        get: () => () => globalThis.lost++,
        set: send => globalThis.kept = send, // the bridge, when an earlier answer arrives
        configurable: true,
      });
    }""")


def line_mends(page):
    page.evaluate("""() => Object.defineProperty(globalThis[Symbol.for("latent-atlas")], "send", {
      value: globalThis.kept,
      writable: true,
      configurable: true,
    })""")


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def take_model(page, title):
    """Take another model from the list at the top of the page."""
    page.get_by_test_id("stPopover").get_by_role("button").click()
    page.get_by_test_id("stRadio").get_by_text(title, exact=True).click()
    eventually(page, lambda: shown_model(page) == title)


def shown_model(page):
    """What the model that the page shows is called."""
    return page.get_by_test_id("stPopover").get_by_role("button").inner_text().split("\n")[0]
