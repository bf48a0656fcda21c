import os
import signal

import pytest

from tests.support.sessions import cold, wait_until
from vae.training import job, runs


def page():
    """Train as the first page of a session: a cold deep link, or a refresh."""
    app = cold("pages/train.py").run()
    assert not app.exception
    return app


def fill_in(app, **values):
    app.selectbox(key="recipe").set_value("plain").run()
    for name, value in values.items():
        kind = app.selectbox if name == "dataset" else app.number_input
        kind(key=f"setting-plain-{name}").set_value(value)
    return app.button[0].click().run()


def told(app):
    return " ".join(element.value for element in app.error).replace("\\", "")


@pytest.fixture
def long_run(quick):
    """A real training process, ended when the test is over."""
    run = job.start(quick(epochs=1000))
    wait_until(lambda: run.state().epoch >= 1)
    yield run
    job.stop(run)


def test_the_first_visit_shows_the_settings_with_their_defaults():
    app = page()
    assert app.number_input(key="setting-default-epochs").value == 25
    assert app.selectbox(key="setting-default-dataset").value == "mnist"


@pytest.mark.parametrize("epochs", [0, 10**9])
def test_impossible_epochs_are_refused_with_their_bounds(epochs):
    app = fill_in(page(), dataset="digits", epochs=epochs)
    assert f"epochs must be a whole number from 1 to 1000, got {epochs}" in told(app)
    assert runs.all_runs() == []


def test_start_trains_and_the_finished_model_is_offered():
    fill_in(page(), dataset="digits", epochs=2)
    (run,) = runs.all_runs()
    wait_until(lambda: run.state().over)
    app = page()
    assert "finished: 2 epochs" in app.get("progress")[0].proto.text
    assert app.button(key="open")


def test_a_second_asker_is_told(long_run):
    app = fill_in(page(), dataset="digits", epochs=1)
    assert f"{long_run.name} is being trained now" in told(app)
    assert runs.all_runs() == [long_run]


def test_another_visitor_sees_the_run_and_can_stop_it(long_run):
    app = page()
    assert "about" in app.get("progress")[0].proto.text
    app.button(key="stop").click().run()
    wait_until(lambda: long_run.state().over, 5)
    assert "is kept" in page().get("progress")[0].proto.text


def test_a_killed_training_is_explained(long_run):
    os.kill(long_run.state().pid, signal.SIGKILL)
    wait_until(lambda: long_run.state().over, 5)
    assert "ended without a word: killed, or out of memory" in told(page())


def test_a_damaged_checkpoint_of_a_run_is_explained(long_run):
    job.stop(long_run)
    long_run.checkpoint.write_bytes(b"x")
    assert "is not a checkpoint" in told(page())
