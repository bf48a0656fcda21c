"""The lives of runs, moment by moment, for a browser's time machine.

A run's moments are files in its own directory; those of a committed timeline are in one file. Names
are looked up among what there is; no path is built from one.
"""

import asyncio
import json
import re
import struct
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui.server import film
from pages.ui.server.live import LIVE, answer, folder_of, missing
from pages.ui.server.pieces import Piece, read
from vae.errors import RunError
from vae.training import timeline

LARGEST = 250_000  # bytes of a snapshot
MOST = 500  # snapshots of one life
NAMED = re.compile(r"[0-9]{1,12}")
KEPT = 3  # lives whose index, or content, is kept
LOOK = 1.0  # seconds that an index of a run is good for
FOR_A_DAY = "private, max-age=86400"


class Moment(NamedTuple):
    """A snapshot in the index."""

    step: int
    epoch: int
    part: float


class Life(Protocol):
    """Where the moments of a run are."""

    def moments(self) -> list[Moment]:
        """What there is, in order."""
        ...

    def piece(self, name: str) -> Piece | None:
        """`digits`, `curves`, or a snapshot by its step."""
        ...


class Recorded:
    """A committed timeline, in memory."""

    def __init__(self, found: timeline.Timeline) -> None:
        self.found = found
        self.index = [_moment(step, content) for step, content in sorted(found.snapshots.items())]

    def moments(self) -> list[Moment]:
        """What there is, in order."""
        return self.index

    def piece(self, name: str) -> Piece | None:
        """`digits`, `curves`, or a snapshot by its step."""
        found = self.found
        if name in ("digits", "curves"):
            return Piece("recorded", found.digits if name == "digits" else found.curves)
        content = found.snapshots.get(int(name)) if NAMED.fullmatch(name) else None
        return None if content is None else Piece("recorded", content)


class Run:
    """A run directory, whose snapshots may be growing, and be thinned."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[int, Moment] = {}
        self.looked = -LOOK

    def moments(self) -> list[Moment]:
        """What there is, in order."""
        if time.monotonic() - self.looked >= LOOK:
            self.looked = time.monotonic()
            steps = sorted(_steps(self.folder / "snapshots"))[:MOST]
            self.known = {step: self.known.get(step) or self._head(step) for step in steps}
        return list(self.known.values())

    def _head(self, step: int) -> Moment:
        piece = self.piece(str(step))
        return _moment(step, piece.content if piece else b"")

    def piece(self, name: str) -> Piece | None:
        """`digits`, `curves`, or a snapshot by its step."""
        if name in ("digits", "curves"):
            return read(self.folder / "live" / f"{name}.bin", LIVE[name][0], shrinks=True)
        if not NAMED.fullmatch(name):
            return None
        return read(self.folder / "snapshots" / f"{int(name):09}.bin", LARGEST)


def _steps(folder: Path) -> set[int]:
    try:
        found = (path.stem for path in folder.iterdir() if path.suffix == ".bin")
        return {int(stem) for stem in found if NAMED.fullmatch(stem)}
    except OSError:
        return set()


def _moment(step: int, content: bytes) -> Moment:
    """What a snapshot's header says of it; zeros where it cannot be read."""
    try:
        (length,) = struct.unpack_from("<I", content)
        header: dict[str, Any] = json.loads(content[4 : 4 + length])
        return Moment(step, int(header["epoch"]), float(header["part"]))
    except (struct.error, ValueError, TypeError, KeyError, RecursionError):
        return Moment(step, 0, 0.0)


_lives: OrderedDict[str, Life] = OrderedDict()
_lock = Lock()  # of all lives: they are asked in threads


def life(name: str) -> Life | None:
    """The life of a run, or of a committed model, if there is one of that name."""
    known = _lives.get(name)
    if isinstance(known, Recorded) or (isinstance(known, Run) and known.folder.is_dir()):
        _lives.move_to_end(name)
        return known
    _lives.pop(name, None)
    if folder := folder_of(name):
        _lives[name] = Run(folder)
    elif name in timeline.names():
        with suppress(RunError):  # one that cannot be read is not there
            _lives[name] = Recorded(timeline.find(name))
    while len(_lives) > KEPT:
        _lives.popitem(last=False)
    return _lives.get(name)


def _index(name: str) -> bytes | None:
    with _lock:
        found = life(name)
        return json.dumps({"moments": found.moments()}).encode() if found else None


def _piece(name: str, part: str) -> Piece | None:
    with _lock:
        found = life(name)
    return found.piece(part) if found else None


_filming = Lock()  # one at a time: a film takes a second of a processor


def _film(name: str) -> bytes | None:
    with _lock:
        found = life(name)
        if found is None:
            return None
        steps = [moment.step for moment in found.moments()]
    with _filming:
        return film.film(found.piece, steps)


async def whole(request: Request) -> Response:
    """The whole life as a GIF."""
    found = await asyncio.to_thread(_film, request.path_params["name"])
    if found is None:
        return missing()
    return Response(found, headers={"Cache-Control": "no-store"}, media_type="image/gif")


async def index(request: Request) -> Response:
    """The moments of a life: step, epochs finished, part of the next."""
    found = await asyncio.to_thread(_index, request.path_params["name"])
    if found is None:
        return missing()
    headers = {"Cache-Control": "no-store"}
    return Response(found, headers=headers, media_type="application/json")


async def part(request: Request) -> Response:
    """The test digits, the curves, or one moment; that does not change any more."""
    name = request.path_params["part"]
    piece = await asyncio.to_thread(_piece, request.path_params["name"], name)
    if piece is None:
        return missing()
    return answer(request, piece, "no-store" if name == "curves" else FOR_A_DAY)


# With an ending, or the page's head would be looked for in each (see head.py).
ROUTES = [
    Route("/{base:path}timeline/{name}/index.json", index),
    Route("/{base:path}timeline/{name}/film.gif", whole),
    Route("/{base:path}timeline/{name}/{part}.bin", part),
]
