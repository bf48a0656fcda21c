"""What the machine says of a model's parts, against the model and against the files themselves."""

from pathlib import Path
from typing import get_args

import pytest
import torch

from pages.ui.components.machine import parts
from pages.ui.explore.protocol import PartName
from vae import library
from vae.store import checkpoint

NAMES = sorted(path.stem for path in library.COMMITTED.glob("*.safetensors"))


@pytest.fixture(scope="module", params=NAMES)
def model(request):
    return checkpoint.load(library.find(request.param)).model


def test_the_parts_are_those_of_the_protocol_in_their_order(model):
    assert [part["name"] for part in parts.describe(model)] == list(get_args(PartName))


def test_parameters_are_counted_once_and_all_of_them(model):
    described = parts.describe(model)
    assert sum(part["parameters"] for part in described) == model.parameters_count
    for part in described:
        assert part["parameters"] == sum(row["parameters"] for row in part["layers"])


def test_layers_have_the_names_kinds_and_parameters_of_the_model(model):
    layers = dict(model.named_modules())
    for part in parts.describe(model):
        seen = set()
        for row in part["layers"]:
            layer = layers[row["name"]]
            assert row["kind"] == type(layer).__name__
            own = sum(weight.numel() for weight in layer.parameters())
            assert row["parameters"] == (0 if row["name"] in seen else own)
            seen.add(row["name"])


def test_the_last_shapes_are_what_the_model_gives(model):
    described = {part["name"]: part["layers"] for part in parts.describe(model)}
    pixels = torch.Size(described["decoder"][-1]["shape"]).numel()
    assert pixels == model.logits(torch.zeros(1, 2)).numel()
    assert described["output"][0]["shape"] == list(model.logits(torch.zeros(1, 2)).shape[1:])


def test_a_description_leaves_nothing_in_the_model(model):
    before = {name: len(layer._forward_hooks) for name, layer in model.named_modules()}
    parts.describe(model)
    assert {name: len(layer._forward_hooks) for name, layer in model.named_modules()} == before


def test_each_line_of_code_is_where_the_part_says(model):
    for part in parts.describe(model):
        assert part["sources"], part["name"]
        for source in part["sources"]:
            path = Path(source["file"])
            assert path.parts[0] == "vae"
            lines = path.read_text("utf-8").splitlines()
            first = lines[source["line"] - 1].strip()
            assert first.startswith(f"def {source['name'].split('.')[-1]}(")
            assert source["text"].splitlines()[0] == first
            body = {line.strip() for line in lines[source["line"] - 1 :]}
            assert {line.strip() for line in source["text"].splitlines()} <= body
            assert '"""' not in source["text"]
