"""The live map with each test digit's cost as its colour, and examples beside it: one component."""

from pathlib import Path

from streamlit.components.v2 import component

from pages.ui.components.latent_map.component import WORKER
from pages.ui.components.latent_map.markup import LAST, STYLES, markup
from pages.ui.components.modules import bundle
from pages.ui.explore.protocol import ReportData

HERE = Path(__file__).parent
MAP = HERE.parent / "latent_map"


def _text(*paths: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


_mount = component(
    "report_map",
    html=markup("report", above=_text(HERE / "key.html"), tabs=_text(HERE / "examples.html"))
    + WORKER,
    css=_text(
        *(MAP / name for name in STYLES),
        HERE / "report_map.css",
        *(MAP / name for name in LAST),
    ),
    js=bundle(HERE / "report_map.js"),
)


def show_costs(data: ReportData) -> None:
    """Draw the map of a checkpoint."""
    _mount(key="report_map", data=data)
