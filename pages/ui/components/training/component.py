"""The map of a training, with its curves, its digits and its time machine: one component."""

from pathlib import Path

from streamlit.components.v2 import component

from pages.ui.components.latent_map.component import WORKER
from pages.ui.components.latent_map.markup import LAST, STYLES, markup
from pages.ui.components.modules import bundle
from pages.ui.explore.protocol import TrainingData

HERE = Path(__file__).parent
MAP = HERE.parent / "latent_map"
SOURCE = '<p class="source" role="status"></p>'


def _text(*paths: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


_mount = component(
    "training",
    html=markup(
        "training",
        under=_text(HERE / "life.html"),
        above=SOURCE,
        tabs=_text(HERE / "training.html"),
    )
    + WORKER,
    css=_text(
        *(MAP / name for name in STYLES),
        HERE / "training.css",
        *(MAP / name for name in LAST),
    ),
    js=bundle(HERE / "training.js"),
)


def show_training(data: TrainingData) -> None:
    """Draw the map of a run as it learns, or as it has learnt."""
    _mount(key="training", data=data)
