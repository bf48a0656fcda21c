"""How the map's points, labels and layers look."""

import tomllib

import pytest

from benchmarks.live import open_map
from pages.ui.components.saved_page import THEME
from tests.support.hand import eventually

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
