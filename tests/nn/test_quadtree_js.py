"""The browser's true posterior beside PyTorch's."""

import numpy as np
import pytest
import torch
from scipy.special import ndtri

from tests.support.node import run_module
from vae import library
from vae.data import sets
from vae.data.pixels import observe
from vae.digit import inference
from vae.store import checkpoint, weights

SIDE = 32
DIGITS = [0, 1, 2, 3, 7]
SHARE = 0.2
SCRIPT = """
import { readFileSync } from "node:fs";
import { Decoder } from "COMPONENTS/vae/model.js";
import { flipped } from "COMPONENTS/vae/nn/likelihoods.js";
import { observe } from "COMPONENTS/vae/pixels.js";
import { Table, divide, evidence } from "COMPONENTS/vae/quadtree.js";
import { Weights } from "COMPONENTS/vae/weights.js";

const weights = new Weights(new Uint8Array(readFileSync("FOLDER/decoder.bin")));
const decoder = new Decoder(weights);
const table = new Table(decoder, SIDE);
table.fill(SIDE * SIDE);
const images = new Uint8Array(readFileSync("FOLDER/images.bin"));
const all = new Uint8Array(784).fill(1);
const half = all.map((_, i) => Number(i < 392));
const noisy = flipped(decoder.likelihood, SHARE);
const found = Array.from({ length: images.length / 784 }, (_, k) => {
  const image = observe(images.subarray(784 * k, 784 * (k + 1)), weights.config);
  let cells = table.cells(image, all);
  for (let step = 0; step < 16; step++) {
    cells = divide(cells, decoder, image, all, decoder.likelihood, 12);
  }
  const values = (some) => some.map(({ likelihood }) => likelihood);
  return {
    evidence: evidence(cells),
    area: cells.reduce((sum, { side }) => sum + side * side, 0),
    whole: values(table.cells(image, all)),
    half: values(table.cells(image, half)),
    noisy: values(table.cells(image, all, noisy)),
  };
});
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(library.find("mnist")).model


@pytest.fixture(scope="module")
def images():
    return sets.load_test("mnist").images[DIGITS]


@pytest.fixture(scope="module")
def found(model, images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("quadtree")
    (folder / "decoder.bin").write_bytes(weights.pack(model, "decoder"))
    (folder / "images.bin").write_bytes(images.numpy().tobytes())
    script = SCRIPT.replace("SIDE", str(SIDE)).replace("SHARE", str(SHARE))
    return run_module(script, folder)


def test_log_p_is_what_pytorch_integrates(found, model, images):
    for one, image in zip(found, images, strict=True):
        *_, truth = inference.truths(model, image)
        assert one["evidence"] == pytest.approx(truth.log_evidence, abs=0.15)


def test_the_cells_cover_the_plane_once(found):
    for one in found:
        assert one["area"] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("what", ["whole", "half", "noisy"])
def test_what_each_cell_says_is_the_log_likelihood_of_its_middle(found, model, images, what):
    line = 1.6 * ndtri((np.arange(SIDE) + 0.5) / SIDE)
    places = np.stack(np.meshgrid(line, line, indexing="ij"), -1).reshape(-1, 2)
    with torch.inference_mode():
        chance = model.logits(torch.from_numpy(places).float()).double().sigmoid()
    if what == "noisy":
        chance = SHARE + (1 - 2 * SHARE) * chance
    pixels = observe(images, model.config).double()
    rows = slice(0, 14 if what == "half" else 28)
    for one, image in zip(found, pixels, strict=True):
        terms = image * chance.log() + (1 - image) * torch.log1p(-chance)
        expected = terms[:, rows].sum((1, 2)).numpy()
        assert np.allclose(one[what], expected, atol=0.5, rtol=2e-3)
