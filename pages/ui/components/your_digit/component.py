"""The pad beside the live map, with the instruments for a digit of one's own: one component."""

from html import escape
from pathlib import Path

from streamlit.components.v2 import component

from pages.ui.components.latent_map.component import WORKER
from pages.ui.components.latent_map.markup import markup
from pages.ui.components.modules import bundle
from pages.ui.explore.protocol import DigitData

HERE = Path(__file__).parent
MAP, SKETCH = HERE.parent / "latent_map", HERE.parent / "sketch"


def html() -> str:
    """The page's HTML, without the scripts of its Workers."""
    read = {path.stem: path.read_text("utf-8") for path in HERE.glob("*.html")}
    pad = (SKETCH / "sketch.html").read_text("utf-8").replace("{sources}", read["sources"])
    return markup("yours", beside=pad, above=read["panel"], words=read["words"], tabs=read["tabs"])


def styles() -> list[Path]:
    """The style sheets, in their order."""
    return [MAP / "latent_map.css", MAP / "instruments.css", HERE / "your_digit.css"]


_integrator = escape(bundle(HERE / "posterior_worker.js"))
_mount = component(
    "your_digit",
    html=f'{html()}{WORKER}<template class="integrator">{_integrator}</template>',
    css="\n".join(path.read_text("utf-8") for path in styles()),
    js=bundle(HERE / "your_digit.js"),
)


def show_pad(data: DigitData) -> None:
    """Draw the pad and the map of a checkpoint."""
    _mount(key="your_digit", data=data)
