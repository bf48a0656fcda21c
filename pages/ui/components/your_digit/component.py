"""The pad beside the live map, with the instruments for a digit of one's own: one component."""

from html import escape
from pathlib import Path

from streamlit.components.v2 import component

from pages.ui.components.latent_map.component import WORKER
from pages.ui.components.modules import bundle
from pages.ui.components.your_digit.markup import INTEGRATOR, html, styles
from pages.ui.explore.protocol import DigitData

HERE = Path(__file__).parent
_integrator = escape(bundle(INTEGRATOR))
_mount = component(
    "your_digit",
    html=f'{html()}{WORKER}<template class="integrator">{_integrator}</template>',
    css="\n".join(path.read_text("utf-8") for path in styles()),
    js=bundle(HERE / "your_digit.js"),
)


def show_pad(data: DigitData) -> None:
    """Draw the pad and the map of a checkpoint."""
    _mount(key="your_digit", data=data)
