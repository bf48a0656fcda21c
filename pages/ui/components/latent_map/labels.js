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
 * A class's digit on each of its islands (colour alone tells nobody enough), but not under the cursor.
 * @param {State} state
 * @param {Plane} plane
 * @returns {{label: number, at: Place}[]}
 */
export function visibleLabels({ viewport, z, view }, { islands }) {
  const shown = shownClasses(view);
  const [left, top] = viewport.toScreen(z);
  const size = labelSize(viewport);
  const found = [];
  for (const [label, places] of islands.entries()) {
    for (const place of shown[label] ? places : []) {
      const at = viewport.toScreen(place);
      const aside = Math.abs(at[0] - left) > CURSOR + 0.4 * size;
      if (aside || Math.abs(at[1] - top) > CURSOR + 0.5 * size) found.push({ label, at });
    }
  }
  return found;
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
