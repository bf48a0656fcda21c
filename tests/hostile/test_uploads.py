"""What strangers upload is kept as far as a page needs it, and others can still upload."""

import threading
import uuid

import psutil
import pytest

from benchmarks import live
from benchmarks.upload import Upload
from benchmarks.visitor import Visitor
from pages.ui.server import uploads
from tests.support.sessions import wait_until

SIZE = 19_000_000
LARGE = bytes(SIZE)


@pytest.fixture(scope="module")
def address():
    with live.serve() as address:
        Visitor(address, "reconstruct").close()  # everything is loaded
        yield address


def memory():
    """Bytes of the server."""
    (server,) = (p for p in psutil.Process().children() if "streamlit" in p.cmdline())
    return server.memory_info().rss


def test_a_session_that_never_existed_keeps_nothing(address):
    before = memory()
    for _ in range(10):
        assert Upload(address, str(uuid.uuid4()), LARGE).end() == 400
    assert memory() - before < 60e6


def test_a_session_keeps_its_last_files_alone(address):
    visitor = Visitor(address, "reconstruct")
    before = memory()
    for _ in range(10):
        assert Upload(address, visitor.session, LARGE).end() == 204
    assert memory() - before < (uploads.KEPT + 2) * SIZE
    visitor.close()


def test_a_session_sends_few_files_at_the_same_time(address):
    visitor, other = Visitor(address, "reconstruct"), Visitor(address, "reconstruct")
    slow = [Upload(address, visitor.session, LARGE) for _ in range(uploads.AT_ONCE)]
    for upload in slow:
        upload.begin()
    assert wait_until(lambda: Upload(address, visitor.session, b"7").end() == 503)
    assert Upload(address, other.session, LARGE).end() == 204
    assert [upload.end() for upload in slow] == [204] * uploads.AT_ONCE
    assert Upload(address, visitor.session, LARGE).end() == 204
    visitor.close()
    other.close()


def test_all_sessions_keep_no_more_than_the_total(address):
    crowd = [Visitor(address, "reconstruct") for _ in range(1 + uploads.TOTAL // SIZE)]
    before = memory()
    answers = [Upload(address, visitor.session, LARGE).end() for visitor in crowd]
    assert answers == [204] * (len(crowd) - 1) + [503]
    assert memory() - before < uploads.TOTAL + 60e6
    *gone, here = crowd
    for visitor in gone:
        visitor.close()
    assert wait_until(lambda: Upload(address, here.session, LARGE).end() == 204), (
        "the gone make room"
    )
    here.close()


def test_a_crowd_with_photos_is_served(address):
    crowd = [Visitor(address, "reconstruct") for _ in range(30)]
    answers = []

    def upload(visitor):
        answers.append(Upload(address, visitor.session, LARGE[:4_000_000]).end())

    threads = [threading.Thread(target=upload, args=(visitor,)) for visitor in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [204] * 30
    for visitor in crowd:
        visitor.close()
