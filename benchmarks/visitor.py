"""A visitor without a browser: speaks Streamlit's protocol over a WebSocket and drags."""

import json
import math
import time
from contextlib import ExitStack
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from pages.ui.explore.protocol import AGAIN_MS


class Visitor:
    """One session with the server."""

    def __init__(self, address: str, page: str = "") -> None:
        """Connect and run a page once. The bridge is found where the page has one."""
        url = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.stack = ExitStack()
        connecting = connect(url, subprotocols=["streamlit"], max_size=None)  # pyright: ignore[reportArgumentType]
        self.socket: ClientConnection = self.stack.enter_context(connecting)
        self.session = ""  # Streamlit's name of it
        self.bridge = ""
        self.fragment = ""
        self.page_hash = ""
        self.number = 0
        self.revision = 0
        self.response: dict[str, Any] = {}  # the last one to the map
        self.widgets: dict[str, str] = {}  # the type of each element that has an id
        self.errors: list[str] = []  # what the page was told of exceptions
        first = BackMsg()
        first.rerun_script.page_name = page
        self.send(first)
        self.until_finished()

    def rerun(self, message: dict[str, Any] | None = None) -> float:
        """Ask for a rerun, of the fragment if a message is given, and wait for its end.

        Returns:
            Seconds.
        """
        start = time.perf_counter()
        self.send(self.question(message))
        self.until_finished()
        return time.perf_counter() - start

    def question(self, message: dict[str, Any] | None) -> BackMsg:
        """What asks for a rerun, of the fragment if a message is given."""
        question = BackMsg()
        question.rerun_script.page_script_hash = self.page_hash
        question.rerun_script.query_string = ""
        if message is not None:
            question.rerun_script.fragment_id = self.fragment
            state = question.rerun_script.widget_states.widgets.add()
            state.id = self.bridge
            state.json_value = json.dumps({"message": message})
        return question

    def send(self, message: BackMsg | bytes | str) -> None:
        """Send anything."""
        raw = isinstance(message, (bytes, str))
        self.socket.send(message if raw else message.SerializeToString())

    def until_finished(self) -> None:
        """Read until a run has ended."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=60))  # pyright: ignore[reportArgumentType]
            if message.HasField("new_session"):
                self.session = message.new_session.initialize.session_id
            if message.HasField("navigation"):
                self.page_hash = message.navigation.page_script_hash
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind == "exception":
                self.errors.append(element.exception.message)
            elif kind and (name := getattr(getattr(element, kind), "id", "")):
                self.widgets[name] = kind
            if element.bidi_component.component_name.endswith("bridge"):
                self.response = json.loads(element.bidi_component.json)
                self.revision = self.response["revision"]
                self.bridge = element.bidi_component.id
                self.fragment = message.delta.fragment_id
            if message.HasField("script_finished"):
                return

    def drag(self, turn: float, settled: bool = False) -> float:
        """Put the hand somewhere on a circle and wait for the exact image: seconds."""
        self.number += 1
        z = [1.5 * math.cos(turn), 1.5 * math.sin(turn)]
        message = {"number": self.number, "revision": self.revision, "z": z}
        return self.rerun({**message, "selected": None, "settled": settled})

    def ask(self, request: dict[str, Any], patience: float = 120) -> float:
        """Ask for what takes longer than an image, again and again as the map does: seconds."""
        start = time.perf_counter()
        while time.perf_counter() - start < patience:
            self.number += 1
            message = {"number": self.number, "revision": self.revision, "z": [0.0, 0.0]}
            self.rerun({**message, "selected": None, "settled": False, "request": request})
            result = self.response["result"]
            if result and "pending" not in result:
                return time.perf_counter() - start
            time.sleep(AGAIN_MS / 1000)
        return patience

    def show(self, name: str) -> BackMsg:
        """A run of the page with a file that was uploaded, by its name there."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.page_hash
        state = message.rerun_script.widget_states.widgets.add()
        state.id = next(one for one, kind in self.widgets.items() if kind == "file_uploader")
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id = info.file_urls.file_id = name
        info.name = "digit.png"
        return message

    def close(self) -> None:
        """Leave."""
        self.stack.close()
