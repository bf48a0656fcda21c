import assert from "node:assert/strict";
import { test } from "node:test";

import { Grid, between } from "../../pages/ui/components/training/grid.js";

const SIDE = 28;
const LEVELS = [10, 50, 90, 130]; // of four images: two columns, the upper row first

/** Four images of one level each, at z1 of −1 and 1, z2 of 2 (above) and −2. */
function four() {
  const grey = new Uint8Array(4 * SIDE * SIDE);
  for (let y = 0; y < 2 * SIDE; y++) {
    for (let x = 0; x < 2 * SIDE; x++) grey[2 * SIDE * y + x] = LEVELS[2 * Math.floor(y / SIDE) + Math.floor(x / SIDE)];
  }
  return new Grid([-1, 1], [2, -2], SIDE, grey);
}

test("a value lies between two numbers, whichever way they go", () => {
  assert.deepEqual(between([0, 1, 3], 2), [1, 0.5]);
  assert.deepEqual(between([3, 1, 0], 2), [0, 0.5]);
  assert.deepEqual(between([0, 1, 3], -5), [0, 0]);
  assert.deepEqual(between([0, 1, 3], 9), [1, 1]);
  assert.deepEqual(between([3, 1, 0], -5), [1, 1]);
  assert.deepEqual(between([4], 2), [0, 0]);
});

test("at a place of the grid is its image, between four their mean, beyond the edge", () => {
  const grid = four();
  const level = (/** @type {[number, number]} */ z) => grid.at(z)[400];
  assert.deepEqual([level([-1, 2]), level([1, 2]), level([-1, -2]), level([1, -2])], LEVELS);
  assert.equal(level([0, 0]), 70);
  assert.equal(level([0, 2]), 30);
  assert.equal(level([9, 9]), 50);
});

test("an image mixes the pixels that belong together, not their neighbours'", () => {
  const grid = four();
  grid.grey[0] = 254; // the first pixel of the upper left image
  assert.equal(grid.at([-1, 2])[0], 254);
  assert.equal(grid.at([1, 2])[0], 50);
  assert.equal(grid.at([0, 2])[0], 152);
});

test("the best image of a picture is the likeliest, not the darkest or the first", () => {
  const grid = four();
  const picture = new Uint8Array(SIDE * SIDE).fill(95);
  assert.equal(grid.best(picture), 2);
  assert.deepEqual(grid.place(2), [-1, -2]);
  assert.equal(grid.best(new Uint8Array(SIDE * SIDE)), 0);
  assert.equal(grid.best(new Uint8Array(SIDE * SIDE).fill(255)), 3);
});

test("the likelihood is Σ x·log p + (1−x)·log(1−p)", () => {
  const picture = new Uint8Array(SIDE * SIDE).fill(51);
  const p = 90 / 255;
  const expected = SIDE * SIDE * (0.2 * Math.log(p) + 0.8 * Math.log(1 - p));
  assert.ok(Math.abs(four().likelihood(2, picture) - expected) < 1e-6);
});
