"""What a trainer leaves for browsers, served to any number of them by one reader.

While somebody asks for a run's frames, one task looks at its files, in a thread, and touches
`live/watched`, so that the trainer knows that somebody looks. A name is looked up among the runs
that there are; no path is built from it.
"""

import asyncio
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.ui.server.pieces import Piece, read
from vae.training import runs

LOOK = 0.05  # seconds between two looks at a run's frame
TOUCH = 1.0  # seconds between two signs that somebody watches
PATIENCE = 5.0  # seconds that a browser waits for a frame before it is told that there is none
IDLE = 7.0  # seconds without a question after which nobody watches any more
WATCHED = 64  # runs that may be watched at once
LIVE = {  # bytes that each file may have, and whether gzip makes it smaller
    "frame": (500_000, True),
    "digits": (200_000, True),
    "grid": (1_000_000, False),
    "curves": (500_000, True),
    "decoder": (32_000_000, False),
}


class Watch:
    """A run that somebody watches, and what its files held when they were looked at last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "live"
        self.loop = asyncio.get_running_loop()
        self.pieces: dict[str, Piece | None] = {}
        self.locks = {name: asyncio.Lock() for name in LIVE}
        self.changed = asyncio.Event()
        self.asked = time.monotonic()
        self.touched = -TOUCH
        self.task = asyncio.create_task(self._look())

    @property
    def lives(self) -> bool:
        """Whether its task still looks, in the server that runs now."""
        return self.loop is asyncio.get_running_loop() and not self.task.done()

    async def _look(self) -> None:
        while time.monotonic() - self.asked < IDLE:
            before = self.pieces.get("frame")
            if await self.piece("frame") is not before:
                self.changed.set()
                self.changed = asyncio.Event()
            await asyncio.sleep(LOOK)

    async def piece(self, name: str) -> Piece | None:
        """What a file holds now; two who ask at once wait for the same look."""
        async with self.locks[name]:
            found = await asyncio.to_thread(self._read, name, self.pieces.get(name))
            self.pieces[name] = found
            return found

    def _read(self, name: str, known: Piece | None) -> Piece | None:
        if name == "frame" and time.monotonic() - self.touched >= TOUCH:
            self.touched = time.monotonic()
            _touch(self.folder)
        most, shrinks = LIVE[name]
        return read(self.folder / f"{name}.bin", most, known, shrinks)

    async def frame(self, after: str) -> Piece | None:
        """A frame that is not the one of that version, as soon as there is one."""
        until = time.monotonic() + PATIENCE
        while True:
            self.asked = time.monotonic()
            changed, found = self.changed, self.pieces.get("frame")
            if found and found.version != after:
                return found
            try:
                await asyncio.wait_for(changed.wait(), until - time.monotonic())
            except TimeoutError:
                return None


_watches: dict[str, Watch] = {}


def _touch(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
        (folder / "watched").touch()
    except OSError:
        pass  # a disk that refuses: there are no frames, and the page says so


async def watch(name: str) -> Watch | None:
    """The reader of a run, begun if there is none yet; nothing if there is no such run."""
    found = _watches.get(name)
    if found and found.lives:
        return found
    folder = await asyncio.to_thread(folder_of, name)
    if folder is None:
        return None
    for other in [key for key, one in _watches.items() if not one.lives]:
        del _watches[other]
    if name not in _watches and len(_watches) < WATCHED:
        _watches[name] = Watch(folder)
    return _watches.get(name)


def folder_of(name: str) -> Path | None:
    """Where the run of that name is kept."""
    run = runs.find(name)
    return run.folder if run else None


async def frame(request: Request) -> Response:
    """A frame newer than the one that a browser has; after some seconds, that there is none."""
    found = await watch(request.path_params["name"])
    if found is None:
        return missing()
    piece = await found.frame(request.query_params.get("after", ""))
    return answer(request, piece) if piece else Response(status_code=204, headers=FRESH)


async def file(request: Request) -> Response:
    """Another file of a run that is watched."""
    found = await watch(request.path_params["name"])
    name = request.path_params["file"]
    piece = await found.piece(name) if found and name in LIVE else None
    return answer(request, piece) if piece else missing()


FRESH = {"Cache-Control": "no-store"}


def missing() -> Response:
    """There is no such thing, or not yet."""
    return Response("There is no such file, or not yet.", 404, headers=FRESH)


def answer(request: Request, piece: Piece, keeps: str = "no-store") -> Response:
    """A piece, compressed where that helps and is understood."""
    headers = {"Cache-Control": keeps, "X-Version": piece.version, "Vary": "Accept-Encoding"}
    kind = "application/octet-stream"
    if piece.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(piece.compressed, headers=headers, media_type=kind)
    return Response(piece.content, headers=headers, media_type=kind)


# With an ending, or the page's head would be looked for in each (see head.py).
ROUTES = [
    Route("/{base:path}live/{name}/frame.bin", frame),
    Route("/{base:path}live/{name}/{file}.bin", file),
]
