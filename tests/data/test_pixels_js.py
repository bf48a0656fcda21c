"""The browser's twin of vae/data/pixels.py, run by Node."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.node import run_module
from vae.config import ModelConfig
from vae.data.pixels import observe

SCRIPT = """
import { readFileSync } from "node:fs";
import { observe } from "COMPONENTS/vae/pixels.js";
const images = new Uint8Array(readFileSync("FOLDER/images"));
const config = { side: SIDE };
const all = Array.from({ length: images.length / 784 }, (_, i) =>
  [...observe(images.subarray(784 * i, 784 * (i + 1)), config)],
);
console.log(JSON.stringify(all));
"""


@pytest.mark.parametrize("side", [28, 10])
def test_an_image_is_observed_as_in_python(digits, tmp_path, side):
    config = replace(ModelConfig(), side=side)
    images = digits.test.images[:40]
    (tmp_path / "images").write_bytes(images.numpy().tobytes())
    script = SCRIPT.replace("SIDE", str(side))
    found = np.array(run_module(script, tmp_path), np.float32).reshape(40, side, side)
    assert np.array_equal(found, observe(images, config).numpy())
