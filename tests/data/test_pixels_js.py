"""The browser's twin of vae/data/pixels.py, run by Node."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.node import run_module
from vae.config import ModelConfig
from vae.data.pixels import noise, observe

SCRIPT = """
import { readFileSync } from "node:fs";
import { observe } from "COMPONENTS/vae/pixels.js";
const images = new Uint8Array(readFileSync("FOLDER/images"));
const noise = new Float32Array(new Uint8Array(readFileSync("FOLDER/noise")).buffer);
const config = { side: SIDE, pixels: "PIXELS" };
const all = Array.from({ length: images.length / 784 }, (_, i) =>
  [...observe(images.subarray(784 * i, 784 * (i + 1)), config, noise)],
);
console.log(JSON.stringify(all));
"""


@pytest.mark.parametrize("pixels", ["binarised", "grey"])
@pytest.mark.parametrize("side", [28, 10])
def test_an_image_is_observed_as_in_python(digits, tmp_path, side, pixels):
    config = replace(ModelConfig(), side=side, pixels=pixels, likelihood="bernoulli")
    images = digits.test.images[:40]
    (tmp_path / "images").write_bytes(images.numpy().tobytes())
    (tmp_path / "noise").write_bytes(noise(config).numpy().tobytes())
    script = SCRIPT.replace("SIDE", str(side)).replace("PIXELS", pixels)
    found = np.array(run_module(script, tmp_path), np.float32).reshape(40, side, side)
    assert np.array_equal(found, observe(images, config).numpy())
