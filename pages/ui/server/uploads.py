"""How much of what visitors upload is in memory at the same time.

Streamlit holds each upload in memory until its session has been gone for two minutes, and limits
the size of one (`server.maxUploadSize`) but not how many there are. Here a page that has read a
file empties it, and an upload that has come, which lies on disk until then, waits for its turn.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import (
    UploadedFile,
    UploadedFileManager,
    UploadedFileRec,
)

KEPT = 65  # files of one session: as many as a page takes, and one that replaces them
AT_ONCE = 6  # files that one session may be sending, as many as a browser does
IN_MEMORY = 40_000_000  # bytes of all sessions' files that no page has read yet
ON_DISK = 1_000_000_000  # bytes of all uploads on their way
TURN_SECONDS = 10.0  # that an upload waits for its turn
UNREAD_SECONDS = 20.0  # after which a file that no page has read makes room for others
TICK = 0.05  # seconds between two looks whether there is room

ADDRESS = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")


class Uploads:
    """Middleware that counts uploads, and lets them into memory one after the other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.coming: Counter[str] = Counter()  # uploads of each session on their way
        self.received = 0  # bytes of uploads on their way
        self.entering = 0  # bytes of those that are being read into memory
        self.since: dict[tuple[str, str], float] = {}  # when each session's file was there

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_upload = scope["type"] == "http" and scope["method"] == "PUT"
        found = ADDRESS.search(scope["path"]) if is_upload else None
        if not found:
            await self.app(scope, receive, send)
            return
        session = found["session"]
        size = entered = 0

        async def counted() -> Message:
            nonlocal size, entered
            event = await receive()
            more = len(event.get("body", b""))
            size += more
            self.received += more
            if self.coming[session] > AT_ONCE or self.received > ON_DISK:
                raise HTTPException(503, "Many pictures are being sent just now. Try again soon.")
            if event["type"] == "http.request" and not event.get("more_body"):
                _keep_last(session, KEPT - 1)
                await self._turn(size)
                self.entering += size
                entered = size
            return event

        self.coming[session] += 1
        try:
            await self.app(scope, counted, send)
        finally:
            self.received -= size
            self.entering -= entered
            self.coming[session] -= 1
            self.coming += Counter()  # drops those with none
            _keep_last(session, KEPT)
            now = time.monotonic()
            self.since = {key: self.since.get(key, now) for key in _unread()}

    async def _turn(self, size: int) -> None:
        """Wait until there is room for so many bytes more."""
        until = time.monotonic() + TURN_SECONDS
        while self.entering + sum(_unread().values()) > max(0, IN_MEMORY - size):
            self._remove_unread()
            if time.monotonic() > until:
                raise HTTPException(503, "Many pictures are being sent just now. Try again soon.")
            await asyncio.sleep(TICK)

    def _remove_unread(self) -> None:
        """Remove what no page has read although it could, or whose session is gone."""
        now = time.monotonic()
        for session, file in _unread():
            late = now - self.since.get((session, file), now) > UNREAD_SECONDS
            if late or not runtime.get_instance().is_active_session(session):
                _manager().remove_file(session, file)


@contextmanager
def content(key: str, copy: UploadedFile) -> Iterator[bytes]:
    """What was uploaded, to be read once: afterwards Streamlit knows no more than its name.

    Args:
        key: of the widget, which takes several files.
        copy: what the widget returned, which Streamlit has copied from what it keeps.
    """
    _empty(copy)
    kept: UploadedFile = next(
        file for file in st.session_state[key] if file.file_id == copy.file_id
    )
    yield kept.getvalue()
    _empty(kept)
    if context := get_script_run_ctx():
        record = UploadedFileRec(kept.file_id, kept.name, kept.type, b"")
        _known(context.uploaded_file_mgr).add_file(context.session_id, record)


def _empty(file: UploadedFile) -> None:
    file.seek(0)
    file.truncate()


def _manager() -> MemoryUploadedFileManager:
    return _known(runtime.get_instance().uploaded_file_mgr)


def _known(manager: UploadedFileManager) -> MemoryUploadedFileManager:
    assert isinstance(manager, MemoryUploadedFileManager)  # Streamlit has no other
    return manager


def _unread() -> dict[tuple[str, str], int]:
    """Bytes of each session's files that have come and that no page has emptied."""
    return {
        (session, name): len(file.data)
        for session, files in list(_manager().file_storage.items())
        for name, file in list(files.items())
        if file.data
    }


def _keep_last(session: str, count: int) -> None:
    """Remove what a session uploaded before its last files."""
    manager = _manager()
    for name in list(manager.file_storage.get(session, {}))[:-count]:
        manager.remove_file(session, name)
