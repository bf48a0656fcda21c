"""The model in the browser, run by Node, against PyTorch: every committed checkpoint."""

import json

import numpy as np
import pytest
import torch

from tests.support.node import run_module
from vae import library
from vae.codec import decode
from vae.data import sets
from vae.data.pixels import observe_set
from vae.objective import expected
from vae.store import checkpoint, weights

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { Decoder, Encoder, expected } from "COMPONENTS/vae/model.js";
import { Weights } from "COMPONENTS/vae/weights.js";
const bytes = (name) => new Uint8Array(readFileSync("FOLDER/" + name)).slice();
const floats = (name) => new Float32Array(bytes(name).buffer);
const decoder = new Decoder(new Weights(bytes("decoder.bin")));
const encoder = new Encoder(new Weights(bytes("encoder.bin")));
const [points, images, given] = [floats("points"), floats("images"), floats("posteriors")];
const decoded = new Uint8ClampedArray(784 * (points.length / 2));
for (let i = 0; i < points.length / 2; i++) {
  decoder.decode(points.subarray(2 * i, 2 * i + 2), decoded.subarray(784 * i, 784 * (i + 1)));
}
const pixels = images.length / COUNT;
const rows = Array.from({ length: COUNT }, (_, i) => {
  const image = images.subarray(pixels * i, pixels * (i + 1));
  const posterior = encoder.posterior(image);
  const [x, y, wide, high, correlation] = given.subarray(5 * i, 5 * i + 5);
  const pytorchs = { mean: [x, y], log_var: [wide, high], correlation };
  const costs = i < 100 ? [posterior, pytorchs].map((p) => expected(decoder, image, p)) : [];
  return { ...posterior, costs };
});
writeFileSync("FOLDER/decoded", decoded);
console.log(JSON.stringify(rows));
"""


def in_the_browser(model, points, images, posterior, folder):
    """What Node gives for points (N, 2) and observed images (M, side, side) with a posterior."""
    for part in ("decoder", "encoder"):
        (folder / f"{part}.bin").write_bytes(weights.pack(model, part))
    (folder / "points").write_bytes(points.numpy().tobytes())
    (folder / "images").write_bytes(images.numpy().tobytes())
    numbers = torch.cat([posterior.mean, posterior.log_var, posterior.correlation[:, None]], 1)
    (folder / "posteriors").write_bytes(numbers.numpy().tobytes())
    rows = run_module(SCRIPT.replace("COUNT", str(len(images))), folder)
    decoded = np.frombuffer((folder / "decoded").read_bytes(), np.uint8)
    return decoded.reshape(len(points), 28, 28), rows


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in library.COMMITTED.glob("*.safetensors"))
)
@torch.inference_mode()
def test_the_browsers_model_equals_pytorch(name, tmp_path, capsys):
    found = checkpoint.load(library.find(name))
    model, points = found.model, found.encoded.mean[:500].contiguous()
    images = observe_set(sets.load_test("mnist").images[:1000], model.config)
    posterior = model.posterior(images)
    decoded, rows = in_the_browser(model, points, images, posterior, tmp_path)

    off = np.abs(decoded.astype(int) - decode(model, points).numpy())
    assert off.mean() <= 0.02
    assert off.max() <= 1

    apart = np.abs(np.array([row["mean"] for row in rows]) - posterior.mean.numpy()).max(1)
    assert (apart < 0.002).mean() >= 0.999
    same = apart < 0.002  # another cell is another posterior
    with capsys.disabled():
        print(f" {name}: {(~same).sum()} of 1,000 digits elsewhere", end="")
    spread = np.array([row["log_var"] for row in rows]) - posterior.log_var.numpy()
    tilt = np.array([row["correlation"] for row in rows]) - posterior.correlation.numpy()
    assert np.abs(spread[same]).max() < 0.01
    assert np.abs(tilt[same]).max() < 0.01

    terms = expected(model, images[:100], nodes=3)
    for term in ("reconstruction", "kl"):
        own, pytorchs = np.array([[cost[term] for cost in row["costs"]] for row in rows[:100]]).T
        true = getattr(terms, term).numpy()
        assert np.abs(pytorchs - true).max() <= 0.05, f"{term} at the same posterior"
        # A sharp decoder changes by more where half precision moves the posterior a little.
        near = np.abs(own - true)[same[:100]] <= 0.05
        assert near.mean() >= 0.98, f"{term} from pixels to nats"


def test_a_missing_weight_is_named(model, tmp_path):
    content = weights.pack(model, "encoder")
    (tmp_path / "encoder.bin").write_bytes(content)
    words = run_module(
        """
        import { readFileSync } from "node:fs";
        import { Decoder } from "COMPONENTS/vae/model.js";
        import { Weights } from "COMPONENTS/vae/weights.js";
        try {
          new Decoder(new Weights(new Uint8Array(readFileSync("FOLDER/encoder.bin")).slice()));
        } catch (error) {
          console.log(JSON.stringify(error.message));
        }
        """,
        tmp_path,
    )
    assert words == "The model's file has no weights named decoder.plane.weight."


def test_what_half_precision_cannot_hold_stays_in_single_precision(model):
    with torch.no_grad():
        model.decoder.blocks[0].weight[0, 0] = 1e6
    content = weights.pack(model, "decoder")
    size = int.from_bytes(content[:4], "little")
    entries = {entry["name"]: entry for entry in json.loads(content[4 : 4 + size])["tensors"]}
    entry = entries["decoder.blocks.0.weight"]
    assert entry["dtype"] == "f32"
    first = np.frombuffer(content, "<f4", 1, 4 + size + entry["start"])
    assert first[0] == 1e6
    assert entries["decoder.out.weight"]["dtype"] == "f16"
    assert entries["decoder.plane.weight"]["dtype"] == "f32", "into the plane"
