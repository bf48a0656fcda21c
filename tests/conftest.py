"""What the tests share: small real models, and folders of their own to write in."""

from dataclasses import replace

import pytest
import torch

from tests.support.configs import QUICK, SMALL
from vae.data import sets
from vae.model import VAE
from vae.store import checkpoint
from vae.training import pipeline
from vae.training.runs import Run

torch.set_num_threads(1)  # beside a server and a browser, more threads only wait for each other


@pytest.fixture(autouse=True)
def runs_folder(tmp_path, monkeypatch):
    """Runs are kept under tmp_path, whatever the environment says."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("LATENT_ATLAS_RUNS", str(folder))
    return folder


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits, which are always at hand."""
    return sets.load("digits")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The run directory of three real epochs on real digits."""
    run = Run(tmp_path_factory.mktemp("trained"))
    for _ in pipeline.execute(QUICK, run):
        pass
    return run


@pytest.fixture
def small(trained):
    """A small trained checkpoint."""
    return checkpoint.load(trained.checkpoint)


@pytest.fixture
def good(trained):
    """The bytes of a real checkpoint."""
    return trained.checkpoint.read_bytes()


@pytest.fixture
def model():
    """A small model that has learnt nothing."""
    torch.manual_seed(0)
    return VAE(SMALL).eval()


@pytest.fixture
def quick():
    """A configuration that trains in seconds; settings of the training may be replaced."""
    return lambda **settings: replace(QUICK, train=replace(QUICK.train, **settings))
