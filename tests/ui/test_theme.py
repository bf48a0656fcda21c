"""The digits' colours of either theme, judged by coloraide's own formulas."""

import tomllib
from itertools import combinations

import plotly.io as pio
import pytest
from coloraide import Color

from pages.ui.charts import CLASS_COLOURS
from pages.ui.components import saved_page

THEMES = tomllib.loads(saved_page.THEME.read_text("utf-8"))["theme"]
SCHEMES = ("light", "dark")
VISIONS = ("normal", "protan", "deutan", "tritan")


def seen(colour, vision):
    """A colour as it is seen with all cones, or without one kind of them.

    Source: Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.
    """
    if vision == "normal":
        return Color(colour)
    return Color(colour).filter(vision, method="machado", severity=1).clip("srgb")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_point_stands_out_from_the_map(scheme):
    theme = THEMES[scheme]
    ground = Color(theme["secondaryBackgroundColor"])
    assert len(theme["chartCategoricalColors"]) == 10
    for colour in theme["chartCategoricalColors"]:
        assert Color(colour).contrast(ground, method="wcag21") >= 3, colour


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_two_classes_look_alike_to_anybody(scheme, vision):
    colours = [seen(colour, vision) for colour in THEMES[scheme]["chartCategoricalColors"]]
    apart = {
        (a, b): colours[a].delta_e(colours[b], method="2000") for a, b in combinations(range(10), 2)
    }
    assert min(apart.values()) >= 10, min(apart, key=apart.__getitem__)
    assert apart[3, 8] >= 13  # neighbours on the map


def test_a_class_has_the_same_hue_in_the_light_and_in_the_dark():
    light, dark = (THEMES[scheme]["chartCategoricalColors"] for scheme in SCHEMES)
    for one, other in zip(light, dark, strict=True):
        turn = Color(one).convert("oklch")["hue"] - Color(other).convert("oklch")["hue"]
        assert abs((turn + 180) % 360 - 180) < 15, (one, other)


def test_a_saved_page_has_both_palettes():
    style = saved_page._theme()
    for scheme in SCHEMES:
        palette = ",".join(THEMES[scheme]["chartCategoricalColors"])
        assert f"--st-chart-categorical-colors: {palette};" in style


def test_a_chart_has_the_ten_colours_that_streamlit_replaces_by_the_themes():
    assert pio.templates["streamlit"].layout.colorway == CLASS_COLOURS
