// What the axes measure: the rings of the prior, and units along two edges.

import { writeHaloed } from "./halo.js";
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
 * What the rings enclose, and the units along two edges.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Theme} theme
 */
export function drawScales(context, viewport, { prior }, theme) {
  const { side } = viewport;
  context.font = `11px ${theme.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  const note = (/** @type {string} */ text, /** @type {Place} */ at) =>
    writeHaloed(context, text, at, theme.quiet, theme.background, 3);
  for (const [share, radius] of prior) {
    const across = radius * Math.SQRT1_2;
    note(`${round(100 * share)}%`, viewport.toScreen([across, across]));
  }
  const [across, up] = viewport.extent;
  const { unit } = AXES[viewport.axes];
  const step = niceStep((70 * 2 * viewport.view.half) / side);
  for (const v of multiples(step, ...across)) {
    const [left] = viewport.fromUnits([v, 0]);
    if (left > 150 && left < side - 40) note(unit(v), [left, side - 9]);
  }
  context.textAlign = "right";
  for (const v of multiples(step, ...up)) {
    const [, top] = viewport.fromUnits([0, v]);
    if (top > 14 && top < side - 20) note(unit(v), [side - 5, top]);
  }
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
