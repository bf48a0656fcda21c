import assert from "node:assert/strict";
import { test } from "node:test";

import { ends, thin, valueAt } from "../../pages/ui/components/training/curves.js";

const steps = Array.from({ length: 1000 }, (_, i) => i + 1);
const falling = steps.map((step) => 150 + 400 * Math.exp(-step / 10)); // steep, and then flat

test("the axis shows what happens once the first steep steps are over", () => {
  const [low, high] = ends([{ steps, values: falling }]);
  assert.ok(low > 140 && low <= 150, `${low}`);
  assert.ok(high < 170, `${high}`);
});

test("all of a short line is shown, and a flat one has room", () => {
  const [low, high] = ends([{ steps: [1, 2, 3], values: [10, 30, 20] }]);
  assert.ok(low < 10 && high > 30);
  const flat = ends([{ steps: [1, 2], values: [5, 5] }]);
  assert.ok(flat[0] < 5 && flat[1] > 5);
  assert.deepEqual(ends([{ steps: [], values: [] }]), [0, 1]);
});

test("what differs by less than a nat is flat", () => {
  const [low, high] = ends([{ steps, values: steps.map((step) => 0.001 * Math.sin(step) + 0.001) }]);
  assert.ok(low <= 0 && high >= 1);
});

test("a cost that is not negative has no axis below zero", () => {
  const [low] = ends([{ steps, values: steps.map((step) => 6 * (1 - Math.exp(-step / 50))) }]);
  assert.equal(low, 0);
});

test("what is not a number is left out", () => {
  const values = [1, NaN, 3, Infinity];
  assert.deepEqual(thin({ steps: [1, 2, 3, 4], values }), [
    [1, 1],
    [3, 3],
  ]);
  assert.ok(ends([{ steps: [1, 2, 3, 4], values }]).every(Number.isFinite));
});

test("a thinned line keeps its peaks, in their order, and has few points", () => {
  const values = steps.map(() => 0);
  values[500] = 9;
  values[501] = -9;
  const kept = thin({ steps, values }, 100);
  assert.ok(kept.length <= 100);
  assert.ok(kept.some(([step, value]) => step === 501 && value === 9));
  assert.ok(kept.some(([step, value]) => step === 502 && value === -9));
  for (let i = 1; i < kept.length; i++) assert.ok(kept[i][0] > kept[i - 1][0]);
});

test("the value at a step is that of the last point before it", () => {
  const line = { steps: [10, 20, 30], values: [1, 2, 3] };
  assert.deepEqual([9, 10, 19, 20, 99].map((step) => valueAt(line, step)), [1, 1, 1, 2, 3]);
  assert.ok(Number.isNaN(valueAt({ steps: [], values: [] }, 1)));
});
