import threading
import time
from types import SimpleNamespace

import pytest

from pages.ui import background
from pages.ui.background import Pending, result


@pytest.fixture(autouse=True)
def forget():
    background._start.clear()


def wait_for(*arguments, **more):
    for _ in range(200):
        try:
            return result(*arguments, **more)
        except Pending:
            time.sleep(0.02)
    raise AssertionError("never done")


def loaded(key):
    return SimpleNamespace(key=key)


def test_what_is_quick_is_there_at_once():
    assert result(lambda loaded, x: x + 1, loaded("a"), 2) == 3


def test_what_takes_long_is_pending_until_it_is_there():
    go = threading.Event()

    def slow(_):
        go.wait(10)
        return "done"

    with pytest.raises(Pending):
        result(slow, loaded("a"))
    go.set()
    assert wait_for(slow, loaded("a")) == "done"


def test_all_who_ask_for_the_same_share_one_computation():
    calls = []

    def count(loaded, x, given):
        calls.append((loaded.key, x))
        return object()

    found = [wait_for(count, loaded("a"), 1, given="terrain") for _ in range(5)]
    assert len(set(map(id, found))) == 1
    wait_for(count, loaded("a"), 2, given="terrain")
    wait_for(count, loaded("b"), 1, given="terrain")
    assert calls == [("a", 1), ("a", 2), ("b", 1)]


def test_what_is_kept_does_not_grow_without_end():
    def place(_, x):
        return bytes(1000)

    for x in range(background.KEPT + 10):
        wait_for(place, loaded("a"), x)
    calls = []

    def again(_, x):
        calls.append(x)

    again.__name__ = "place"  # told by its name: what is still kept is not computed again
    for x in range(background.KEPT + 10):
        wait_for(again, loaded("a"), x)
    assert len(calls) >= 10


def test_a_bug_in_a_computation_reaches_who_asked():
    def broken(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_for(broken, loaded("a"))
