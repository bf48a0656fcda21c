import assert from "node:assert/strict";
import { test } from "node:test";

import { halving, nextOf, positionOf } from "../../pages/ui/components/training/life.js";
import { wordsAt } from "../../pages/ui/components/training/time_machine.js";

/** @type {[number, number, number][]} */
const MARKS = [
  [0, 0, 0],
  [10, 0, 0.5],
  [40, 1, 0.25],
  [100, 4, 0],
];

test("moments are fetched the ends first, then halving the gaps, each once", () => {
  assert.deepEqual(halving(5), [0, 4, 2, 1, 3]);
  assert.deepEqual(halving(1), [0]);
  assert.deepEqual(halving(0), []);
  for (const count of [2, 3, 7, 64, 120]) {
    assert.deepEqual([...halving(count)].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
  }
});

test("the moment that is looked at comes before all others, and none twice", () => {
  const known = new Map();
  const order = [];
  for (let step = nextOf(MARKS, known, 2); step !== null; step = nextOf(MARKS, known, 2)) {
    known.set(step, null);
    order.push(step);
  }
  assert.deepEqual(order, [40, 100, 10, 0]);
});

test("a step has its place on the slider between the moments around it", () => {
  assert.equal(positionOf(MARKS, 10), 1);
  assert.equal(positionOf(MARKS, 25), 1.5);
  assert.equal(positionOf(MARKS, 1000), 3);
});

test("a place on the slider is told as epochs and steps", () => {
  assert.equal(wordsAt(MARKS, 0), "epoch 0.00, step 0");
  assert.equal(wordsAt(MARKS, 2.5), "epoch 2.63, step 70");
  assert.equal(wordsAt(MARKS, 3), "epoch 4.00, step 100");
  assert.equal(wordsAt([], 3), "");
});
