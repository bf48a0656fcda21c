import assert from "node:assert/strict";
import { test } from "node:test";

import { arrange, chances, drawable, tiling } from "../../pages/ui/components/machine/answers.js";
import { near, nearestDigit } from "../../pages/ui/components/machine/input.js";
import { lengthWords, reachOf, roundLength } from "../../pages/ui/components/machine/lens.js";
import { balance, costsWords, placeWords, signed, spreadWords } from "../../pages/ui/components/machine/words.js";

test("units and channels lie in nearly a square", () => {
  assert.deepEqual(tiling([1024]), { columns: 32, rows: 32, gap: 0, width: 32, height: 32 });
  assert.deepEqual(tiling([512]), { columns: 23, rows: 23, gap: 0, width: 23, height: 23 });
  assert.deepEqual(tiling([32, 14, 14]), { columns: 6, rows: 6, gap: 1, width: 89, height: 89 });
  for (const count of [1, 2, 3, 16, 100, 128, 3136]) {
    const { columns, rows } = tiling([count]);
    assert.ok(columns * rows >= count && columns * (rows - 1) < count);
  }
});

test("each unit has its own square, and where no unit is there is nothing", () => {
  const shades = arrange([0, 0.5, 1, 2, -1], [5], (value) => value);
  assert.deepEqual([...shades], [0, 128, 255, 255, 0, -1]);
});

test("a channel is an image of its own, although a pixel's channels lie together", () => {
  const values = [1, 0, 0, 1, 0, 1, 1, 0]; // 2×2 pixels of two channels: ink at 1, and 2
  const shades = arrange(values, [2, 2, 2], (value) => value);
  // left 1 0 / 0 1, a gap, right 0 1 / 1 0
  assert.deepEqual([...shades], [255, 0, -1, 0, 255, 0, 255, -1, 255, 0]);
});

test("the likeliest cell is the strongest, and lies where it is on the plane", () => {
  const cells = new Float32Array([0, 0, 2, 2]);
  const shades = chances(new Float32Array([0, 20]), cells);
  const strongest = shades.indexOf(255);
  assert.ok(strongest % 64 > 40, "right");
  assert.ok(Math.floor(strongest / 64) < 20, "up");
});

test("activations, waves and the choice of a cell are drawn, and what lies between them is not", () => {
  const layers = [
    ["encoder.0", "Flatten"], ["encoder.1", "Linear"], ["encoder.2", "GELU"], ["head.choice", "Linear"],
    ["head.waves", "FourierFeatures"], ["head.place.1", "GELU"], ["decoder.waves", "FourierFeatures"], ["decoder.1", "ReLU"],
  ].map(([name, kind]) => ({ name, kind, shape: [1], parameters: 0 }));
  const names = drawable(layers).map(({ name }) => name);
  assert.deepEqual(names, ["encoder.2", "head.choice", "decoder.waves", "decoder.1"]);
});

test("the nearest test digit counts only where it is near", () => {
  const encoded = { points: new Float32Array([0, 0, 0.05, 0, 3, 3]), labels: new Uint8Array([1, 2, 3]) };
  assert.equal(nearestDigit(encoded, [0.04, 0]), 1);
  assert.equal(nearestDigit(encoded, [0.01, 0]), 0);
  assert.equal(nearestDigit(encoded, [1.5, 1.5]), null);
  assert.ok(near([0, 0], [0.06, 0.06]) && !near([0, 0], [0.1, 0.1]));
});

test("the magnifier shows the larger deviation whole, and its length is a round one that fits", () => {
  assert.ok(Math.abs(reachOf({ mean: [0, 0], log_var: [2 * Math.log(0.01), 2 * Math.log(0.02)], correlation: 0 }) - 0.064) < 1e-12);
  for (const [longest, length] of [[0.049, 0.02], [0.05, 0.05], [0.0199, 0.01], [1, 1], [7, 5]]) {
    assert.ok(Math.abs(roundLength(longest) - length) < 1e-12);
  }
  assert.deepEqual([0.02, 0.00001, 5].map(lengthWords), ["0.02", "0.00001", "5"]);
});

test("numbers have a minus sign of their own, and none where they are nothing", () => {
  assert.equal(placeWords([-0.42, 1.1]), "(−0.42, 1.10)");
  assert.equal(signed(-0.001), "0.00");
  assert.equal(spreadWords({ mean: [0, 0], log_var: [2 * Math.log(0.02), 2 * Math.log(0.0063)], correlation: 0 }), "0.020 × 0.0063");
});

test("the balance is a share, and there is none where a density makes a cost negative", () => {
  assert.equal(balance({ kl: 10, reconstruction: 90 }), 0.1);
  assert.equal(balance({ kl: 10, reconstruction: -900 }), null);
  assert.match(costsWords({ kl: 10, reconstruction: 90 }), /100\.00 nats: log p\(x\) is at least −100\.00/);
});
