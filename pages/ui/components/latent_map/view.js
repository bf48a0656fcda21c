// How the map is looked at, in the words that pages/ui/view.py reads.

import { DECIMALS, USUAL_VIEW } from "./protocol.js";

/**
 * @import { ViewParts } from "./protocol.js"
 * @import { Viewport } from "./viewport.js"
 */

/**
 * A number as addresses have it.
 * @param {number} value
 */
export function spellNumber(value) {
  return String(Number(value.toFixed(DECIMALS)) + 0);
}

/**
 * What of a view is not usual.
 * @param {ViewParts} view
 * @param {Viewport} viewport
 * @returns {Record<string, string>}
 */
export function viewWords(view, viewport) {
  const { x, y, half } = viewport.view;
  /** @type {[string, unknown][]} */
  const parts = Object.entries({ ...view, window: viewport.atHome ? null : [x, y, half] });
  const usual = new Map(Object.entries(USUAL_VIEW));
  const changed = parts.filter(([part, value]) => value !== null && value !== usual.get(part));
  const words = (/** @type {unknown} */ value) =>
    Array.isArray(value) ? value.map(spellNumber).join(",") : String(value);
  return Object.fromEntries(changed.map(([part, value]) => [part, words(value)]));
}

/**
 * The view that a server's words describe.
 * @param {Record<string, string>} words
 */
export function readView(words) {
  const numbers = (/** @type {string | undefined} */ text) => text?.split(",").map(Number) ?? null;
  const { a, b, window } = words;
  const view = { ...USUAL_VIEW, ...words, a: numbers(a), b: numbers(b), window: numbers(window) };
  return /** @type {ViewParts} */ ({ ...view, tiles: Number(view.tiles) });
}
