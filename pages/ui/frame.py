"""What stands around every page: its address, links to the others, and words for trouble."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import address, brand
from pages.ui.state import session
from vae import library
from vae.errors import VAEError

PAGES = {
    address.EXPLORE: "app.py",
    address.DIGIT: "pages/your_digit.py",
    address.TRAIN: "pages/train.py",
    "Report card": "pages/report.py",
}
HERE = Path(__file__).parent


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
    st.set_page_config(
        f"{title} · {brand.NAME}", str(brand.ICON), layout="wide", initial_sidebar_state="collapsed"
    )
    st.html(HERE / "frame.css")
    state = session()
    state.keep_open(library.checkpoints())
    complaints = address.read(state, title)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="frame")
    with row:
        st.html(brand_markup(title))
        links = {name: st.empty() for name in PAGES}
    for name, place in links.items():
        with place:
            link_to(name, name, disabled=name == title)
    for complaint in complaints:
        st.warning(plain(complaint))
    with st.container(key="credit"):  # the style sheet puts it at the end of the page
        st.caption(brand.CREDIT)
    if title not in (address.EXPLORE, address.DIGIT):
        address.write(state, title)
    return Frame(row, links)


def brand_markup(title: str) -> str:
    """The project's name and icon, and what the page is for."""
    return (
        f'<div class="brand"><img src="{brand.icon_address()}" alt="" width="32" height="32">'
        f"<div><h1>{brand.NAME}</h1><p>{escape(brand.WHAT)}</p></div>"
        f"<p class='purpose'>{escape(brand.SENTENCES[title])}</p></div>"
    )


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
