"""The browser's twin of vae/training/packed.py, and where the map has a digit, run by Node."""

import json

import numpy as np
import pytest

from tests.support import node
from vae.training.packed import pack, unpack

READ = """
import { readFileSync } from "node:fs";
import { unpack } from "COMPONENTS/training/packed.js";
const { header, parts } = unpack(new Uint8Array(readFileSync("FOLDER/packed.bin")));
const told = Object.entries(parts).map(([name, { values, shape }]) => [name, [...values], shape]);
console.log(JSON.stringify({ header, told }));
"""


def read(content, folder):
    """What the browser makes of packed bytes."""
    (folder / "packed.bin").write_bytes(content)
    found = node.run_module(READ, folder)
    parts = {name: np.array(values).reshape(shape) for name, values, shape in found["told"]}
    return found["header"], parts


def test_the_browser_reads_every_type_that_a_trainer_writes(tmp_path):
    random = np.random.default_rng(0)
    parts = {
        "bytes": random.integers(0, 256, (3, 5), np.uint8),
        "short": random.integers(-(2**15), 2**15, 7).astype("<i2"),
        "long": random.integers(0, 2**32, 4).astype("<u4"),
        "half": np.array([0, 1, -2.5, 6e-8, 65504, 1 / 3], "<f2"),
        "single": random.normal(size=(2, 2, 3)).astype("<f4"),
        "none": np.empty((0, 2), "<f4"),
    }
    header, found = read(pack({"step": 3, "words": "β = 4, ü"}, parts), tmp_path)
    assert header == {"step": 3, "words": "β = 4, ü"}
    assert list(found) == list(parts)
    for name, part in parts.items():
        assert np.array_equal(found[name], part.astype(float)), name


@pytest.mark.parametrize("name", ["digits", "curves", "moment"])
def test_the_browser_reads_what_a_real_training_has_left(trained, tmp_path, name):
    snapshots = sorted((trained.folder / "snapshots").glob("*.bin"))
    path = snapshots[-1] if name == "moment" else trained.folder / "live" / f"{name}.bin"
    expected = unpack(path.read_bytes())
    header, found = read(path.read_bytes(), tmp_path)
    assert header == json.loads(json.dumps(expected.header))
    assert list(found) == list(expected.parts)
    for key, part in expected.parts.items():
        assert np.array_equal(found[key], part.astype(float)), key
