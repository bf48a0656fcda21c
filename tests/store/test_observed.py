"""What the layers of the browser's model answer, run by Node, against forward hooks in PyTorch."""

import json
from collections import Counter

import numpy as np
import pytest
import torch

from tests.support.node import run_module
from vae import library
from vae.data import sets
from vae.data.pixels import observe_set
from vae.store import checkpoint, weights

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { Decoder, Encoder } from "COMPONENTS/vae/model.js";
import { Weights } from "COMPONENTS/vae/weights.js";
const bytes = (name) => new Uint8Array(readFileSync("FOLDER/" + name)).slice();
const floats = (name) => new Float32Array(bytes(name).buffer);
const decoder = new Decoder(new Weights(bytes("decoder.bin")));
const encoder = new Encoder(new Weights(bytes("encoder.bin")));
const heard = [];
const observe = (name, values) => heard.push([name, [...values]]);
const plain = [...decoder.logits(floats("z"))];
const watched = [...decoder.logits(floats("z"), observe)];
const quiet = encoder.posterior(floats("image"));
const loud = encoder.posterior(floats("image"), observe);
console.log(JSON.stringify({ heard, same: [[plain, watched], [quiet, loud]] }));
"""
SHAPING = {"Flatten", "Unflatten"}  # they compute nothing, and the browser leaves some of them out


@torch.inference_mode()
def hooked(model, z, image):
    """What every leaf module gives in PyTorch, in the order of the calls: name, kind, answer."""
    calls = []

    def note(name):
        return lambda module, _, out: calls.append((name, type(module).__name__, out[0].clone()))

    hooks = [
        module.register_forward_hook(note(name))
        for name, module in model.named_modules()
        if not list(module.children()) and not name.startswith("likelihood")
    ]
    model.logits(z)
    model.posterior(image)
    for hook in hooks:
        hook.remove()
    return calls


def as_the_browser_has_it(answer):
    """(channels, height, width) as (height, width, channels), flat."""
    return (answer.permute(1, 2, 0) if answer.dim() == 3 else answer).flatten().numpy()


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in library.COMMITTED.glob("*.safetensors"))
)
def test_every_layer_answers_as_in_pytorch(name, tmp_path):
    found = checkpoint.load(library.find(name))
    model, z = found.model, found.encoded.mean[7:8].contiguous()
    image = observe_set(sets.load_test("mnist").images[:8], model.config)[7:8]
    for part in ("decoder", "encoder"):
        (tmp_path / f"{part}.bin").write_bytes(weights.pack(model, part))
    (tmp_path / "z").write_bytes(z.numpy().tobytes())
    (tmp_path / "image").write_bytes(image.numpy().tobytes())
    told = run_module(SCRIPT, tmp_path)

    for quiet, loud in told["same"]:
        assert json.dumps(quiet) == json.dumps(loud), "who observes changes nothing"

    calls = hooked(model, z, image)
    seen: Counter[str] = Counter()
    answers = {}
    for layer, values in told["heard"]:
        answers[layer, seen[layer]] = np.array(values)
        seen[layer] += 1
    again: Counter[str] = Counter()
    for layer, kind, answer in calls:
        key = (layer, again[layer])
        again[layer] += 1
        if key not in answers:
            assert kind in SHAPING, f"{key} is not told in the browser"
            continue
        true = as_the_browser_has_it(answer)
        if kind in SHAPING and len(true) == len(answers[key]):
            continue  # another order of the same numbers
        near = 0.01 * max(1.0, np.abs(true).max())  # half precision, over all layers before
        assert np.abs(answers.pop(key) - true).max() < near, key
    left = {key for key in answers if key[0] not in {n for n, kind, _ in calls if kind in SHAPING}}
    assert not left, "told in the browser, but no layer in PyTorch"
