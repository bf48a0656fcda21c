import assert from "node:assert/strict";
import { test } from "node:test";

import { SHADES, shades } from "../../pages/ui/components/latent_map/colour.js";

test("shades go from the paper's colour most of the way to the ink's, opaque", () => {
  const ramp = shades([250, 240, 230], [10, 20, 30]);
  const at = (i) => [...ramp.slice(4 * i, 4 * i + 4)];
  assert.deepEqual(at(0), [250, 240, 230, 255]);
  assert.deepEqual(at(SHADES - 1), [58, 64, 70, 255]);
});
