"""Where the tour sends a hand, on every committed map."""

import numpy as np
import pytest

from pages.ui.components.latent_map.pack import pack
from tests.support.node import run_module
from vae import library
from vae.latent.neighbours import Neighbours
from vae.store import checkpoint

SCRIPT = """
import { readFileSync } from "node:fs";
import { readPlane } from "COMPONENTS/latent_map/plane.js";
import { findBorder } from "COMPONENTS/tour/border.js";
const bytes = new Uint8Array(readFileSync("FOLDER/plane"));
console.log(JSON.stringify(findBorder(readPlane(bytes, "key"))));
"""


@pytest.mark.parametrize("name", library.checkpoints())
def test_at_the_border_that_is_found_a_4_becomes_a_9(name, tmp_path):
    found = checkpoint.load(library.find(name))
    (tmp_path / "plane").write_bytes(pack(name, found.encoded, found.labels))
    border = run_module(SCRIPT, tmp_path)
    assert (border["from"], border["to"]) == (4, 9)
    line = np.linspace(-0.15, 0.15, 31)
    around = np.stack(np.meshgrid(line, line), -1) + border["place"]  # (31, 31, 2)
    classes, _ = Neighbours(found.encoded.mean, found.labels).winners(around.reshape(-1, 2))
    classes = classes.reshape(31, 31)
    assert np.isin([4, 9], classes).all()
    pairs = [(classes[:, :-1], classes[:, 1:]), (classes[:-1], classes[1:])]
    assert any(((a == 4) & (b == 9) | (a == 9) & (b == 4)).any() for a, b in pairs)
