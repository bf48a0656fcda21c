"""What a trainer leaves for browsers, asked for as a browser does; strangers' files among it."""

import asyncio
import gzip
import json
import os
import shutil
import time

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match

from pages.ui.server import live, lives
from vae.training import runs

HOSTILE = ["..", "../runs", "%2e%2e", ".", "a/b", "", "nobody", "x" * 5000, "run\0", "*", "-rf"]


@pytest.fixture
def run(quick):
    """A run directory whose trainer has left files."""
    run = runs.create(quick())
    run.write_start(os.getpid(), run.config().train)
    (run.folder / "live").mkdir()
    (run.folder / "snapshots").mkdir()
    return run


async def get(path, query="", accepted="gzip"):
    """The server's response to a browser."""
    headers = [(b"accept-encoding", accepted.encode())]
    scope = {
        "type": "http", "method": "GET", "path": path, "headers": headers,
        "query_string": query.encode(),
    }  # fmt: skip
    for route in [*live.ROUTES, *lives.ROUTES]:
        match, found = route.matches(scope)
        if match is Match.FULL:
            return await route.endpoint(Request({**scope, **found}))
    raise HTTPException(404)


def leave(run, name, content):
    """Replace a file as a trainer does."""
    temporary = run.folder / f".{time.monotonic_ns()}"
    temporary.write_bytes(content)
    temporary.replace(run.folder / name)


def test_a_frame_is_answered_at_once_and_the_next_as_soon_as_it_is_there(run):
    leave(run, "live/frame.bin", b"first")

    async def visit():
        first = await get(f"/live/{run.name}/frame.bin")
        version = first.headers["X-Version"]
        waiting = asyncio.create_task(get(f"/live/{run.name}/frame.bin", f"after={version}"))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        leave(run, "live/frame.bin", b"second")
        start = time.monotonic()
        second = await waiting
        return first, second, time.monotonic() - start

    first, second, took = asyncio.run(visit())
    assert gzip.decompress(first.body) == b"first"
    assert gzip.decompress(second.body) == b"second"
    assert first.headers["X-Version"] != second.headers["X-Version"]
    assert took < 1


def test_who_knows_no_gzip_gets_the_content_itself(run):
    leave(run, "live/frame.bin", b"plain")
    found = asyncio.run(get(f"/live/{run.name}/frame.bin", accepted="identity"))
    assert found.body == b"plain"
    assert "Content-Encoding" not in found.headers


def test_a_run_that_makes_no_frames_says_so_after_some_time(run, monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.3)
    found = asyncio.run(get(f"/live/{run.name}/frame.bin"))
    assert found.status_code == 204


def test_the_trainer_hears_that_somebody_watches_at_most_once_a_second(run, monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.3)
    watched, touches = run.folder / "live" / "watched", []

    async def visit():
        await get(f"/live/{run.name}/frame.bin")
        touches.append(watched.stat().st_mtime_ns)
        await get(f"/live/{run.name}/frame.bin")
        touches.append(watched.stat().st_mtime_ns)
        await asyncio.sleep(1)
        await get(f"/live/{run.name}/frame.bin")
        touches.append(watched.stat().st_mtime_ns)

    asyncio.run(visit())
    assert touches[0] == touches[1] < touches[2]


def test_many_visitors_have_one_reader(run, monkeypatch):
    leave(run, "live/frame.bin", b"first")
    reads = []
    monkeypatch.setattr(live, "read", lambda *args: (reads.append(args), read(*args))[1])
    read = lives.read

    async def visit():
        first = await get(f"/live/{run.name}/frame.bin")
        after = f"after={first.headers['X-Version']}"
        asked = [get(f"/live/{run.name}/frame.bin", after) for _ in range(200)]
        waiting = [asyncio.create_task(one) for one in asked]
        await asyncio.sleep(0.5)
        leave(run, "live/frame.bin", b"second")
        return await asyncio.gather(*waiting)

    found = asyncio.run(visit())
    assert {gzip.decompress(one.body) for one in found} == {b"second"}
    assert len(reads) < 30  # in about half a second, twenty looks a second


