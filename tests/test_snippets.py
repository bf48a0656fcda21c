from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from pages.ui import exports, resources, snippets
from pages.ui.desk import answer
from pages.ui.view import View
from pages.ui.wish import read
from vae import codes
from vae.codec import decode

HAND = {"id": 1, "what": "snippet", "z": [0.25, -0.75], "x": [-2.0, 2.0], "y": [-1.5, 2.5]}
PINNED = View(a=(-1.0, 0.0), b=(1.0, 0.25))
CASES = [
    ("image", View(), {}),
    ("digit", View(), {"chosen": 17}),
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


def run(text):
    """Everything that a snippet defines, run as a person would run it."""
    space = {}
    exec(compile(text, "snippet", "exec"), space)
    return space


def shown(loaded, view, **wish):
    """What the map gets for the same request, waited for."""
    asked = {"id": 1, "view": view.words(), **wish}
    for _ in range(600):
        if not (found := answer(loaded, asked)).get("pending"):
            break
    assert "error" not in found
    return found


def pixels(text):
    return np.frombuffer(b64decode(text), np.uint8).reshape(-1, 28, 28)


def test_there_is_a_case_for_every_snippet():
    assert {of for of, _, _ in CASES} == set(snippets.SNIPPETS)


@pytest.mark.parametrize(("of", "view", "details"), CASES)
def test_a_snippet_runs_and_gives_what_the_map_shows(loaded, of, view, details):
    wish = {**HAND, "of": of, "view": view.words(), **details}
    space = run(answer(loaded, wish)["text"])
    CHECKS[of](loaded, view, wish, space)


def check_image(loaded, view, wish, space):
    assert torch.equal(
        space["image"], decode(loaded.checkpoint.model, torch.tensor([wish["z"]]))[0]
    )


def check_digit(loaded, view, wish, space):
    mean = loaded.checkpoint.encoded.mean[wish["chosen"]]
    assert torch.equal(space["place"], mean)
    assert torch.equal(space["image"], decode(loaded.checkpoint.model, mean[None])[0])


def check_grid(loaded, view, wish, space):
    made = exports.make(loaded, read({**wish, "of": "grid"}))
    assert np.array_equal(space["picture"], np.asarray(Image.open(BytesIO(made.content))))


def check_layer(loaded, view, wish, space):
    if view.layer == "images":
        check_grid(loaded, view, wish, space)
        return
    found = shown(loaded, view, what="layer", of=view.layer)
    values = np.frombuffer(b64decode(found["values"]), np.float32)
    layer = space["layer"]
    made = layer.shares if view.layer == "regions" else layer.values
    assert np.allclose(made.ravel(), values, rtol=1e-3, atol=1e-6)


def check_path(loaded, view, wish, space):
    found = shown(loaded, view, what="path")
    assert space["shortest"].length == pytest.approx(found["geodesic"]["length"], rel=1e-3)
    assert space["line"].length == pytest.approx(found["straight"]["length"], rel=1e-5)
    frames = pixels(found["geodesic"]["images"]).astype(int)
    assert np.abs(space["film"].numpy().astype(int) - frames).mean() < 1


def check_samples(loaded, view, wish, space):
    details = {name: wish[name] for name in ("count", "temperature", "seed")}
    found = shown(loaded, view, what="samples", **details)
    assert np.array_equal(space["images"].numpy(), pixels(found["images"]))
    assert space["z"].tolist() == found["z"]


def check_code(loaded, view, wish, space):
    place = codes.place(codes.spell(tuple(wish["z"]), wish["characters"]))
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
    "wish",
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
def test_where_nothing_is_shown_there_is_no_code(loaded, wish):
    assert "error" in answer(loaded, {"id": 1, "what": "snippet", **wish})


def test_the_name_of_a_checkpoint_is_quoted_in_code():
    name = "x'); import os; ('"
    text = snippets.write(name, read({**HAND, "of": "image"}))
    assert repr(name) in text
