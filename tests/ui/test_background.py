import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pages.ui import background
from pages.ui.background import Pending, result
from vae.errors import VAEError


@pytest.fixture(autouse=True)
def fresh():
    background.forget()


def wait_for(*arguments, **more):
    return result(*arguments, patience=None, **more)


def loaded(key):
    return SimpleNamespace(key=key)


def test_what_is_quick_is_there_at_once():
    assert result(lambda loaded, x: x + 1, loaded("a"), 2, patience=60) == 3


def test_what_takes_long_is_pending_until_it_is_there():
    go = threading.Event()

    def slow(_):
        go.wait(10)
        return "done"

    with pytest.raises(Pending):
        result(slow, loaded("a"))
    go.set()
    assert wait_for(slow, loaded("a")) == "done"


def test_short_work_does_not_wait_for_long_work():
    go = threading.Event()

    def slow(_):
        go.wait(10)

    with pytest.raises(Pending):
        result(slow, loaded("a"), lane="long")
    assert wait_for(lambda _: "quick", loaded("a")) == "quick"
    go.set()


def test_all_who_ask_at_once_share_one_computation():
    calls, together, go = [], threading.Barrier(8, action=lambda: go.set()), threading.Event()

    def count(loaded, x, given):
        calls.append((loaded.key, x))
        go.wait(60)
        return object()

    def ask(_):
        with pytest.raises(Pending):
            result(count, loaded("a"), 1, given="terrain", patience=0)
        together.wait()  # everybody has asked: now it may end
        return wait_for(count, loaded("a"), 1, given="terrain")

    with ThreadPoolExecutor(8) as crowd:
        found = list(crowd.map(ask, range(8)))
    assert len(set(map(id, found))) == 1
    wait_for(count, loaded("a"), 2, given="terrain")
    wait_for(count, loaded("b"), 1, given="terrain")
    assert calls == [("a", 1), ("a", 2), ("b", 1)]


def test_what_is_kept_does_not_grow_without_end():
    for x in range(background.KEPT + 50):
        wait_for(lambda _, x: bytes(1000), loaded("a"), x)
    assert len(background._known) <= background.KEPT + 1


def ask(compute, *arguments, visitor, **more):
    """Ask once, without waiting."""
    with pytest.raises(Pending) as pending:
        result(compute, loaded("a"), *arguments, patience=0, visitor=visitor, **more)
    return pending.value.progress


def begin(compute, *arguments, visitor):
    """Ask once, and wait until its turn has come."""
    ask(compute, *arguments, visitor=visitor)
    until = time.monotonic() + 10
    while background._lines["short"].waiting and time.monotonic() < until:
        time.sleep(0.01)


def test_many_visitors_cannot_fill_the_line():
    go = threading.Event()

    def slow(_, x):
        go.wait(10)

    for x in range(3 * background.WAITING):
        ask(slow, x, visitor=f"visitor {x}")
    assert len(background._lines["short"].waiting) <= background.WAITING
    go.set()
    wait_for(slow, loaded("a"), 10 * background.WAITING)


def test_who_asks_for_much_waits_for_the_last_of_it_alone():
    go, computed = threading.Event(), []

    def slow(_, x):
        go.wait(10)
        computed.append(x)
        return x

    begin(slow, "first", visitor="greedy")
    for x in range(50):
        ask(slow, x, visitor="greedy")
    assert len(background._lines["short"].waiting) == 1
    go.set()
    assert wait_for(slow, loaded("a"), 49, visitor="greedy") == 49
    assert computed == ["first", 49]


def test_visitors_take_turns():
    go, computed = threading.Event(), []

    def slow(_, x):
        go.wait(10)
        computed.append(x)

    begin(slow, "a1", visitor="a")
    ask(slow, "a2", visitor="a")
    ask(slow, "b1", visitor="b")
    ask(slow, "c1", visitor="c")
    go.set()
    wait_for(slow, loaded("a"), "a2", visitor="a")
    assert computed == ["a1", "b1", "c1", "a2"]


def test_what_two_wait_for_stays_when_one_of_them_wants_another():
    go, computed = threading.Event(), []

    def slow(_, x):
        go.wait(10)
        computed.append(x)
        return x

    begin(slow, "first", visitor="c")
    ask(slow, "both", visitor="a")
    ask(slow, "both", visitor="b")
    ask(slow, "other", visitor="a")
    go.set()
    assert wait_for(slow, loaded("a"), "both", visitor="b") == "both"


def test_what_nobody_asks_for_again_is_not_begun(monkeypatch):
    monkeypatch.setattr(background, "FORGOTTEN", 0.2)
    go, computed = threading.Event(), []

    def slow(_, x):
        go.wait(10)
        computed.append(x)

    begin(slow, "begun", visitor="a")
    ask(slow, "left", visitor="b")
    time.sleep(0.3)
    go.set()
    wait_for(slow, loaded("a"), "after", visitor="c")
    assert computed == ["begun", "after"]


def test_work_in_steps_tells_its_progress_and_ends_when_its_asker_has_left(monkeypatch):
    monkeypatch.setattr(background, "FORGOTTEN", 0.3)
    ended = threading.Event()

    def steps(_):
        try:
            for step in range(1000):
                time.sleep(0.02)
                yield step
        finally:
            ended.set()

    ask(steps, visitor="a")
    time.sleep(0.15)
    assert ask(steps, visitor="a") >= 1
    assert ended.wait(3)


def test_work_in_steps_returns_its_result():
    def steps(_):
        yield 1
        return "done"

    assert wait_for(steps, loaded("a")) == "done"


def test_work_in_steps_is_stopped_when_it_takes_too_long(monkeypatch):
    monkeypatch.setattr(background, "LONGEST", 0.1)

    def steps(_):
        while True:
            time.sleep(0.02)
            yield None

    with pytest.raises(VAEError, match="was stopped"):
        wait_for(steps, loaded("a"))


def test_what_failed_is_told_and_tried_again():
    calls = []

    def broken(_):
        calls.append(1)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            wait_for(broken, loaded("a"))
    assert len(calls) == 2
