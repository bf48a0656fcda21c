"""How the map's points, labels and layers look."""

import re
import tomllib

import pytest

from benchmarks.live import open_map
from pages.ui.components.saved_page import THEME
from tests.support.hand import eventually, frame

PALETTES = {
    scheme: [
        [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        for colour in tomllib.loads(THEME.read_text("utf-8"))["theme"][scheme][
            "chartCategoricalColors"
        ]
    ]
    for scheme in ("light", "dark")
}

# How many of a canvas's strong pixels have each colour, but for what blending rounds off.
COUNT = """(canvas, palette) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = palette.map(() => 0);
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 150) continue;
    const near = ([r, g, b]) =>
      Math.max(Math.abs(data[i] - r), Math.abs(data[i + 1] - g), Math.abs(data[i + 2] - b)) <= 3;
    const label = palette.findIndex(near);
    if (label >= 0) counts[label]++;
  }
  return counts;
}"""


def coloured(page, canvas, scheme):
    """How many pixels of a canvas have the colour of each class, in the palette of a theme."""
    return page.locator(f"canvas.{canvas}").evaluate(COUNT, PALETTES[scheme])


@pytest.mark.parametrize(("first", "then"), [("light", "dark"), ("dark", "light")])
def test_points_have_the_colours_of_the_theme_and_follow_it(page, address, first, then):
    page.emulate_media(color_scheme=first)
    open_map(page, address)
    assert min(coloured(page, "points", first)) > 100
    page.emulate_media(color_scheme=then)  # nothing is loaded again
    eventually(page, lambda: min(coloured(page, "points", then)) > 100)
    chips = page.locator(".legend i").evaluate_all(
        "dots => dots.map(dot => getComputedStyle(dot).backgroundColor)"
    )
    assert chips == [f"rgb({r}, {g}, {b})" for r, g, b in PALETTES[then]]


def test_regions_have_the_colours_of_the_theme_and_follow_it(page, address):
    page.emulate_media(color_scheme="light")
    open_map(page, address, "/?layer=regions&top=nothing")
    page.locator("[data-testid=latent-map][data-drawn^=regions]").wait_for()
    page.get_by_text("Computing these colours").wait_for(state="hidden", timeout=60_000)
    assert min(coloured(page, "layer", "light")) > 100
    page.emulate_media(color_scheme="dark")
    eventually(page, lambda: min(coloured(page, "layer", "dark")) > 100)


# How many of a canvas's pixels have the colour of the ground, as outlines do.
GROUND = """(canvas) => {
  const found = getComputedStyle(canvas.parentElement).backgroundColor.match(/\\d+/g).map(Number);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 100 && found.every((v, c) => Math.abs(data[i + c] - v) <= 8)) count++;
  }
  return count;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_points_grow_and_gain_outlines_as_one_zooms_in(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    outlines, inks = [], []
    for half in (3.4, 1.5, 0.7):
        open_map(page, address, f"/?window=-1.2,-0.5,{half}&z1=2.5&z2=2.5")
        outlines.append(page.locator("canvas.points").evaluate(GROUND))
        inks.append(coloured(page, "points", scheme)[1])
    halos = outlines[0]  # of words; at home no dot has an outline
    assert outlines[2] > halos + 3000, outlines
    assert inks[0] < inks[1] < inks[2]  # a map of the 1s, the more so the nearer


# The part of each side of a canvas that is painted.
SIDES = """(canvas) => {
  const { width, height } = canvas;
  const part = (...box) => {
    const { data } = canvas.getContext("2d").getImageData(...box);
    return data.filter((v, i) => i % 4 === 3 && v > 0).length / (data.length / 4);
  };
  const along = [part(0, 0, width, 1), part(0, height - 1, width, 1)];
  return [...along, part(0, 0, 1, height), part(width - 1, 0, 1, height)];
}"""


@pytest.mark.parametrize("axes", ["z", "percentiles"])
@pytest.mark.parametrize("name", ["images", "density", "uncertainty", "stretch", "regions"])
def test_a_layer_reaches_the_frame(page, address, name, axes):
    open_map(page, address, f"/?layer={name}&axes={axes}")
    page.get_by_text("Computing these colours").wait_for(state="hidden", timeout=60_000)
    page.locator(f"[data-testid=latent-map][data-drawn^={name}]").wait_for()
    eventually(page, lambda: min(page.locator("canvas.layer").evaluate(SIDES)) > 0.99)
    x, y = page.get_by_test_id("latent-map").bounding_box()["x"], 300
    page.mouse.move(x + 200, y)
    for _ in range(10):
        page.mouse.wheel(0, 300)  # there is nothing beyond the frame to zoom out to
    frame(page)
    assert min(page.locator("canvas.layer").evaluate(SIDES)) > 0.99


def test_numbers_of_the_axes_stand_on_the_ground_and_not_under_the_buttons(page, address):
    open_map(page, address, "/?layer=images&top=nothing")
    page.locator("[data-testid=latent-map][data-drawn^=images]").wait_for()
    strip = "(canvas, [x, y, w, h]) => [...canvas.getContext('2d').getImageData(x, y, w, h).data]"
    side = int(page.locator("canvas.points").evaluate("canvas => canvas.width"))
    plates = page.locator("canvas.points").evaluate(strip, [0, 5, side - 60, 1])[3::4]
    assert sum(alpha == 255 for alpha in plates) > 40  # a line through what is behind the numbers
    tools = page.locator(".tools").bounding_box()
    box = page.get_by_test_id("latent-map").bounding_box()
    under = [tools["x"] - box["x"], tools["y"] - box["y"], tools["width"], tools["height"]]
    alphas = page.locator("canvas.points").evaluate(strip, under)[3::4]
    assert max(alphas) < 255  # rings at most, which are faint


def test_what_is_said_over_the_map_has_a_ground(page, address):
    open_map(page, address, "/?layer=regions")
    colours = page.locator(".notice").evaluate(
        """note => {
          note.hidden = false;
          const { backgroundColor, color } = getComputedStyle(note);
          return [backgroundColor, color];
        }"""
    )
    assert all(re.fullmatch(r"rgb\(\d+, \d+, \d+\)", colour) for colour in colours)  # opaque
    assert len(set(colours)) == 2
