from base64 import b64decode
from io import BytesIO
from typing import Any, get_args

import numpy as np
import pytest
import torch
from PIL import Image

from pages.ui import resources
from pages.ui.explore import exports, handlers, requests, snippets
from pages.ui.explore.protocol import SnippetName
from pages.ui.view import View
from tests.support.sessions import wait_until
from vae.codec import decode
from vae.latent import geocode

HAND = {"what": "snippet", "z": [0.25, -0.75], "x": [-2.0, 2.0], "y": [-1.5, 2.5]}
PINNED = View(a=(-1.0, 0.0), b=(1.0, 0.25))
CASES = [
    ("image", View(), {}),
    ("digit", View(), {"selected": 17}),
    ("grid", View(tiles=6), {}),
    ("grid", View(tiles=5, axes="percentiles"), {"x": [0.0, 1.0], "y": [0.25, 0.5]}),
    ("layer", View(layer="images", tiles=6), {}),
    ("layer", View(layer="density"), {}),
    ("layer", View(layer="uncertainty"), {}),
    ("layer", View(layer="stretch"), {}),
    ("layer", View(layer="regions"), {}),
    ("path", PINNED, {}),
    ("samples", View(), {"count": 8, "temperature": 0.75, "seed": 12345}),
    ("code", View(), {"characters": 3}),
]


@pytest.fixture(scope="module")
def loaded():
    return resources.load("mnist")


def respond(loaded, message) -> Any:
    """What the server has to say to a request; its type is one of many."""
    return handlers.respond(loaded, message)


def read(message) -> Any:
    """A request, which there is."""
    return requests.read(message)


def run(text):
    """Everything that a snippet defines, run as a person would run it."""
    space = {}
    exec(compile(text, "snippet", "exec"), space)
    return space


def shown(loaded, view, **asked_for):
    """What the map gets for the same asked_for, waited for."""
    asked = {"view": view.words(), **asked_for}
    found = wait_until(lambda: settled(respond(loaded, asked)), seconds=120)
    assert "error" not in found
    return found


def settled(result):
    """A result that is no longer being computed."""
    return None if "pending" in result else result


def images_of(loaded, places):
    """What a map without a decoder of its own asks for: (N, 28, 28)."""
    found = respond(loaded, {"what": "images", "places": places})
    return np.frombuffer(b64decode(found["images"]), np.uint8).reshape(-1, 28, 28)


def test_there_is_a_case_for_every_snippet():
    assert {of for of, _, _ in CASES} == set(snippets.SNIPPETS) == set(get_args(SnippetName))


@pytest.mark.parametrize(("of", "view", "details"), CASES)
def test_a_snippet_runs_and_gives_what_the_map_shows(loaded, of, view, details):
    asked_for = {**HAND, "of": of, "view": view.words(), **details}
    space = run(respond(loaded, asked_for)["text"])
    CHECKS[of](loaded, view, asked_for, space)


def check_image(loaded, view, asked_for, space):
    assert torch.equal(
        space["image"], decode(loaded.checkpoint.model, torch.tensor([asked_for["z"]]))[0]
    )


def check_digit(loaded, view, asked_for, space):
    mean = loaded.checkpoint.encoded.mean[asked_for["selected"]]
    assert torch.equal(space["place"], mean)
    assert torch.equal(space["image"], decode(loaded.checkpoint.model, mean[None])[0])


def check_grid(loaded, view, asked_for, space):
    made = exports.make(loaded, read({**asked_for, "of": "grid"}))
    assert isinstance(made.content, bytes)
    assert np.array_equal(space["picture"], np.asarray(Image.open(BytesIO(made.content))))


def check_layer(loaded, view, asked_for, space):
    if view.layer == "images":
        check_grid(loaded, view, asked_for, space)
        return
    found = shown(loaded, view, what="layer", of=view.layer)
    values = np.frombuffer(b64decode(found["values"]), np.float32)
    layer = space["layer"]
    made = layer.shares if view.layer == "regions" else layer.values
    assert np.allclose(made.ravel(), values, rtol=1e-3, atol=1e-6)


def check_path(loaded, view, asked_for, space):
    found = shown(loaded, view, what="path")
    assert space["shortest"].length == pytest.approx(found["geodesic"]["length"], rel=1e-3)
    assert space["line"].length == pytest.approx(found["straight"]["length"], rel=1e-5)
    frames = images_of(loaded, found["geodesic"]["places"]).astype(int)
    assert np.abs(space["film"].numpy().astype(int) - frames).mean() < 1


def check_samples(loaded, view, asked_for, space):
    details = {name: asked_for[name] for name in ("count", "temperature", "seed")}
    found = shown(loaded, view, what="samples", **details)
    assert np.array_equal(space["images"].numpy(), images_of(loaded, found["z"]))
    assert space["z"].tolist() == found["z"]


def check_code(loaded, view, asked_for, space):
    place = geocode.parse(geocode.format(tuple(asked_for["z"]), asked_for["characters"]))
    assert torch.equal(space["image"], decode(loaded.checkpoint.model, torch.tensor([place]))[0])


CHECKS = {
    "image": check_image,
    "digit": check_digit,
    "grid": check_grid,
    "layer": check_layer,
    "path": check_path,
    "samples": check_samples,
    "code": check_code,
}


@pytest.mark.parametrize(
    "asked_for",
    [
        {"of": "layer"},
        {"of": "path"},
        {"of": "digit"},
        {"of": "samples"},
        {"of": "grid", "x": [1, 0]},
        {"of": ""},
        {"of": "__import__('os')"},
    ],
)
def test_where_nothing_is_shown_there_is_no_code(loaded, asked_for):
    assert "error" in respond(loaded, {"what": "snippet", **asked_for})


def test_the_name_of_a_checkpoint_is_quoted_in_code():
    name = "x'); import os; ('"
    text = snippets.write(name, read({**HAND, "of": "image"}))
    assert text and repr(name) in text
