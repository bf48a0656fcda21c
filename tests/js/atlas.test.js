import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { PIXELS, blend, locate, readHeader, unpackAtlas } from "../../pages/ui/components/latent_map/atlas.js";

/** A 2 × 2 atlas whose images are of one grey each, packed as pack.py writes down. */
function packed() {
  const header = JSON.stringify({ key: "k", x: [0, 1], y: [0, 2], points: 1 });
  const text = header.padEnd(Math.ceil(header.length / 4) * 4);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  // Left to right and bottom to top 10, 30, 110, 50: what neighbours do not tell, modulo 256.
  const differences = Array.from({ length: PIXELS }, () => [10, 20, 100, 176]).flat();
  const point = new Uint8Array(new Float32Array([0.25, 0.5]).buffer);
  const parts = [bytes, Buffer.from(text), point, Uint8Array.of(7), deflateSync(Uint8Array.from(differences))];
  return new Uint8Array(Buffer.concat(parts));
}

test("an atlas is unpacked as it was packed, and blended between its images", async () => {
  assert.equal(readHeader(packed()).key, "k");
  const atlas = await unpackAtlas(packed());
  assert.deepEqual([...atlas.points, ...atlas.labels], [0.25, 0.5, 7]);
  assert.deepEqual([0, 1, 2, 3].map((i) => atlas.images[i * PIXELS]), [10, 30, 110, 50]);
  const grey = new Uint8ClampedArray(PIXELS);
  blend(atlas, [0.5, 1], grey);
  assert.deepEqual([grey[0], grey[PIXELS - 1]], [50, 50]);
});

test("what is cut off is refused, not shown in part", async () => {
  const whole = packed();
  await assert.rejects(unpackAtlas(whole.subarray(0, whole.length - 20)));
});

test("a position lies at or after its grid line", () => {
  assert.deepEqual(locate([0, 1, 3], 2), [1, 0.5]);
  assert.deepEqual(locate([0, 1, 3], -5), [0, 0]);
  assert.deepEqual(locate([0, 1, 3], 9), [1, 1]);
});
