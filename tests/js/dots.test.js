import assert from "node:assert/strict";
import { test } from "node:test";

import { LARGEST, dotSize } from "../../pages/ui/components/latent_map/dots.js";

const ZOOMS = Array.from({ length: 400 }, (_, i) => 1.02 ** i); // a turn of the wheel after the other

test("at home ten thousand dots are small and have no outline", () => {
  assert.deepEqual(dotSize(1, 10_000), { radius: 1.4, outline: 0, opacity: 0.8 });
});

test("a few dots are larger at home, and have no outline there either", () => {
  const { radius, outline } = dotSize(1, 360);
  assert.equal(radius, 3.5);
  assert.equal(outline, 0);
});

test("close up a dot is a disc with an outline", () => {
  const { radius, outline, opacity } = dotSize(8, 10_000);
  assert.ok(radius > 5 && radius < 7);
  assert.ok(outline > 1);
  assert.equal(opacity, 1);
});

test("a dot only grows as one zooms in, never by a jump, and never above its largest", () => {
  for (const count of [300, 10_000, 70_000]) {
    let before = dotSize(ZOOMS[0], count);
    for (const zoom of ZOOMS) {
      const size = dotSize(zoom, count);
      for (const part of /** @type {const} */ (["radius", "outline", "opacity"])) {
        assert.ok(size[part] >= before[part] && size[part] - before[part] < 0.15, `${part} at ${zoom}`);
      }
      assert.ok(size.radius <= LARGEST);
      before = size;
    }
  }
});
