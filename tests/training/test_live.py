"""The thread that shows a training."""

from threading import Thread

import pytest

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


def test_what_is_being_written_is_finished(live, tmp_path):
    assert live.keep(live.copy, {"step": 7, "epoch": 1})
    assert closes(live)
    assert list(tmp_path.glob("snapshots/*"))
