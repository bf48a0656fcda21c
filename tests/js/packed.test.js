import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesOf, numbersOf, unpack } from "../../pages/ui/components/training/packed.js";

// What vae/training/packed.py writes; tests/ui/components/test_training.py compares the two.
const HEADER = { step: 7, parts: [["labels", "u1", [3]], ["points", "f4", [3, 2]], ["half", "f2", [2]]] };

/** @param {object} header */
function packed(header) {
  let text = JSON.stringify(header);
  text += " ".repeat((8 - ((4 + text.length) % 8)) % 8);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(text.length);
  const points = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6.5]).buffer);
  const half = Buffer.from(new Uint16Array([0x3c00, 0xc100]).buffer);
  const zeros = (/** @type {number} */ count) => Buffer.alloc(count);
  return new Uint8Array(
    Buffer.concat([head, Buffer.from(text), Buffer.from([4, 5, 6]), zeros(5), points, half, zeros(4)]),
  );
}

test("what was packed is unpacked: each array where it starts, halves widened", () => {
  const found = unpack(packed(HEADER));
  assert.deepEqual(found.header, { step: 7 });
  assert.deepEqual([...bytesOf(found, "labels")], [4, 5, 6]);
  assert.deepEqual([...numbersOf(found, "points")], [1, 2, 3, 4, 5, 6.5]);
  assert.deepEqual([...numbersOf(found, "half")], [1, -2.5]);
});

test("it need not start where its buffer does", () => {
  const bytes = packed(HEADER);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assert.deepEqual([...numbersOf(unpack(shifted.subarray(3)), "points")], [1, 2, 3, 4, 5, 6.5]);
});

test("bytes that are cut off, or that say more than there is, are refused", () => {
  const bytes = packed(HEADER);
  for (const length of [0, 3, 20, bytes.length - 8]) assert.throws(() => unpack(bytes.subarray(0, length)));
  assert.throws(() => unpack(packed({ parts: [["points", "f4", [1e9, 2]]] })), /cut off/);
  assert.throws(() => bytesOf(unpack(bytes), "points"), /there are no points/);
});
