"""The thread that shows a training."""

from threading import Thread

import pytest
import torch

from vae.training.glimpse import Glimpses
from vae.training.live import Live


@pytest.fixture
def live(tmp_path, digits, model):
    return Live(tmp_path, Glimpses(digits.test, model, "fp32"), model)


def closes(live):
    closing = Thread(target=live.close, daemon=True)
    closing.start()
    closing.join(30)
    return not closing.is_alive()


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["_idle.clear", "_jobs.put", "copy.load_state_dict"])
def test_whoever_is_interrupted_while_handing_a_moment_over_can_end(live, monkeypatch, where):
    owner, name = where.split(".")
    with monkeypatch.context() as during:
        during.setattr(getattr(live, owner), name, interrupt)
        with pytest.raises(KeyboardInterrupt):
            live.keep(live.copy, {})
    assert closes(live)


def test_it_computes_with_one_processor_and_the_training_with_as_many_as_before(live):
    """Else OpenMP lets the threads of both sleep between any two operations."""
    before, found = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        live._jobs.put(lambda: found.append(torch.get_num_threads()))
        assert closes(live)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert found == [1]


def test_what_is_being_written_is_finished(live, tmp_path):
    assert live.keep(live.copy, {"step": 7, "epoch": 1})
    assert closes(live)
    assert list(tmp_path.glob("snapshots/*"))
