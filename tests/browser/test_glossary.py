"""What terms mean, wherever they stand: by mouse, by keyboard and by touch."""

import re

import pytest

from benchmarks.live import open_map
from tests.support.hand import eventually, shown_model, take_model
from tests.support.pad import evidence, open_pad
from vae.glossary import TERMS


def tip(page):
    return page.get_by_role("tooltip")


def term(page, name):
    """The first mark of a term that is seen."""
    return page.locator(f".term[data-term='{name}']:visible").first


def assert_says(page, name):
    tip(page).wait_for()
    assert TERMS[name].sentence in tip(page).inner_text()
    box, size = tip(page).bounding_box(), page.viewport_size
    assert box["x"] >= 0 and box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"] and box["y"] + box["height"] <= size["height"]
    assert page.evaluate(ON_TOP, [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


ON_TOP = """([x, y]) => {
  let found = document.elementFromPoint(x, y);
  while (found?.shadowRoot) found = found.shadowRoot.elementFromPoint(x, y);
  return Boolean(found?.closest("[role=tooltip]"));
}"""


def gone(page):
    eventually(page, lambda: not tip(page).is_visible())


def test_a_term_that_is_hovered_says_its_sentence_until_the_pointer_has_left(page, address):
    open_map(page, address)
    assert not tip(page).is_visible()
    term(page, "decoder").hover()
    assert_says(page, "decoder")
    tip(page).hover()  # it can be reached, to be read or copied
    page.wait_for_timeout(500)
    assert_says(page, "decoder")
    page.mouse.move(5, 5)
    gone(page)


def test_a_term_that_is_focused_says_its_sentence_and_escape_closes_it(page, address):
    open_map(page, address)
    term(page, "encoder").focus()
    assert_says(page, "encoder")
    described = term(page, "encoder").get_attribute("aria-describedby")
    assert tip(page).get_attribute("id") == described
    page.keyboard.press("Escape")
    gone(page)
    page.keyboard.press("Tab")
    assert_says(page, "decoder")


def test_escape_closes_the_sentence_before_it_ends_presenting(page, address):
    """On a projector the one key must not do both."""
    open_map(page, address)
    page.keyboard.press("p")
    page.locator(".page[data-presenting]").wait_for()
    # Nothing that is shown there has a term: one is let be seen.
    page.locator(".how").evaluate("how => how.style.setProperty('display', 'block', 'important')")
    term(page, "encoder").focus()
    assert_says(page, "encoder")
    page.keyboard.press("Escape")
    gone(page)
    assert page.locator(".page[data-presenting]").count() == 1


def test_a_tap_opens_a_sentence_and_a_tap_elsewhere_closes_it(phone, address):
    open_map(phone, address)
    term(phone, "decoder").tap()
    assert_says(phone, "decoder")
    phone.locator(".like").tap()
    gone(phone)


def test_a_term_says_its_sentence_while_the_figures_beside_it_change(page, address):
    open_pad(page, address)
    page.locator(".samples button").nth(4).click()
    evidence(page)
    nats = page.locator(".verdict .term[data-term=nats]")
    nats.focus()
    assert_says(page, "nats")
    before = page.locator(".verdict .place").inner_text()
    page.locator(".samples button").nth(7).evaluate("button => button.click()")
    eventually(page, lambda: "nats" in page.locator(".verdict .place").inner_text() != before)


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("posterior", {"posterior", "encoder", "log p(x)", "ELBO", "nats"}),
        ("noise", {"posterior", "encoder"}),
        ("strange", {"decoder", "nats"}),
        ("bits", {"decoder"}),
        ("more", {"posterior"}),
    ],
)
def test_the_terms_of_each_instrument_are_marked(page, address, tab, names):
    open_pad(page, address)
    page.locator(".samples button").nth(4).click()
    evidence(page)
    page.locator(f"#tab-{tab}").click()
    panel = page.locator(f"#panel-{tab}")

    def marked():
        return set(panel.locator(".term").evaluate_all("all => all.map(t => t.dataset.term)"))

    eventually(page, lambda: names <= marked())


def test_the_costs_of_a_digit_that_was_clicked_are_explained(page, address):
    open_map(page, address, "/?ckpt=mnist&z1=0&z2=0")
    box = page.get_by_test_id("latent-map").bounding_box()
    for step in range(40):  # somewhere along this line lies a point
        page.mouse.click(
            box["x"] + box["width"] * (0.5 + 0.005 * step), box["y"] + box["height"] / 3
        )
        if page.locator(".digit").is_visible():
            break
    term(page, "KL").hover()
    assert_says(page, "KL")


def test_the_pages_beside_the_map_explain_their_terms(page, address):
    page.goto(address + "/report")
    table = page.get_by_role("table").first
    table.wait_for()
    for name in ("ELBO", "log p(x)", "reconstruction", "KL"):
        assert TERMS[name].sentence in table.inner_text()
    page.get_by_test_id("stTooltipHoverTarget").first.hover()
    page.get_by_text(TERMS["nats"].sentence).wait_for()


def test_models_have_names_for_people_beside_those_of_their_files(page, address):
    page.goto(address + "/report?ckpt=dense-softplus")
    page.get_by_text("What it is", exact=True).wait_for()
    assert shown_model(page) == "Article 002: dense, softplus"
    page.locator(".st-key-verdict", has_text="Article 002: dense, softplus").wait_for()
    page.get_by_test_id("stPopover").get_by_role("button").click()
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_text("Best likelihood", exact=True).wait_for()
    offered = body.inner_text()
    assert re.search(r"Ours\s+Best map\s+Sharp digits .*\. mnist\s", offered)
    assert re.search(r"Articles\s+Article 000.*\s+.* conv\s", offered)
    page.keyboard.press("Escape")
    take_model(page, "Best likelihood")
    page.wait_for_url("**ckpt=mnist-exact")


def test_a_model_that_is_taken_stays_taken_whatever_group_it_is_of(page, address):
    open_map(page, address, "/?ckpt=conv&z1=0.5&z2=0.5")
    titles = {"Best map": "mnist", "Article 001: mix and match": "modular"}
    for title, name in [*titles.items(), *titles.items()]:
        take_model(page, title)
        page.wait_for_url(f"**ckpt={name}&**")
        page.wait_for_timeout(1500)  # the browser has told of its widgets again
        assert (shown_model(page), f"ckpt={name}&" in page.url) == (title, True)
