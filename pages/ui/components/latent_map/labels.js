// The digits that are written on the islands of the classes.

import { brush } from "./elements.js";
import { writeHaloed } from "./halo.js";
import { shownClasses } from "./state.js";

/**
 * @import { Theme } from "./colour.js"
 * @import { Plane } from "./plane.js"
 * @import { Place } from "./protocol.js"
 * @import { State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 */

const CURSOR = 12; // CSS pixels: the radius of the cursor's ring with its halo

/**
 * A class's digit on each of its islands (colour alone tells nobody enough), but not under the cursor, and
 * not over that of a larger island.
 * @param {State} state
 * @param {Plane} plane
 * @returns {{label: number, at: Place}[]}
 */
export function visibleLabels({ viewport, z, view }, plane) {
  const islands = plane.middles ?? plane.islands;
  const shown = shownClasses(view);
  const cursor = viewport.toScreen(z);
  const size = labelSize(viewport);
  /** @type {{label: number, at: Place}[]} */
  const found = [];
  const most = Math.max(...islands.map((places) => places.length));
  for (let rank = 0; rank < most; rank++) {
    for (const [label, places] of islands.entries()) {
      if (!shown[label] || !places[rank]) continue;
      const at = viewport.toScreen(places[rank]);
      const clear = found.every((other) => apart(at, other.at, 0.8 * size, size));
      if (clear && apart(at, cursor, CURSOR + 0.4 * size, CURSOR + 0.5 * size)) found.push({ label, at });
    }
  }
  return found;
}

/**
 * @param {Place} one
 * @param {Place} other
 * @param {number} across
 * @param {number} down
 */
function apart(one, other, across, down) {
  return Math.abs(one[0] - other[0]) > across || Math.abs(one[1] - other[1]) > down;
}

/** @param {Viewport} viewport */
function labelSize({ side }) {
  return Math.round(side / 26);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Viewport} viewport
 * @param {{label: number, at: Place}[]} labels
 * @param {Theme} theme
 */
export function drawLabels(canvas, viewport, labels, theme) {
  const context = brush(canvas);
  context.clearRect(0, 0, viewport.side, viewport.side);
  context.font = `700 ${labelSize(viewport)}px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { label, at } of labels) {
    writeHaloed(context, String(label), at, theme.text, theme.background, 5);
  }
}
