import assert from "node:assert/strict";
import { test } from "node:test";

import { Glide, HALVES, mixImages, mixPoints, windowFor } from "../../pages/ui/components/training/motion.js";

test("points go in a straight line and do not leave the window", () => {
  const mixed = mixPoints(new Float32Array([0, 0, 0, 0]), new Float32Array([2, -2, 100, 1]), 0.5, 4);
  assert.deepEqual([...mixed], [1, -1, Math.fround(0.995 * 4), 0.5]);
});

test("the window stands still until too many points are outside, and never shrinks", () => {
  const points = new Float32Array(2000);
  assert.equal(windowFor(points, 4), 4);
  points[0] = 50; // one that strays
  assert.equal(windowFor(points, 4), 4);
  for (let i = 0; i < 200; i += 2) points[i] = 5;
  assert.equal(windowFor(points, 4), 6);
  assert.equal(windowFor(new Float32Array(2000), 6), 6);
  points.fill(1000);
  assert.equal(windowFor(points, 4), HALVES[HALVES.length - 1]);
});

test("a glide starts where the points are, also in the middle of one, and ends where they should be", () => {
  const glide = new Glide(new Float32Array([0, 0]));
  glide.aim(new Float32Array([1, 0]), 1000, 200);
  assert.deepEqual([...glide.at(1000, 4)], [0, 0]);
  assert.deepEqual([...glide.at(1100, 4)], [0.5, 0]);
  glide.aim(new Float32Array([0.5, 1]), 1100, 200); // the next frame is early
  assert.deepEqual([...glide.at(1100, 4)], [0.5, 0]);
  assert.deepEqual([...glide.at(1300, 4)], [0.5, 1]);
  assert.deepEqual([...glide.at(9000, 4)], [0.5, 1]);
  assert.equal(glide.part(9000), 1);
});

test("without time it jumps, as who wants less motion has asked", () => {
  const glide = new Glide(new Float32Array([0, 0]));
  glide.aim(new Float32Array([1, 1]), 1000, 0);
  assert.deepEqual([...glide.at(1000, 4)], [1, 1]);
});

test("another number of points is not mixed with the one before", () => {
  const glide = new Glide(new Float32Array([0, 0]));
  glide.aim(new Float32Array([1, 1, 2, 2]), 0, 100);
  assert.deepEqual([...glide.at(50, 4)], [1, 1, 2, 2]);
});

test("images are mixed level by level", () => {
  assert.deepEqual([...mixImages(new Uint8Array([0, 200]), new Uint8Array([100, 100]), 0.25)], [25, 175]);
});
