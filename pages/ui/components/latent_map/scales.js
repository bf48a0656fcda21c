// What the axes measure: the rings of the prior, and units along the upper and the right edge.

import { writeHaloed, writeOnPlate } from "./halo.js";
import { AXES, ring, round } from "./viewport.js";

/**
 * @import { Theme } from "./colour.js"
 * @import { Plane } from "./plane.js"
 * @import { Place } from "./protocol.js"
 * @import { Viewport } from "./viewport.js"
 */

/**
 * Where the prior is: rings that enclose given shares of it.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Theme} theme
 */
export function drawPrior(context, viewport, { prior }, theme) {
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  for (const [, radius] of prior) {
    context.beginPath();
    tracePlaces(context, viewport, ring([0, 0], radius));
    context.closePath();
    context.stroke();
  }
}

/**
 * A line through places of the plane.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Place[]} places
 */
export function tracePlaces(context, viewport, places) {
  places.forEach((z, i) => context[i ? "lineTo" : "moveTo"](...viewport.toScreen(z)));
}

/**
 * What the rings enclose, and the units along two edges: buttons have the lower one.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Theme} theme
 */
export function drawScales(context, viewport, { prior, islands }, theme) {
  const { side } = viewport;
  context.font = `13px ${theme.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const [share, radius] of prior) {
    const at = viewport.toScreen(freePlace(radius, islands.flat()));
    writeHaloed(context, `${round(100 * share)}%`, at, theme.text, theme.background, 5);
  }
  const [across, up] = viewport.extent;
  const { unit } = AXES[viewport.axes];
  const step = niceStep((70 * 2 * viewport.view.half) / side);
  for (const v of multiples(step, ...across)) {
    const [left] = viewport.fromUnits([v, 0]);
    if (left > 16 && left < side - 48) writeOnPlate(context, unit(v), [left, 12], theme);
  }
  for (const v of multiples(step, ...up)) {
    const [, top] = viewport.fromUnits([0, v]);
    if (top > 28 && top < side - 12) writeOnPlate(context, unit(v), [side - 4, top], theme, 1);
  }
}

/**
 * A place on a ring, up on the right, that is far from the digits on the islands.
 * @param {number} radius
 * @param {Place[]} taken
 */
export function freePlace(radius, taken) {
  const room = (/** @type {Place} */ [x, y]) => Math.min(...taken.map(([left, up]) => Math.hypot(left - x, up - y)));
  const places = ring([0, 0], radius, 48).slice(2, 11); // from 15° to 75°
  return places.reduce((best, place) => (room(place) > room(best) ? place : best));
}

/**
 * The smallest of 1, 2, 5, 10… times a power of ten that is no less.
 * @param {number} least
 */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((n) => n * power >= least) ?? 10);
}

/**
 * @param {number} step
 * @param {number} low
 * @param {number} high
 */
export function multiples(step, low, high) {
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}
