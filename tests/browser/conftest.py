"""A real server and a real browser, shared by the tests of this folder."""

import os

import pytest

from benchmarks import live
from tests.support.sessions import trainings_ended


@pytest.fixture(scope="session")
def chrome():
    """Headless Chromium."""
    if not live.chromium():
        pytest.skip("no Chromium on the PATH: install it to run the browser tests")
    with live.browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def address(chrome, tmp_path_factory):
    """The app, served as a person would serve it, with an empty folder of runs."""
    runs = tmp_path_factory.mktemp("runs")
    with (
        trainings_ended(runs),
        live.serve(environment={"LATENT_ATLAS_RUNS": str(runs)}) as address,
    ):
        yield address


@pytest.fixture
def page(chrome, address):
    """A fresh visitor at a desk. Whatever they do, no traceback may reach the screen."""
    page = chrome.new_page(viewport={"width": 1366, "height": 800})
    page.set_default_timeout(60_000)
    yield page
    assert page.get_by_test_id("stException").count() == 0
    page.close()


@pytest.fixture
def phone(chrome):
    """A fresh visitor with a phone."""
    context = chrome.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    assert page.get_by_test_id("stException").count() == 0
    context.close()


def pytest_collection_modifyitems(items):
    """Everything in this folder drives a browser."""
    for item in items:
        if f"{os.sep}browser{os.sep}" in str(item.path):
            item.add_marker(pytest.mark.browser)
