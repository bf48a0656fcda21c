"""Files that a browser fetches once: each has the hash of its content for an address."""

import gzip
import hashlib
import zlib
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEPT = 24  # files of the checkpoints that were asked for last
GZIP = 31  # what zlib's wbits must be for the header of gzip
NAME_LENGTH = 32  # hexadecimal digits of a SHA-256


class File(NamedTuple):
    """Content that may be served."""

    name: str
    compressed: bytes  # by gzip
    size: int  # of the content itself


_served: OrderedDict[str, File] = OrderedDict()
_lock = Lock()


def make(content: bytes) -> File:
    """A file with this content."""
    name = hashlib.sha256(content).hexdigest()[:NAME_LENGTH]
    return File(name, shrink(content), len(content))


def shrink(content: bytes) -> bytes:
    """Content by gzip; weights, which hardly repeat, by Huffman's code alone."""
    strategies = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)
    return min((_gzip(content, strategy) for strategy in strategies), key=len)


def _gzip(content: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(6, wbits=GZIP, strategy=strategy)
    return packer.compress(content) + packer.flush()


def serve(file: File) -> str:
    """Serve a file from now on, until many others have been.

    Returns:
        Its address, beside the first page of the app.
    """
    with _lock:
        _served[file.name] = file
        _served.move_to_end(file.name)
        while len(_served) > KEPT:
            _served.popitem(last=False)
    return f"files/{file.name}"


def respond(request: Request) -> Response:
    """What is at an address; it never changes, and a browser need not ask twice."""
    file = _served.get(request.path_params["name"])
    if file is None:
        return Response("There is no such file. Reload the page.", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(file.compressed), headers=headers)
    return Response(file.compressed, headers={**headers, "Content-Encoding": "gzip"})


# A server may be told to answer under a path of its own.
ROUTES = [Route("/{base:path}files/{name}", respond)]
