import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pages.ui import background
from pages.ui.background import Pending, result


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


def test_nobody_can_fill_the_line():
    go = threading.Event()

    def slow(_, x):
        go.wait(10)

    for x in range(10 * background.WAITING):
        with pytest.raises(Pending):
            result(slow, loaded("a"), x, patience=0)
    assert len(background._known) == background.WAITING
    go.set()
    wait_for(slow, loaded("a"), 10 * background.WAITING)


def test_what_failed_is_told_and_tried_again():
    calls = []

    def broken(_):
        calls.append(1)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            wait_for(broken, loaded("a"))
    assert len(calls) == 2
