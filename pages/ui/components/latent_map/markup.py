"""The HTML that the map's script finds, with what the page that it is on adds to it."""

from pathlib import Path

HERE = Path(__file__).parent
STYLES = ("latent_map.css", "instruments.css")
# Over whatever a page adds of its own.
LAST = ("../glossary/term.css", "../tour/tour.css", "presenter.css", "print.css")


def markup(name: str, **parts: str) -> str:
    """The map's HTML.

    Args:
        name: of the page, as a class for its style sheet.
        parts: HTML of the page's own: the `machine` over it all, `beside` the map, `under` it,
            `above` the decoded image, `words` over the instruments, and their `tabs`.
    """
    html = (HERE / "latent_map.html").read_text("utf-8").replace("{name}", name)
    for part in ("machine", "beside", "under", "above", "words", "tabs"):
        html = html.replace(f"{{{part}}}", parts.get(part, ""))
    return html
