"""The address of each page: what a visitor could share of their session, read and written alike.

Every page has the checkpoint in its address; Explore also has the cursor and the view, Your digit
the drawing, and Train, on a public server, the token by which whoever started a run may change it.
An address without any of it means the usual view of the usual checkpoint, and is left as it is
while that is what is shown: so Back always leads to something else.
"""

import re
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.explore.protocol import DRAWING
from pages.ui.state import TOKEN, Session, as_place
from pages.ui.view import View, spell
from vae import library
from vae.training import owner

TRAIN = "Train"  # has the token of whoever started a run in its address, on a public server
EXPLORE = "Explore"  # has the cursor and the view in its address
DIGIT = "Your digit"  # has the drawing in its address
OWNER = re.compile(rf"[\w-]{{{TOKEN}}}", re.ASCII)
DRAWN = re.compile(rf"[\w.-]{{1,{DRAWING}}}", re.ASCII)


def words(session: Session, page: str, **changes: Any) -> dict[str, str]:
    """What the address of a page says of a session.

    Args:
        changes: what is different from the session, where a link leads to something else.
    """
    session = replace(session, **changes)
    found = {"ckpt": session.checkpoint}
    if page == DIGIT and session.drawing:
        return found | {"ink": session.drawing}
    if page == TRAIN and session.token:
        return found | {"owner": session.token}
    if page != EXPLORE:
        return found
    z1, z2 = map(spell, session.z)
    return found | {"z1": z1, "z2": z2} | session.view.words()


def read(session: Session, page: str) -> list[str]:
    """Take what belongs to the page from an address that was copied, made up, or gone back to.

    An address that was written from this session says nothing new.

    Returns:
        What could not be taken, in words for the person at the screen.
    """
    asked = _current(page)
    known = asked in (session.address, words(session, page))
    session.address = asked
    if known:
        return []
    complaints = _read_checkpoint(session, asked)
    if page == DIGIT:
        complaints += _read_drawing(session, asked)
    if page == TRAIN:
        complaints += _read_token(session, asked)
    if page == EXPLORE:
        complaints += _read_cursor(session, asked)
        session.view, misunderstood = View.read(asked)
        session.revision += 1
        complaints += misunderstood
    return complaints


def write(session: Session, page: str) -> None:
    """Let the address reproduce what is shown; each writing is a step that Back undoes."""
    session.address = words(session, page)
    if _current(page) != session.address:
        st.query_params.from_dict(session.address)


def _current(page: str) -> dict[str, str]:
    return st.query_params.to_dict() or words(Session(), page)


def _read_checkpoint(session: Session, asked: dict[str, str]) -> list[str]:
    name = asked.get("ckpt") or session.checkpoint
    if name == session.checkpoint:
        return []
    if name in library.checkpoints():
        session.open(name)
        return []
    return [
        f"The address asks for a checkpoint {name[:60]!r}, which is not here; "
        f"{session.checkpoint!r} is shown instead."
    ]


def _read_drawing(session: Session, asked: dict[str, str]) -> list[str]:
    text = asked.get("ink", "")
    if not text or DRAWN.fullmatch(text):
        session.give(text)
        return []
    return [
        f"The address has a drawing that cannot be read: after ink= at most {DRAWING} letters, "
        f"digits and - _ . are expected, got {text[:20]!r}…"
    ]


def _read_token(session: Session, asked: dict[str, str]) -> list[str]:
    token = asked.get("owner", "")
    if not token or not owner.is_public():
        return []
    if not OWNER.fullmatch(token):
        return ["What follows owner= in the address is no key to a run; it may have been cut off."]
    session.token = token
    return []


def _read_cursor(session: Session, asked: dict[str, str]) -> list[str]:
    if "z1" not in asked and "z2" not in asked:
        return []
    z = as_place([asked.get("z1", "0"), asked.get("z2", "0")])
    session.move_cursor(z or (0.0, 0.0))
    if z:
        return []
    return [
        "The address asks for a place that is not on the map: z1 and z2 must be numbers. "
        "The middle is shown instead."
    ]
