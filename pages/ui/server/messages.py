"""What browsers send over their WebSocket, judged before Streamlit reads it.

Streamlit keeps the value of a widget as it comes, and a value that no widget can have fails at
every run from then on. Here it costs one line in the log, is left out, and the session goes on. Who
sends more than a page does is read slowly: the rest waits in their own connection.
"""

import asyncio
import json
import logging
import math
import time
from collections.abc import Iterable

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

CONNECTIONS = 300  # that the server keeps at the same time
A_SECOND = 20  # messages that are read of one connection; a page sends about eight
AT_ONCE = 40  # messages that may come together, after a pause
LARGEST = 1_000_000  # bytes of one; those of a page have less than 50,000
WIDGETS = 100  # values in one message; a page has about thirty
URLS = 64  # files in one message that are to be uploaded, as many as a page takes

# What a page sends. The rest is for developers, or, as to clear all caches, at everybody's cost.
TAKEN = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat")
# What each of our widgets may have for a value, besides none at all.
VALUES = {
    "bidi_component": ("json_value",),
    "button": ("trigger_value",),
    "download_button": ("trigger_value",),
    "file_uploader": ("file_uploader_state_value",),
    "number_input": ("double_value", "int_value"),
    "radio": ("string_value",),
    "selectbox": ("string_value",),
}

_log = logging.getLogger(__name__)
_open: set["Connection"] = set()


class Messages:
    """Middleware that judges what comes over WebSockets, and limits how many there are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        if len(_open) >= CONNECTIONS:
            _log.warning("A visitor was turned away: %d are here already.", len(_open))
            await receive()  # that they would like to connect
            await send({"type": "websocket.close", "code": 1013})  # try again later
            return
        connection = Connection(receive, send, scope.get("subprotocols", ()))
        _open.add(connection)
        try:
            await self.app(scope, connection.receive, connection.send)
        except RuntimeError:
            # Streamlit, in the middle of sending, takes somebody who leaves for one who sends text.
            if not connection.gone:
                raise
        finally:
            _open.discard(connection)


class Connection:
    """One browser: the widgets that its page has been sent, and how much it may still send."""

    def __init__(self, receive: Receive, send: Send, subprotocols: Iterable[str]) -> None:
        self._receive, self._send = receive, send
        self.widgets: dict[str, str] = {}  # the type of each, by its id
        # A page that was there before brings values of widgets that this connection has not sent.
        self.returns = len(list(subprotocols)) > 2  # Streamlit's third one is the session's name
        self.left, self.since = float(AT_ONCE), time.monotonic()
        self.gone = False

    async def send(self, event: Message) -> None:
        """Pass on what the server sends, and remember its widgets."""
        if content := event.get("bytes"):
            self._learn(content)
        try:
            await self._send(event)
        except OSError:
            self.gone = True
            raise

    def _learn(self, content: bytes) -> None:
        message = ForwardMsg.FromString(content)
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind in VALUES:
            self.widgets[getattr(element, kind).id] = kind

    async def receive(self) -> Message:
        """The next event that makes sense."""
        while True:
            event = await self._receive()
            if event["type"] != "websocket.receive":
                return event
            await self._pace()
            content = self.judge(event.get("bytes"))
            if content is not None:
                return {"type": "websocket.receive", "bytes": content}

    async def _pace(self) -> None:
        """Wait where more has come than a page sends."""
        now = time.monotonic()
        self.left = min(AT_ONCE, self.left + A_SECOND * (now - self.since)) - 1
        self.since = now
        if self.left < 0:
            await asyncio.sleep(-self.left / A_SECOND)

    def judge(self, content: bytes | None) -> bytes | None:
        """What is left of a message; nothing where none of it makes sense, which the log says."""
        if content is None:
            return _refused("is text, and not a BackMsg of Streamlit's")
        if len(content) > LARGEST:
            return _refused(f"has more than {LARGEST:,} bytes")
        try:
            message = BackMsg.FromString(content)
        except DecodeError:
            return _refused("is no BackMsg of Streamlit's")
        kind = message.WhichOneof("type")
        if kind not in TAKEN:
            return _refused(f"asks for {kind or 'nothing'}, which is not served")
        if len(message.file_urls_request.file_names) > URLS:
            return _refused(f"has more than {URLS} files to be uploaded at once")
        if not message.rerun_script.widget_states.widgets:
            return content
        return self._judge_values(message)

    def _judge_values(self, message: BackMsg) -> bytes | None:
        states = message.rerun_script.widget_states.widgets
        if len(states) > WIDGETS:
            return _refused(f"has values of more than {WIDGETS} widgets")
        good = [state for state in states if self._fits(state)]
        self.returns = False
        if len(good) < len(states):
            _refused(f"has {len(states) - len(good)} values that its page has no widget for")
            del states[:]
            states.extend(good)
        return message.SerializeToString()

    def _fits(self, state: WidgetState) -> bool:
        """Whether a widget can have this value, or may have none."""
        value = state.WhichOneof("value")
        kind = self.widgets.get(state.id)
        if kind is None and not self.returns:
            return False
        allowed = VALUES[kind] if kind else sum(VALUES.values(), ())
        return value is None or (value in allowed and _makes_sense(state))


def _makes_sense(state: WidgetState) -> bool:
    """Whether a component's value is an object in JSON, and a number is one."""
    try:
        known = not state.HasField("json_value") or isinstance(json.loads(state.json_value), dict)
    except (ValueError, RecursionError):
        return False
    return known and math.isfinite(state.double_value)


def _refused(why: str) -> None:
    _log.warning("A message was left out: it %s.", why)
