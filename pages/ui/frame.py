"""What stands around every page: its title, the way to the others, and the words for trouble."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.errors import VAEError

PAGES = {
    "Explore": "app.py",
    "Reconstruct": "pages/reconstruct.py",
    "Train": "pages/train.py",
    "Report card": "pages/report.py",
}
# Streamlit leaves 6rem above a page and a column meant for prose; here the picture is the page.
STYLE = """<style>
.block-container { padding: 0.9rem 1.5rem 1.5rem; max-width: 1500px; }
[data-testid="stHeader"] { display: none; }
[data-testid="stPageLink"] a { padding: 0.25rem 0.6rem; }
[data-testid="stPageLink"] a:is([aria-current="page"], [disabled]) { font-weight: 600; }
.st-key-samples button { padding: 4px; }
.st-key-samples button img { height: 44px !important; max-height: none !important;
  max-width: none !important; image-rendering: pixelated; border-radius: 4px; }
[data-testid="stImage"] img { image-rendering: pixelated; border-radius: 6px; }
@media (max-width: 640px) { .block-container { padding: 0.5rem 0.75rem 1rem; } }
</style>"""


def frame(title: str) -> DeltaGenerator:
    """Begin a page. Any page may be the first to run, so each draws all of this.

    Returns:
        The row at the top, for what belongs to the whole page.
    """
    st.set_page_config(f"{title} · Latent Atlas", layout="wide", initial_sidebar_state="collapsed")
    st.html(STYLE)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="frame")
    with row:
        for name, page in PAGES.items():
            st.page_link(page, label=f"**{name}**" if name == title else name)
    return row


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
