"""The report card, as a visitor has it."""

import re
from itertools import pairwise

import pytest

from tests.support.hand import PIXELS, eventually, middle, points, take_model

CARDS = ("confusion", "costs", "labels", "spread", "front", "models")


def open_report(page, address, query=""):
    """Open the page and wait until all that it computes is there."""
    page.goto(f"{address}/report{query}")
    page.locator(".examples[data-known=true]").wait_for(timeout=120_000)
    for name in CARDS:
        page.locator(f".st-key-picture-{name} .js-plotly-plot .main-svg").first.wait_for()


def canvases(page, selector):
    """Every picture that a selector finds, pixel by pixel."""
    return [one.evaluate(PIXELS) for one in page.locator(selector).all()]


def test_every_picture_is_there_and_none_is_empty(page, address):
    open_report(page, address)
    assert page.locator(".example").count() == 30
    pictures = canvases(page, ".example canvas")
    assert len(set(pictures)) == 60
    for name in CARDS:
        marks = page.locator(f".st-key-picture-{name} .js-plotly-plot").locator(
            ".point, .points path, .textpoint, .hm image"
        )
        assert marks.count() > 0, name
    heights = {
        round(page.locator(f".st-key-picture-{name} .js-plotly-plot").bounding_box()["height"])
        for name in CARDS
    }
    assert heights == {320}


def test_the_points_have_the_colours_of_costs_as_the_key_has_them(page, address):
    open_report(page, address)
    least, most = page.locator(".costs .tones").evaluate("""canvas => [2, 253].map(x =>
      [...canvas.getContext("2d").getImageData(x, 0, 1, 1).data].slice(0, 3).join())""")
    assert least != most
    found = set(re.findall(r"(\d+,\d+,\d+),255", points(page)))
    assert {least, most} <= found


def test_a_click_on_the_map_shows_another_digit_and_another_click_a_third(page, address):
    open_report(page, address)
    x, y, side = middle(page)
    digit, seen = page.locator(".report .digit"), []
    for step in range(60):
        page.mouse.click(x + (0.005 * step - 0.2) * side, y + 0.05 * side)
        page.wait_for_timeout(60)
        if page.get_by_test_id("total").is_visible():
            eventually(page, digit.is_visible)
            words = digit.inner_text().split("\n")[0]
            if words not in [said for said, *_ in seen]:
                seen.append((words, *canvases(page, ".report .digit canvas")))
        if len(seen) == 3:
            break
    assert len(seen) == 3
    assert len({original for _, original, _ in seen}) == 3
    assert all(re.match(r"Test digit [\d,]+, an? \d", words) for words, *_ in seen)


def test_an_example_that_is_pressed_is_shown_large_where_it_lies(page, address):
    open_report(page, address)
    worst = page.locator("[data-standing=dearest] .example").nth(4)
    name = worst.get_attribute("aria-label")
    index, cost = re.match(r"Test digit ([\d,]+), a 4: ([\d.]+) nats", name).groups()
    before = page.get_by_test_id("decoded-image").get_attribute("data-z")
    worst.click()
    page.get_by_text(f"Test digit {index}, a 4, and how it comes back.").wait_for()
    assert f"This 4 costs {cost} nats: more than" in page.get_by_test_id("total").inner_text()
    assert page.get_by_test_id("decoded-image").get_attribute("data-z") != before
    assert canvases(page, ".report .digit canvas") == [
        one.evaluate(PIXELS) for one in worst.locator("canvas").all()
    ]
    assert worst.get_attribute("aria-pressed") == "true"
    assert page.locator(".example[aria-pressed=true]").count() == 1


def test_where_the_hand_was_put_here_is_where_explore_has_it(page, address):
    open_report(page, address)
    page.locator(".example").nth(12).click()
    page.locator(".report .digit").wait_for()
    at = page.get_by_test_id("decoded-image").get_attribute("data-z")
    page.get_by_role("link", name="Explore").click()
    page.locator(".explore [data-testid=latent-map][data-drawn]").wait_for()
    image = page.get_by_test_id("decoded-image")
    eventually(page, lambda: image.get_attribute("data-z") is not None)
    there = [float(v) for v in image.get_attribute("data-z").split(",")]
    assert there == pytest.approx([float(v) for v in at.split(",")], abs=1e-4)


def test_another_model_brings_its_own_costs_and_examples(page, address):
    open_report(page, address)
    before = page.locator(".costs .ends").inner_text(), canvases(page, ".example canvas")
    take_model(page, "Article 004: dense, 10×10 pixels")
    ends = page.locator(".costs[data-known=true] .ends")
    eventually(page, lambda: ends.is_visible() and ends.inner_text() != before[0])
    eventually(page, lambda: canvases(page, ".example canvas") != before[1])
    page.get_by_text("Article 004: dense, 10×10 pixels:").wait_for()


def test_the_digit_on_the_pad_is_marked_among_the_costs(page, address):
    page.goto(address + "/your_digit")
    page.locator(".samples button").nth(7).click()
    page.wait_for_url("**ink=**")
    page.locator(".verdict .strange", has_text="stranger").wait_for(timeout=120_000)
    page.get_by_role("link", name="Report card").click()
    said = page.get_by_text("Yours costs")
    said.wait_for(timeout=120_000)
    (nats,) = re.findall(r"Yours costs (\d+) nats", said.inner_text())
    chart = page.locator(".st-key-picture-costs .js-plotly-plot")
    chart.get_by_text(f"your digit {nats}").wait_for()


def test_on_a_phone_all_is_one_column_and_nothing_scrolls_sideways(phone, address):
    open_report(phone, address)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [
        phone.locator(selector).first.bounding_box()
        for selector in (
            ".report .map",
            ".report .panel",
            ".report .examples",
            *(f".st-key-picture-{name}" for name in CARDS),
        )
    ]
    for above, below in pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"] + 1
    for box in boxes:
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    texts = phone.locator(".st-key-picture-confusion .js-plotly-plot text").all()
    assert all(text.bounding_box()["x"] >= 0 for text in texts[:20])


def test_in_a_window_of_1280_by_720_the_map_and_all_examples_are_in_sight(chrome, address):
    page = chrome.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(30_000)
    open_report(page, address)
    for selector in (".report .map", ".report .examples"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 720, selector
    page.close()
