"""What the machine asks for: parts, the encoder's file, and test digits as the encoder saw them."""

import time
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
import torch

from pages.ui import resources
from pages.ui.explore import handlers
from pages.ui.server import files
from vae.data import sets
from vae.data.pixels import observe_set
from vae.store import weights


def answer(loaded, **message) -> Any:
    """The result of a request, once it has been computed."""
    for _ in range(200):
        result = handlers.respond(loaded, message)
        if result != {"pending": True}:
            return result
        time.sleep(0.05)
    raise AssertionError("it is never there")


@pytest.mark.parametrize("name", ["mnist", "conv"])
def test_the_encoder_that_is_served_is_the_models(name):
    loaded = resources.load(name)
    told = answer(loaded, what="machine")
    packed = weights.pack(loaded.checkpoint.model, "encoder")
    assert told["encoder"] == files.serve(files.make(packed))
    assert told["megabytes"] == pytest.approx(len(packed) / 1e6)
    assert sum(part["parameters"] for part in told["parts"]) == (
        loaded.checkpoint.model.parameters_count
    )


def test_an_encoder_that_is_too_large_has_no_address(monkeypatch):
    loaded = resources.load("conv")
    monkeypatch.setattr("pages.ui.explore.machine.LARGEST", 1000)
    told = answer(loaded, what="machine")
    assert told["encoder"] is None
    assert told["megabytes"] > 0.8


@pytest.mark.parametrize("name", ["mnist", "conv", "dense-100"])
def test_a_test_digit_is_sent_as_its_encoder_saw_it(name):
    loaded = resources.load(name)
    images = sets.load_test("mnist").images
    told = answer(loaded, what="observed", indices=[3, 9999])
    sent = np.frombuffer(b64decode(told["images"]), np.uint8).reshape(2, 28, 28)
    seen = observe_set(images, loaded.checkpoint.config.model)[[3, 9999]]
    again = observe_set(torch.from_numpy(sent.copy()), loaded.checkpoint.config.model)
    assert torch.equal(again, seen), "and observing what was sent changes nothing"


def test_digits_that_are_not_there_are_not_sent():
    assert "error" in answer(resources.load("conv"), what="observed", indices=[10_000])
