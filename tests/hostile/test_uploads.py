"""What strangers upload is kept as far as a page needs it, and others can still upload."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import live
from benchmarks.upload import Upload
from benchmarks.visitor import Visitor
from pages.ui.server import uploads
from tests.hostile.pictures import digit, saved, segments
from tests.support.sessions import server_at, wait_until

SIZE = 19_000_000
LARGE, SMALL = bytes(SIZE), bytes(5000)


@pytest.fixture(scope="module")
def address():
    with live.serve() as address:
        Visitor(address, "your_digit").close()  # everything is loaded
        yield address


def memory(address):
    """Bytes of the server."""
    return server_at(address).memory_info().rss


def test_a_session_that_never_existed_keeps_nothing(address):
    before = memory(address)
    for _ in range(10):
        assert Upload(address, str(uuid.uuid4()), LARGE).end() == 400
    assert memory(address) - before < 60e6


@pytest.mark.parametrize(("later", "there"), [(0, 1), (uploads.KEPT, 0)])
def test_a_session_has_no_more_files_than_a_page_takes(address, later, there):
    visitor = Visitor(address, "your_digit")
    first = Upload(address, visitor.session, saved(digit(), "PNG"))
    assert first.end() == 204
    for _ in range(later):
        assert Upload(address, visitor.session, SMALL).end() == 204
    visitor.send(visitor.show(first.name))
    visitor.until_finished()
    assert visitor.response["given"]["number"] == there
    visitor.close()


def test_a_session_that_sends_more_than_is_read_waits_for_its_own_files(address):
    visitor = Visitor(address, "your_digit")
    before = memory(address)
    fit = uploads.IN_MEMORY // SIZE
    assert [Upload(address, visitor.session, LARGE).end() for _ in range(fit)] == [204] * fit
    assert Upload(address, visitor.session, LARGE).end() == 503
    assert memory(address) - before < uploads.IN_MEMORY + 2 * SIZE
    visitor.close()


def test_a_session_sends_few_files_at_the_same_time(address):
    visitor, other = Visitor(address, "your_digit"), Visitor(address, "your_digit")
    slow = [Upload(address, visitor.session, SMALL) for _ in range(uploads.AT_ONCE)]
    for upload in slow:
        upload.begin()
    assert wait_until(lambda: Upload(address, visitor.session, SMALL).end() == 503)
    assert Upload(address, other.session, SMALL).end() == 204
    assert [upload.end() for upload in slow] == [204] * uploads.AT_ONCE
    assert Upload(address, visitor.session, SMALL).end() == 204
    visitor.close()
    other.close()


@pytest.fixture
def three(address):
    """Visitors, of whom two have sent what fills the memory."""
    some = [Visitor(address, "your_digit") for _ in range(3)]
    assert [Upload(address, one.session, LARGE).end() for one in some[:2]] == [204, 204]
    yield some
    for visitor in some:
        visitor.close()


def test_what_is_in_memory_has_a_limit_and_the_gone_make_room(address, three):
    first, _, third = three
    threading.Timer(1.0, first.close).start()
    start = time.monotonic()
    assert Upload(address, third.session, LARGE).end() == 204
    assert time.monotonic() - start > 0.9


def test_what_no_page_reads_makes_room_after_a_while(address, three):
    third = three[2]
    assert Upload(address, third.session, LARGE).end() == 503
    assert wait_until(lambda: Upload(address, third.session, LARGE).end() == 204, 60)


@pytest.mark.parametrize(("count", "size"), [(8, 19_000_000), (30, 4_000_000)])
def test_a_crowd_is_answered_and_hardly_makes_the_server_grow(address, count, size):
    crowd = [Visitor(address, "your_digit") for _ in range(count)]
    picture = segments(saved(digit(), "JPEG"), b"\xff\xfe\0\2" * (size // 4))
    before = memory(address)

    def send(visitor):
        upload = Upload(address, visitor.session, picture)
        assert upload.end() == 204
        visitor.send(visitor.show(upload.name))
        visitor.until_finished()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(send, crowd))
    assert wait_until(lambda: memory(address) - before < 80e6, 30), "half of what was sent is kept"
    for visitor in crowd:
        visitor.close()
