import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress } from "../../pages/ui/components/saved_page/address.js";
import { fromSevenBits } from "../../pages/ui/components/saved_page/files.js";
import { normals } from "../../pages/ui/components/saved_page/random.js";

test("an address says where to look", () => {
  const { z, view } = readAddress("?z1=0.5&z2=-1&layer=stretch&top=nothing&tiles=9&a=1,2&window=0,0,0.5&hidden=83");
  assert.deepEqual(z, [0.5, -1]);
  assert.deepEqual([view.layer, view.top, view.tiles], ["stretch", "nothing", 9]);
  assert.equal(view.hidden, "38");
  assert.deepEqual([view.a, view.b, view.window], [[1, 2], null, [0, 0, 0.5]]);
});

test("what makes no sense in an address is left out", () => {
  for (const search of ["", "?z1=NaN&z2=Infinity", "?layer=toString&top=&axes=log", "?tiles=1e9&a=1&window=0,0,-1", "?hidden=33", "?hidden=3x"]) {
    const { z, view } = readAddress(search);
    assert.deepEqual(z, [0, 0]);
    assert.deepEqual([view.layer, view.top, view.axes, view.tiles], ["nothing", null, "z", 20]);
    assert.equal(view.hidden, "");
    assert.deepEqual([view.a, view.b, view.window], [null, null, null]);
  }
});

test("seven bits a character make eight a byte", () => {
  assert.deepEqual([...fromSevenBits("\x7f\x40")], [0xff]);
  // 0000000 0000001 1000000, the first character written 256 higher
  assert.deepEqual([...fromSevenBits("\u0100\x01\x40")], [0, 0b00000110]);
});

test("samples are N(0, 1), and the same for the same seed", () => {
  const draw = (/** @type {number} */ seed, count = 20_000) => {
    const next = normals(seed);
    return Array.from({ length: count }, () => next());
  };
  assert.deepEqual(draw(7, 5), draw(7, 5));
  assert.notDeepEqual(draw(7, 5), draw(8, 5));
  const numbers = draw(1);
  const mean = (/** @type {number[]} */ some) => some.reduce((sum, v) => sum + v, 0) / some.length;
  assert.ok(Math.abs(mean(numbers)) < 0.03);
  assert.ok(Math.abs(mean(numbers.map((v) => v * v)) - 1) < 0.04);
  const below = mean(numbers.map((v) => Number(v < 1)));
  assert.ok(Math.abs(below - 0.8413) < 0.01);
});
