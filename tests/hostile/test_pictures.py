"""Each picture of a stranger is one 28×28 image or one sentence, soon, and costs nobody else."""

import gc
import json
import os
import signal
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.hostile.pictures import digit, pictures, saved, scans
from vae.digit import container, pool
from vae.digit.image import read
from vae.digit.pool import GivenUpError, Pool
from vae.errors import ImageError

KINDS = list(pictures())
AIM = 4.0  # seconds until there is an answer; a busy machine is given twice as long
MUTATIONS = 10_000
CHECKED = 0.1  # seconds of the server's own processor


def test_there_are_enough_kinds():
    assert len({name for name, _, _ in KINDS}) == len(KINDS) >= 80


@pytest.mark.parametrize(("name", "source", "good"), KINDS, ids=[name for name, _, _ in KINDS])
def test_every_kind_is_an_image_or_a_sentence(name, source, good):
    start = time.perf_counter()
    try:
        found = read(source).image
    except ImageError as error:
        assert good is not True, error
        assert len(str(error)) > 40 and "\n" not in str(error)
    else:
        assert good is not False
        assert found.shape == (28, 28) and found.dtype == np.uint8
        assert found.max() > 0
    assert time.perf_counter() - start < 2 * AIM


@pytest.mark.parametrize(("name", "source", "good"), KINDS, ids=[name for name, _, _ in KINDS])
def test_checking_costs_the_server_next_to_nothing(name, source, good):
    before = time.thread_time()
    try:
        container.check(source)
    except ImageError:
        assert good is not True
    assert time.thread_time() - before < CHECKED


def test_reading_is_done_by_a_process_without_torch():
    read(saved(digit(), "PNG"))
    worker = next(w for w in workers(pool.shared()))
    maps = {part.path for part in psutil.Process(worker.process.pid).memory_maps()}
    assert any("_imaging" in path for path in maps)
    assert not any("/torch/" in path for path in maps)


@pytest.mark.slow
def test_no_mutation_ends_in_anything_but_an_image_or_a_sentence():
    generator = np.random.default_rng(0)
    good = [source for name, source, good in KINDS if good and len(source) < 20_000]
    for turn in range(MUTATIONS):
        source = bytearray(good[turn % len(good)])
        for _ in range(generator.integers(1, 9)):
            source[generator.integers(len(source))] = generator.integers(256)
        start = time.perf_counter()
        try:
            assert read(bytes(source)).image.shape == (28, 28)
        except ImageError as error:
            assert "ended before it was done" not in str(error), "a worker ended"
        assert time.perf_counter() - start < 2 * AIM


def workers(some):
    """The idle workers of a pool, which stay in it."""
    found = [some.idle.get() for _ in range(some.count)]
    for worker in found:
        some.idle.put(worker)
    return [worker for worker in found if worker]


@pytest.fixture
def single():
    some = Pool(workers=1)
    yield some
    some.close()


def test_what_takes_too_long_is_ended_and_the_next_picture_is_read():
    some = Pool(workers=1, seconds=0.2)
    some.start()
    with pytest.raises(ImageError, match=r"takes longer than .* to read"):
        some.read(scans(80, 3000))
    some.seconds = 3.0
    assert some.read(saved(digit(), "PNG")).image.shape == (28, 28)
    some.close()


def test_a_worker_killed_in_the_middle_is_a_sentence_and_the_next_picture_is_read(single):
    single.start()
    (worker,) = workers(single)
    os.kill(worker.process.pid, signal.SIGSTOP)  # in the middle, for as long as it takes
    threading.Timer(0.3, worker.process.kill).start()
    with pytest.raises(ImageError, match=r"ended before it was done\. Try again"):
        single.read(saved(digit(), "PNG"))
    assert single.read(saved(digit(), "PNG")).image.shape == (28, 28)


def test_a_picture_that_nobody_waits_for_is_given_up(single):
    single.start()
    (worker,) = workers(single)
    os.kill(worker.process.pid, signal.SIGSTOP)
    gone = time.monotonic() + 0.2
    start = time.monotonic()
    with pytest.raises(GivenUpError):
        single.read(saved(digit(), "PNG"), lambda: time.monotonic() < gone)
    assert time.monotonic() - start < 1
    assert not psutil.pid_exists(worker.process.pid)
    assert single.read(saved(digit(), "PNG")).image.shape == (28, 28)


def test_a_process_that_cannot_be_started_is_a_sentence_and_its_place_stays(single, monkeypatch):
    with monkeypatch.context() as without:
        without.setattr(sys, "executable", "/nowhere/python")
        for _ in range(3):
            with pytest.raises(ImageError, match="No process could be started"):
                single.read(saved(digit(), "PNG"))
    assert single.read(saved(digit(), "PNG")).image.shape == (28, 28)


def test_a_picture_that_was_refused_is_let_go_at_once(single):
    white = saved(Image.new("L", (90, 90), 255), "PNG")
    before = sys.getrefcount(white)
    gc.disable()
    try:
        with pytest.raises(ImageError, match="There is no ink"):
            single.read(white)
        assert sys.getrefcount(white) == before
    finally:
        gc.enable()


def test_a_worker_gets_no_more_memory_than_a_picture_needs():
    some = pool.Worker(memory=30_000_000)
    with pytest.raises(ImageError, match="needs more memory"):
        some.exchange(saved(digit("RGB").resize((4000, 4000)), "PNG"))
    assert some.exchange(saved(digit(), "PNG")).image.shape == (28, 28), "it lives on"
    some.close()


def test_the_server_does_not_grow_with_what_it_is_sent():
    process = psutil.Process()
    read(saved(digit(), "PNG"))
    before = process.memory_info().rss
    for _, source, _ in KINDS:
        try:
            read(source)
        except ImageError:
            continue
    assert process.memory_info().rss - before < 50e6


def said(*shapes, digits=1):
    steps = [{"name": "a", "note": "b", "shape": shape} for shape in shapes]
    answer = {"shared": steps[:-1], "digits": digits * [steps[-1:]], "bytes": 0}
    return json.dumps(answer).encode() + b"\n"


@pytest.mark.parametrize(
    "answer",
    [
        said(),
        said((28, 28), (28, 27)),
        said((10_000, 10_000), (28, 28)),
        said((-1, 9), (28, 28)),
        said(*[(28, 28)] * 20),
        said((28, 28)) + b"abcde",
        said((28, 28), digits=0),
        said((28, 28), digits=9) + bytes(9 * 28 * 28),
        b"nonsense\n",
        b"{}\n",
        b"",
    ],
)
def test_what_a_worker_says_is_believed_only_as_far_as_it_makes_sense(single, answer, monkeypatch):
    monkeypatch.setattr(pool, "START", f"import sys; sys.stdout.buffer.write({answer!r})")
    with pytest.raises(ImageError, match="ended before it was done"):
        single.read(saved(digit(), "PNG"))
