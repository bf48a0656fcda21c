"""A mirror on this machine that serves files as .gz, and misbehaves on request.

The first part of an address says how: `server.address("truncated")` is a mirror that breaks off.
"""

import gzip
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for every answer to end

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.archives = {f"{name}.gz": gzip.compress(body, 1) for name, body in files.items()}
        self.asked = Counter[str]()  # how often each behaviour has been met
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

    def start(self, length: int | None, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def body(self, name: str) -> bytes:
        return self.server.archives[name]


def good(answer: Answer, name: str) -> None:
    answer.start(len(answer.body(name)))
    answer.wfile.write(answer.body(name))


def without_a_length(answer: Answer, name: str) -> None:
    answer.start(None)
    answer.wfile.write(answer.body(name))


def slowly(answer: Answer, name: str) -> None:
    """Everything, with a pause in the middle: for two downloads that must overlap."""
    body = answer.body(name)
    answer.start(len(body))
    answer.wfile.write(body[: len(body) // 2])
    answer.server.closing.wait(0.1)
    answer.wfile.write(body[len(body) // 2 :])


def redirect(answer: Answer, name: str) -> None:
    answer.start(0, 302, Location=f"/good/{name}")


def redirect_loop(answer: Answer, name: str) -> None:
    answer.start(0, 302, Location=f"/redirect_loop/{name}")


def redirect_to_nonsense(answer: Answer, name: str) -> None:
    answer.start(0, 302, Location="http://[nonsense/")


def missing(answer: Answer, name: str) -> None:
    answer.send_error(404)


def broken(answer: Answer, name: str) -> None:
    answer.send_error(500)


def log_in_first(answer: Answer, name: str) -> None:
    """What the network of a hotel sends instead of any file."""
    page = b"<html>Welcome. Please log in.</html>"
    answer.start(len(page), Content_Type="text/html")
    answer.wfile.write(page)


def wrong_bytes(answer: Answer, name: str) -> None:
    """A sound archive of as many other bytes."""
    other = gzip.compress(gzip.decompress(answer.body(name))[::-1])
    answer.start(len(other))
    answer.wfile.write(other)


def flipped_bit(answer: Answer, name: str) -> None:
    body = bytearray(answer.body(name))
    body[len(body) // 2] ^= 1
    answer.start(len(body))
    answer.wfile.write(body)


def bomb(answer: Answer, name: str) -> None:
    """Thirty megabytes of zeros in little more than a hundred kilobytes: two reads or more."""
    zeros = gzip.compress(bytes(30_000_000), 1)
    answer.start(len(zeros))
    answer.wfile.write(zeros)


def truncated(answer: Answer, name: str) -> None:
    """Half of what Content-Length promises."""
    body = answer.body(name)
    answer.start(len(body))
    answer.wfile.write(body[: len(body) // 2])


def truncated_chunks(answer: Answer, name: str) -> None:
    """Breaks off in the middle of a chunk of a chunked answer."""
    answer.protocol_version = "HTTP/1.1"
    answer.start(None, Transfer_Encoding="chunked")
    answer.wfile.write(b"1000\r\n" + answer.body(name)[:100])


def short_length(answer: Answer, name: str) -> None:
    """Everything, under a Content-Length of half of it."""
    answer.start(len(answer.body(name)) // 2)
    answer.wfile.write(answer.body(name))


def long_length(answer: Answer, name: str) -> None:
    """Everything, and then an open connection that promises more."""
    answer.start(2 * len(answer.body(name)))
    answer.wfile.write(answer.body(name))
    answer.server.closing.wait()


def empty(answer: Answer, name: str) -> None:
    answer.start(0)


def silent(answer: Answer, name: str) -> None:
    answer.server.closing.wait()


def stalled(answer: Answer, name: str) -> None:
    body = answer.body(name)
    answer.start(len(body))
    answer.wfile.write(body[: len(body) // 2])
    answer.server.closing.wait()


def dripping(answer: Answer, name: str) -> None:
    """A byte now and then: never silent for long, and never done."""
    body = answer.body(name)
    answer.start(len(body))
    for place in range(len(body)):
        answer.wfile.write(body[place : place + 1])
        if answer.server.closing.wait(0.02):
            return


def closing(answer: Answer, name: str) -> None:
    """Hangs up without a word."""


def resetting(answer: Answer, name: str) -> None:
    """Half an answer, then a reset of the connection."""
    truncated(answer, name)
    answer.wfile.flush()
    at_once = struct.pack("ii", 1, 0)
    answer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    answer.connection.close()


def not_http(answer: Answer, name: str) -> None:
    answer.wfile.write(b"220 mail ready\r\n")


BEHAVIOURS: dict[str, Callable[[Answer, str], None]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        good,
        without_a_length,
        slowly,
        redirect,
        redirect_loop,
        redirect_to_nonsense,
        missing,
        broken,
        log_in_first,
        wrong_bytes,
        flipped_bit,
        bomb,
        truncated,
        truncated_chunks,
        short_length,
        long_length,
        empty,
        silent,
        stalled,
        dripping,
        closing,
        resetting,
        not_http,
    )
}
