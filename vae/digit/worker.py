"""The process that reads strangers' pictures, one at a time: it has nothing to lose.

It knows Pillow, NumPy and SciPy and no torch, may ask for little memory, and leaves the processor
to everybody else. Its parent, `pool`, ends it where a picture takes too long.

What comes in and goes out are frames: a line of JSON, and as many bytes as it says. Digits go out
as the names, notes and sizes of the steps that they share and then of each one's own, and the
pixels of all in this order; a digit's last step is the digit itself.
"""

import contextlib
import json
import os
import sys
from typing import IO, Any

from vae.digit import picture
from vae.digit.normalise import draw_row, find
from vae.errors import ImageError

NICE = 10  # hands on a map go first


def main() -> None:
    """Answer until the parent is gone."""
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    _limit_memory(int(sys.argv[1]))
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    while line := given.readline():
        about, pixels = _answer(given.read(json.loads(line)["bytes"]))
        send(taken, about, pixels)


def send(file: IO[bytes], about: dict[str, Any], content: bytes) -> None:
    """Write one frame."""
    file.write(json.dumps({**about, "bytes": len(content)}).encode() + b"\n" + content)
    file.flush()


def _answer(source: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        found = find(picture.decode(source))
        parts = found.steps, *draw_row(found.ink.level)
    except ImageError as error:
        return {"error": str(error)}, b""
    shared, *each = [
        [{"name": one.name, "note": one.note, "shape": one.image.shape} for one in steps]
        for steps in parts
    ]
    pixels = b"".join(one.image.tobytes() for steps in parts for one in steps)
    return {"shared": shared, "digits": each}, pixels


def _limit_memory(more: int) -> None:
    """At most so many bytes more than now; where the system has no such limit, none."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, OSError, ValueError):
        return  # macOS and Windows: the checks of `container` and the time limit hold
