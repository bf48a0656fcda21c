import assert from "node:assert/strict";
import { test } from "node:test";

import { countNear, describePlace, likeness } from "../../pages/ui/components/latent_map/neighbours.js";

const points = new Float32Array([0, 0, 0.05, 0, 0, 0.05, 1, 1, 2, 2]);
const labels = new Uint8Array([8, 8, 8, 3, 3]);

test("a place is like the class that most of its nearest test digits have", () => {
  const like = likeness({ points, labels }, [0, 0]);
  assert.deepEqual([like.label, like.share, like.asked, like.distance], [8, 0.6, 5, 0]);
  const counts = countNear({ points, labels }, [0, 0], 0.1);
  assert.deepEqual([counts[8], counts[3]], [3, 0]);
  const { headline, detail } = describePlace(like, counts, 0.1);
  assert.equal(headline, "most like an 8, 60% of the 5 nearest");
  assert.equal(detail, "3 test digits within 0.1 of here");
});

test("where nothing is near that is said first, and no class with certainty", () => {
  const z = [0, -1.3];
  const nothing = new Array(10).fill(0);
  const like = likeness({ points, labels }, z);
  const { headline, detail } = describePlace(like, nothing, 0.1);
  assert.equal(headline, "Nothing near: the model is guessing");
  assert.equal(detail, "The nearest test digits are mostly 8s, 1.3 away");
  assert.match(describePlace({ ...like, share: 1 }, nothing, 0.1).detail, /are 8s, 1\.3 away/);
  assert.match(describePlace({ ...like, share: 0.4 }, nothing, 0.1).detail, /of several classes/);
});
