"""What stands around every page: its address, links to the others, and words for trouble."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import address
from pages.ui.state import session
from vae import library
from vae.errors import VAEError

PAGES = {
    address.EXPLORE: "app.py",
    address.DIGIT: "pages/your_digit.py",
    "Train": "pages/train.py",
    "Report card": "pages/report.py",
}
# Streamlit leaves 6rem above a page and a column meant for prose; here the picture is the page.
STYLE = """<style>
.block-container { padding: 0.9rem 1.5rem 1.5rem; max-width: 1500px; }
[data-testid="stHeader"] { display: none; }
[data-testid="stPageLink"] a { padding: 0.25rem 0.6rem; }
[data-testid="stPageLink"] a[disabled] { cursor: default;
  background: color-mix(in srgb, currentColor 8%, transparent); }
[data-testid="stPageLink"] a[disabled], [data-testid="stPageLink"] a[disabled] * {
  color: inherit; font-weight: 600; }
.st-key-onward [data-testid="stPageLink"] a { color: inherit;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
[class*=st-key-samples] button { padding: 4px; }
[class*=st-key-samples] button img { width: 44px; height: 44px !important;
  max-height: none !important; max-width: none !important; object-fit: fill !important;
  image-rendering: pixelated; border-radius: 4px; }
.st-key-uploaded [data-testid="stFileUploader"] { display: none; }
[data-testid="stImage"] img { image-rendering: pixelated; border-radius: 6px; }
@media (max-width: 640px) {
  .block-container { padding: 0.5rem 0.75rem 1rem; }
  .st-key-frame [data-testid="stPageLink"] a { padding: 0.25rem 0.4rem; }
}
</style>"""


class Frame(NamedTuple):
    """The row at the top of a page."""

    row: DeltaGenerator  # for what belongs to the whole page
    links: dict[str, DeltaGenerator]  # where the links to the other pages are

    def point(self, page: str) -> None:
        """Let the link to a page lead to where the session is now."""
        with self.links[page]:
            link_to(page, page)


def frame(title: str) -> Frame:
    """Begin a page: its address is read and, except where a hand may still be moving, written.

    Any page may be the first to run, so each draws all of this. On Explore and Your digit a hand
    may be moving; their addresses are written once that has come to rest.
    """
    st.set_page_config(f"{title} · Latent Atlas", layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    state = session()
    state.keep_open(library.checkpoints())
    complaints = address.read(state, title)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="frame")
    with row:
        links = {name: st.empty() for name in PAGES}
    for name, place in links.items():
        with place:
            link_to(name, name, disabled=name == title)
    for complaint in complaints:
        st.warning(plain(complaint))
    if title not in (address.EXPLORE, address.DIGIT):
        address.write(state, title)
    return Frame(row, links)


def link_to(page: str, label: str, disabled: bool = False, help: str = "", **changes: Any) -> None:
    """A link that has the whole address of a page in it, so that following it is one step.

    Args:
        changes: what is different from the session there.
    """
    said = address.words(session(), page, **changes)
    st.page_link(PAGES[page], label=label, disabled=disabled, help=help or None, query_params=said)


@contextmanager
def explained() -> Iterator[None]:
    """Show an error that was written for the person at the screen; a bug passes through."""
    try:
        yield
    except VAEError as error:
        st.error(plain(str(error)))


def plain(text: str) -> str:
    """Words from a stranger's file or address, with nothing in them read as Markdown."""
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+!|~:$])", r"\\\1", text)
    # What looks like an address becomes a link all the same; an unseen joiner keeps it text.
    return re.sub(r"(www|:/|@)", "\\1\u2060", escaped)