def test_the_reader_ends_when_nobody_asks_any_more(run, monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.1)
    monkeypatch.setattr(live, "IDLE", 0.2)

    async def visit():
        await get(f"/live/{run.name}/frame.bin")
        watch = await live.watch(run.name)
        assert watch
        await asyncio.sleep(0.6)
        return watch.lives

    assert asyncio.run(visit()) is False


@pytest.mark.parametrize("name", ["digits", "grid", "curves", "decoder"])
def test_other_files_are_served_as_they_are_now(run, name):
    async def visit():
        missing = await get(f"/live/{run.name}/{name}.bin")
        leave(run, f"live/{name}.bin", b"one")
        one = await get(f"/live/{run.name}/{name}.bin", accepted="identity")
        leave(run, f"live/{name}.bin", b"other")
        return missing, one, await get(f"/live/{run.name}/{name}.bin", accepted="identity")

    missing, one, other = asyncio.run(visit())
    assert missing.status_code == 404
    assert (one.body, other.body) == (b"one", b"other")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["live/{}/frame.bin", "live/{}/decoder.bin", "timeline/{}/1.bin"])
def test_a_name_that_no_run_has_is_not_looked_for_on_the_disk(run, path, name):
    try:
        found = asyncio.run(get("/" + path.format(name)))
    except HTTPException as error:
        assert error.status_code == 404
    else:
        assert found.status_code == 404


@pytest.mark.parametrize("file", ["config", "../config", "watched", "..", "resume", "frame.bin/x"])
def test_no_other_file_of_a_run_is_served(run, file):
    (run.folder / "live" / "config.bin").write_bytes(b"secret")
    try:
        found = asyncio.run(get(f"/live/{run.name}/{file}.bin"))
    except HTTPException as error:
        assert error.status_code == 404
    else:
        assert found.status_code == 404


def hostile(run, name, kind):
    """Put something that is no good file in a file's place."""
    path = run.folder / name
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "giant":
        with path.open("wb") as file:
            file.truncate(10**9)
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["pipe", "folder", "giant", "device"])
def test_what_is_no_regular_file_of_its_size_is_not_there(run, kind, monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.3)
    hostile(run, "live/frame.bin", kind)
    hostile(run, "live/grid.bin", kind)
    hostile(run, "snapshots/000000001.bin", kind)

    async def visit():
        return [
            await asyncio.wait_for(get(path), 10)
            for path in (
                f"/live/{run.name}/frame.bin",
                f"/live/{run.name}/grid.bin",
                f"/timeline/{run.name}/1.bin",
            )
        ]

    frame, grid, snapshot = asyncio.run(visit())
    assert (frame.status_code, grid.status_code, snapshot.status_code) == (204, 404, 404)


def test_the_index_has_the_moments_in_order_whatever_else_is_in_the_folder(run):
    folder = run.folder / "snapshots"
    for name in ("000000010", "000000002", "x", "-1", "10.5", "9" * 30):
        (folder / f"{name}.bin").write_bytes(b"not packed")
    (folder / "000000003.txt").touch()
    found = json.loads(asyncio.run(get(f"/timeline/{run.name}/index.json")).body)
    assert found == {"moments": [[2, 0, 0.0], [10, 0, 0.0]]}


def test_a_real_life_is_indexed_served_and_filmed(trained, runs_folder):
    shutil.copytree(trained.folder, runs_folder / "lived")

    async def visit():
        index = json.loads((await get("/timeline/lived/index.json")).body)["moments"]
        step, epoch, part = index[-1]
        moment = await get(f"/timeline/lived/{step}.bin", accepted="identity")
        return index, moment.body, epoch + part, await get("/timeline/lived/film.gif")

    index, moment, epochs, film = asyncio.run(visit())
    assert [step for step, *_ in index] == sorted({step for step, *_ in index})
    assert index[0][0] == 0
    assert epochs == trained.config().train.all_epochs
    assert b"reconstructions" in moment
    assert film.body[:6] == b"GIF89a"
