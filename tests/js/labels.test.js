import assert from "node:assert/strict";
import { test } from "node:test";

import { visibleLabels } from "../../pages/ui/components/latent_map/labels.js";
import { initialState } from "../../pages/ui/components/latent_map/state.js";
import { Viewport } from "../../pages/ui/components/latent_map/viewport.js";

/** @import { Place } from "../../pages/ui/components/latent_map/protocol.js" */

const SIDE = 650; // a label is 25 pixels high
const HALF = 3.25; // and 100 pixels are one prior deviation

/**
 * The labels that are to be seen of two classes' islands, with the hand somewhere.
 * @param {Place[]} zeros
 * @param {Place[]} ones
 * @param {Partial<import("../../pages/ui/components/latent_map/state.js").State>} [parts]
 */
function labelsOf(zeros, ones, parts = {}) {
  const viewport = new Viewport({ side: SIDE, view: { x: 0, y: 0, half: HALF } });
  const plane = /** @type {any} */ ({ islands: [zeros, ones] });
  const found = visibleLabels({ ...initialState(), viewport, z: [3, 3], ...parts }, plane);
  return found.map(({ label, at }) => `${label} at ${at.map(Math.round)}`);
}

test("each island has its label, the largest of all classes first", () => {
  assert.deepEqual(labelsOf([[0, 0], [1, 1]], [[-1, 0]]), ["0 at 325,325", "1 at 225,325", "0 at 425,225"]);
});

test("a label that would stand on that of a larger island is left out", () => {
  assert.deepEqual(labelsOf([[0, 0], [1, 1]], [[1.05, 1.1]]), ["0 at 325,325", "1 at 430,215"]);
});

test("a label under the hand is left out, and no other", () => {
  assert.deepEqual(labelsOf([[0, 0]], [[0.6, 0]], { z: [0.05, 0] }), ["1 at 385,325"]);
});

test("a hidden class has no labels", () => {
  const { view } = initialState();
  assert.deepEqual(labelsOf([[0, 0]], [[1, 0]], { view: { ...view, hidden: "0" } }), ["1 at 425,325"]);
});
