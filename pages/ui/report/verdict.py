"""One sentence that says how good a model is."""

import math
from collections.abc import Sequence

from pages.ui.frame import plain
from vae import front
from vae.front import Scored


def verdict(one: Scored, others: Sequence[Scored]) -> str:
    """The sentence, in Markdown.

    Args:
        others: the committed models, this one possibly among them.
    """
    others = [other for other in others if other.name != one.name]
    found = ", and ".join(filter(None, (_map(one, others), _costs(one, others))))
    return f"**{plain(one.title)}:** {found}."


def _map(one: Scored, others: Sequence[Scored]) -> str:
    if one.accuracy is None:
        return ""
    known = [other.accuracy for other in others if other.dataset == one.dataset]
    placed = _placed(one.accuracy, known, "models")
    return f"its map tells {100 * one.accuracy:.0f}% of the test digits apart{placed}"


def _costs(one: Scored, others: Sequence[Scored]) -> str:
    value = one.elbo if one.exact is None else one.exact
    alike = front.comparable(one, others)
    known = [other.elbo if one.exact is None else other.exact for other in alike]
    placed = _placed(value, known, "that see the same kind of pixels")
    minus = "−" if value < 0 else ""
    if "density" in one.pixels[0]:  # has no bits: those depend on how fine the grey levels are
        return f"it gives a digit a log-density of {minus}{abs(value):.0f} nats{placed}"
    most = "at most " if one.exact is None else ""
    bits = -value / math.log(2)
    return f"it explains a digit in {most}{-value:.0f} nats, {bits:.0f} bits{placed}"


def _placed(value: float, others: Sequence[float | None], which: str) -> str:
    """Which place that is among the committed models, if there are others."""
    known = [other for other in others if other is not None]
    if not known:
        return ""
    place, total = front.rank(value, known), len(known) + 1
    words = "last" if place == total > 2 else ordinal(place)
    return f" ({words} of the {total} {which})"


def ordinal(place: int) -> str:
    """A place in words: best, 2nd best."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if place % 100 in (11, 12, 13) else endings.get(place % 10, "th")
    return "best" if place == 1 else f"{place}{ending} best"
