import assert from "node:assert/strict";
import { test } from "node:test";

import { locate } from "../../pages/ui/components/latent_map/overlays.js";
import { readPlane } from "../../pages/ui/components/latent_map/plane.js";

/** A plane with one encoded point, packed as pack.py writes down. */
function packed() {
  const header = JSON.stringify({ name: "n", x: [0, 1], y: [0, 2], points: 1 });
  const text = header.padEnd(Math.ceil(header.length / 4) * 4);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  const point = new Uint8Array(new Float32Array([0.25, 0.5]).buffer);
  return new Uint8Array(Buffer.concat([bytes, Buffer.from(text), point, Uint8Array.of(7)]));
}

test("a plane is read as it was packed", () => {
  const plane = readPlane(packed(), "k");
  assert.deepEqual([plane.key, plane.name, ...plane.y], ["k", "n", 0, 2]);
  assert.deepEqual([...plane.points, ...plane.labels], [0.25, 0.5, 7]);
});

test("what is cut off is refused, not shown in part", () => {
  const whole = packed();
  for (const length of [2, 20, whole.length - 1]) {
    assert.throws(() => readPlane(whole.subarray(0, length), "k"));
  }
});

test("a position lies at or after its grid line", () => {
  assert.deepEqual(locate([0, 1, 3], 2), [1, 0.5]);
  assert.deepEqual(locate([0, 1, 3], -5), [0, 0]);
  assert.deepEqual(locate([0, 1, 3], 9), [1, 1]);
});
