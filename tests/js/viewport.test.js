import assert from "node:assert/strict";
import { test } from "node:test";

import { cdf } from "../../pages/ui/components/latent_map/normal.js";
import { freePlace, multiples, niceStep } from "../../pages/ui/components/latent_map/scales.js";
import { tileMiddles, Viewport } from "../../pages/ui/components/latent_map/viewport.js";

const close = (a, b) => a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) < 1e-9, `${a} is not ${b}`));

test("a place comes back from the screen, on either axes", () => {
  for (const axes of ["z", "percentiles"]) {
    const viewport = new Viewport({ side: 600 }).show(axes).zoom(0.4, [120, 450]).pan(13, -7);
    close(viewport.toPlane(viewport.toScreen([0.7, -1.3])), [0.7, -1.3]);
  }
});

test("the middle of the plane is the middle of the screen, and up is up", () => {
  const viewport = new Viewport({ side: 600 });
  close(viewport.toScreen([0, 0]), [300, 300]);
  close(viewport.toScreen([3, 3]), [600, 0]);
  const square = viewport.show("percentiles");
  close(square.toScreen([0.5, -1]), [600 * cdf(0.5), 600 * (1 - cdf(-1))]);
});

test("zooming keeps the place under the finger, and has its limits", () => {
  const viewport = new Viewport({ side: 600 });
  const at = [150, 420];
  close(viewport.zoom(0.3, at).toPlane(at), viewport.toPlane(at));
  assert.equal(viewport.zoom(1e-9, at).view.half, 3 / 200);
  assert.equal(viewport.zoom(1e9, at).view.half, 3);
});

test("panning moves the plane with the finger and changes no other viewport", () => {
  const viewport = new Viewport({ side: 600 });
  const place = viewport.toPlane([100, 100]);
  close(viewport.pan(40, 25).toScreen(place), [140, 125]);
  assert.ok(viewport.atHome);
});

test("the first fit shows most points, and the next all of the map", () => {
  const points = new Float32Array(4000).map((_, i) => Math.sin(i * 12.9898) * 2);
  points[0] = 9;
  const lines = [-9, 9.5];
  const viewport = new Viewport({ side: 600 }).fit({ points, x: lines, y: lines });
  assert.ok(viewport.view.half > 1.9 && viewport.view.half < 2.5);
  assert.deepEqual(viewport.fitNext().extent, [lines, lines]);
  assert.ok(viewport.fitNext().fitNext().atHome);
});

test("tiles lie evenly in what is seen, the first row on top", () => {
  const [xs, ys] = tileMiddles(new Viewport({ side: 600 }), 4);
  close(xs, [-2.25, -0.75, 0.75, 2.25]);
  close(ys, [2.25, 0.75, -0.75, -2.25]);
});

test("scales are written at round numbers", () => {
  assert.equal(niceStep(0.3), 0.5);
  assert.equal(niceStep(6), 10);
  close(multiples(0.5, -0.7, 1.1), [-0.5, 0, 0.5, 1]);
});

test("what a ring holds is written on it, away from the digits of the islands", () => {
  for (const taken of [[], [[2, 1]], [[1, 2], [0, 0]]]) {
    const place = freePlace(Math.sqrt(5), taken);
    close([Math.hypot(...place)], [Math.sqrt(5)]);
    for (const digit of taken) assert.ok(Math.hypot(place[0] - digit[0], place[1] - digit[1]) > 0.9);
  }
});
