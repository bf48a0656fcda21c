"""Each message of a stranger costs one line in the log at most, and its session goes on."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import numpy as np
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from benchmarks import live
from benchmarks.visitor import Visitor
from pages.ui.server import messages as judged
from tests.hostile import messages
from tests.support.sessions import server_at, trainings_ended, wait_until

KINDS = list(messages.kinds())
MUTATIONS = 1000
STREAMLIT = Subprotocol("streamlit")


@pytest.fixture(scope="module")
def log():
    return []


@pytest.fixture(scope="module")
def address(log, tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    environment = {"LATENT_ATLAS_RUNS": str(runs)}
    # A message may press Start on Train.
    with trainings_ended(runs), live.serve(environment=environment, log=log) as address:
        yield address


def test_there_are_enough_kinds():
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 60


@pytest.mark.parametrize("page", [messages.EXPLORE, "your_digit", "train", "report"])
def test_the_kind_of_value_of_every_widget_is_known(address, page):
    visitor = Visitor(address, page)
    visitor.close()
    # These have an id and no value: links, and a form's frame.
    assert set(visitor.widgets.values()) <= {*judged.VALUES, "page_link", "plotly_chart"}


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_every_kind_costs_a_line_at_most_and_the_session_goes_on(address, log, kind):
    visitor = Visitor(address, kind.page)
    before = len(log)
    try:
        visitor.send(kind.make(visitor))
        if kind.brings:
            visitor.until_finished()
        visitor.rerun()
        if visitor.bridge:
            visitor.drag(1.0)
        visitor.close()
    except ConnectionClosed as closed:
        assert kind.closes, closed
        Visitor(address).close()
    else:
        assert not kind.closes
    assert not visitor.errors
    said = log[before:]
    assert len(said) <= 1, said


@pytest.mark.slow
def test_no_mutation_of_a_message_costs_more_than_a_line(address, log):
    generator = np.random.default_rng(0)
    visitor = Visitor(address)
    value = json.dumps({"message": {"number": 1, "revision": 0, "z": [0.5, 0.5]}})
    good = messages.telling(visitor, messages.state(visitor.bridge, "json_value", value))
    before = len(log)
    for turn in range(MUTATIONS):
        content = bytearray(good.SerializeToString())
        for _ in range(generator.integers(1, 9)):
            content[generator.integers(len(content))] = generator.integers(256)
        visitor.send(bytes(content))
        visitor.drag(turn / 10)
        assert not visitor.errors, bytes(content)
    visitor.close()
    said = log[before:]
    assert len(said) <= MUTATIONS
    assert not [line for line in said if "Traceback" in line]


def test_what_nobody_has_a_widget_for_is_not_kept(address):
    server = server_at(address)
    visitor = Visitor(address)
    visitor.drag(0.0)
    before = server.memory_info().rss
    for turn in range(40):
        text = '{"a": "%s"}' % ("x" * 900_000)
        visitor.send(messages.telling(visitor, messages.state(f"x{turn}", "json_value", text)))
    visitor.drag(1.0)
    visitor.close()
    assert server.memory_info().rss - before < 20e6


def test_who_sends_too_much_is_read_slowly_and_others_are_not_held_up(address):
    flooding, other = Visitor(address), Visitor(address)
    flooding.drag(0.0)
    other.drag(0.0)
    heartbeat = BackMsg(app_heartbeat=True)
    for _ in range(judged.AT_ONCE + 2 * judged.A_SECOND):
        flooding.send(heartbeat)
    assert other.drag(1.0) < 0.5
    start = time.monotonic()
    flooding.drag(1.0)
    assert 1.0 < time.monotonic() - start < 10
    flooding.close()
    other.close()


def test_one_visitor_too_many_is_turned_away_and_those_who_are_here_stay(address, log):
    here = Visitor(address)
    before = len(log)
    url = address.replace("http", "ws", 1) + "/_stcore/stream"

    async def crowd():
        async with AsyncExitStack() as stack:
            for _ in range(judged.CONNECTIONS - 1):
                await stack.enter_async_context(connect(url, subprotocols=[STREAMLIT]))
            with pytest.raises(InvalidStatus):
                await stack.enter_async_context(connect(url, subprotocols=[STREAMLIT]))
            assert here.drag(1.0) < 5

    with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in this one
        thread.submit(lambda: asyncio.run(crowd())).result()
    wait_until(lambda: len(log) > before)
    assert "turned away" in log[before]
    Visitor(address).close()
    here.close()
