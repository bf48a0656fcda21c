"""Simulated sessions of the app, and waiting for what other processes do."""

import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from vae.training import job, runs


def cold(name):
    """A simulated session whose first page is this one; nothing has run yet."""
    app = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=60)
    return app if name == "app.py" else app.switch_page(name)


def server_at(address):
    """The process that answers at an address, among those that the tests have started."""
    port = urlsplit(address).port
    (found,) = (
        process
        for process in psutil.Process().children()
        if any(at.laddr.port == port for at in process.net_connections("tcp"))
    )
    return found


@contextmanager
def trainings_ended(folder):
    """Runs kept in a folder: what was started there, by whichever process, does not outlive us."""
    try:
        yield
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LATENT_ATLAS_RUNS", str(folder))
            left = [seen.run for seen in runs.look().seen if not seen.state.over]
            for run in sorted(left, key=job.position, reverse=True):  # or the next would begin
                job.stop(run)


def wait_until(condition, seconds=300):
    """Poll until the condition holds; the file system has no better way to be watched.

    The limit only ends what hangs: a busy machine may take long, and a test is no clock.
    """
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return result


def models(app, group):
    """The list of the models of one group, on a page."""
    return next(radio for radio in app.radio if radio.label == group)
