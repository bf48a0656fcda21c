"""A mirror on this machine that serves archives, and misbehaves on request.

The first part of an address says how: `server.address("truncated")` is a mirror that breaks off.
"""

import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for every answer to end

    def __init__(self, archives: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.archives = archives
        self.asked = Counter[str]()  # how often each behaviour has been met
        self.pair = threading.Barrier(2)
        self.closing = threading.Event()  # ends the answers that never end
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def address(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"

    def __enter__(self) -> "Mirror":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that hang up on a bad answer are what these tests are about


class Answer(BaseHTTPRequestHandler):
    server: Mirror  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        behaviour, name = self.path.strip("/").split("/")
        self.server.asked[behaviour] += 1
        if name not in self.server.archives:
            self.send_error(404)
        else:
            BEHAVIOURS[behaviour](self, name)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def start(self, length: int, **headers: str) -> None:
        self.send_response(200)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def body(self, name: str) -> bytes:
        return self.server.archives[name]


def good(answer: Answer, name: str) -> None:
    answer.start(len(answer.body(name)))
    answer.wfile.write(answer.body(name))


def together(answer: Answer, name: str) -> None:
    """Nothing before two ask at once: for downloads that must overlap."""
    answer.server.pair.wait(30)
    good(answer, name)


def missing(answer: Answer, name: str) -> None:
    answer.send_error(404)


def log_in_first(answer: Answer, name: str) -> None:
    """What the network of a hotel sends instead of any file."""
    page = b"<html>Welcome. Please log in.</html>"
    answer.start(len(page), Content_Type="text/html")
    answer.wfile.write(page)


def flipped_bit(answer: Answer, name: str) -> None:
    body = bytearray(answer.body(name))
    body[len(body) // 2] ^= 1
    answer.start(len(body))
    answer.wfile.write(body)


def truncated(answer: Answer, name: str) -> None:
    """Half of what Content-Length promises."""
    body = answer.body(name)
    answer.start(len(body))
    answer.wfile.write(body[: len(body) // 2])


def silent(answer: Answer, name: str) -> None:
    answer.server.closing.wait()


def stalled(answer: Answer, name: str) -> None:
    truncated(answer, name)
    answer.wfile.flush()
    answer.server.closing.wait()


BEHAVIOURS: dict[str, Callable[[Answer, str], None]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        good,
        together,
        missing,
        log_in_first,
        flipped_bit,
        truncated,
        silent,
        stalled,
    )
}
