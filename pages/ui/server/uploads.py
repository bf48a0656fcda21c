"""How much of what visitors upload is kept, and how much may come in at the same time.

Streamlit holds each upload in memory until its session has been gone for two minutes, and limits
the size of one (`server.maxUploadSize`) but not how many there are. A page that has read a file
empties it.
"""

import re
from collections import Counter

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

KEPT = 2  # files of one session: the one in hand, and the one that replaces it
AT_ONCE = 2  # files that one session may be sending
TOTAL = 400_000_000  # bytes of all sessions, those on their way included

ADDRESS = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")


class Uploads:
    """Middleware that counts the bytes of uploads while they come."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.coming: Counter[str] = Counter()  # uploads of each session on their way
        self.received = 0  # bytes of uploads on their way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = (
            scope["type"] == "http" and scope["method"] == "PUT" and ADDRESS.search(scope["path"])
        )
        if not found:
            await self.app(scope, receive, send)
            return
        session, size = found["session"], 0

        async def counted() -> Message:
            nonlocal size
            event = await receive()
            more = len(event.get("body", b""))
            size += more
            self.received += more
            if self.coming[session] > AT_ONCE or not _room_for(self.received):
                raise HTTPException(503, "Many pictures are being sent just now. Try again soon.")
            return event

        self.coming[session] += 1
        try:
            await self.app(scope, counted, send)
        finally:
            self.received -= size
            self.coming[session] -= 1
            self.coming += Counter()  # drops those with none
            _keep_last(session)


def empty(key: str) -> None:
    """Forget the content of a file that was read; Streamlit still knows its name.

    Args:
        key: of the widget.
    """
    file: UploadedFile = st.session_state[key]  # the widget itself returns a copy of it
    file.seek(0)
    file.truncate()
    if context := get_script_run_ctx():
        record = UploadedFileRec(file.file_id, file.name, file.type, b"")
        _known(context.uploaded_file_mgr).add_file(context.session_id, record)


def _manager() -> MemoryUploadedFileManager:
    return _known(runtime.get_instance().uploaded_file_mgr)


def _known(manager: UploadedFileManager) -> MemoryUploadedFileManager:
    assert isinstance(manager, MemoryUploadedFileManager)  # Streamlit has no other
    return manager


def _room_for(more: int) -> bool:
    """Whether so many bytes may come; what sessions have left behind makes room for them."""
    if _stored() + more <= TOTAL:
        return True
    for session in list(_manager().file_storage):
        if not runtime.get_instance().is_active_session(session):
            _manager().remove_session_files(session)
    return _stored() + more <= TOTAL


def _stored() -> int:
    """Bytes that all sessions have uploaded."""
    sessions = list(_manager().file_storage.values())
    return sum(len(file.data) for files in sessions for file in list(files.values()))


def _keep_last(session: str) -> None:
    """Remove what a session uploaded before its last files."""
    manager = _manager()
    for name in list(manager.file_storage.get(session, {}))[:-KEPT]:
        manager.remove_file(session, name)
