"""The HTML and the style sheets of the pad beside the map, which a saved page has too."""

from pathlib import Path

from pages.ui.components.latent_map.markup import markup

HERE = Path(__file__).parent
INTEGRATOR = HERE / "posterior_worker.js"
MAP, SKETCH, TOUR = (HERE.parent / name for name in ("latent_map", "sketch", "tour"))


def html() -> str:
    """The page's HTML, without the scripts of its Workers."""
    read = {path.stem: path.read_text("utf-8") for path in HERE.glob("*.html")}
    pad = (SKETCH / "sketch.html").read_text("utf-8").replace("{sources}", read["sources"])
    return markup("yours", beside=pad, above=read["panel"], words=read["words"], tabs=read["tabs"])


def styles() -> list[Path]:
    """The style sheets, in their order."""
    sheets = (MAP / "latent_map.css", MAP / "instruments.css", TOUR / "tour.css")
    return [*sheets, HERE / "your_digit.css"]
