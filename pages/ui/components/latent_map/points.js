// The encoded images on the map, as points, as glyphs or as contours, and what the axes measure.

import { brush } from "./elements.js";
import { topShown } from "./state.js";
import { AXES, ring, round } from "./viewport.js";

/**
 * @import { Plane } from "./plane.js"
 * @import { Theme } from "./colour.js"
 * @import { Axes, Place } from "./protocol.js"
 * @import { State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 */

const ROOM = 500; // points that can be seen as glyphs
const CURSOR = 12; // CSS pixels: the radius of the cursor's ring with its halo

/** @type {WeakMap<Plane, Partial<Record<Axes, Float32Array>>>} */
const placed = new WeakMap();

/**
 * The points in the units of the axes, computed once.
 * @param {Plane} plane
 * @param {Axes} axes
 */
function pointsAlong(plane, axes) {
  const known = placed.get(plane) ?? {};
  placed.set(plane, known);
  return (known[axes] ??= plane.points.map(AXES[axes].into));
}

/**
 * The nearest encoded image on the screen: its index and its distance in CSS pixels.
 * @param {State} state
 * @param {Plane} plane
 * @param {Place} at
 * @returns {[number, number]}
 */
export function nearestPoint({ viewport, shown }, plane, at) {
  const [x, y] = viewport.toUnits(at);
  const points = pointsAlong(plane, viewport.axes);
  const { labels } = plane;
  let best = Infinity;
  let index = -1;
  for (let i = 0; i < labels.length; i++) {
    if (!shown[labels[i]]) continue;
    const dx = points[2 * i] - x;
    const dy = points[2 * i + 1] - y;
    const square = dx * dx + dy * dy;
    if (square < best) [best, index] = [square, i];
  }
  return [index, Math.sqrt(best) * viewport.scale];
}

/**
 * @param {State} state
 * @param {Plane} plane
 * @param {Float32Array} points
 */
function visiblePoints({ viewport, shown }, { labels }, points) {
  const { x, y, half } = viewport.view;
  const found = [];
  for (let i = 0; i < labels.length; i++) {
    const near = Math.abs(points[2 * i] - x) < half && Math.abs(points[2 * i + 1] - y) < half;
    if (near && shown[labels[i]]) found.push(i);
  }
  return found;
}

/**
 * Everything over the layer that does not move with the cursor.
 * @param {HTMLCanvasElement} canvas
 * @param {State} state
 * @param {Plane} plane
 * @param {Theme} theme
 * @returns {boolean} whether there is room for the labels of the islands
 */
export function drawPoints(canvas, state, plane, theme) {
  const context = brush(canvas);
  const { viewport } = state;
  const top = topShown(state);
  context.clearRect(0, 0, viewport.side, viewport.side);
  drawPrior(context, viewport, plane, theme);
  let glyphs = false;
  if (top === "contours") drawContours(context, state, plane);
  if (top === "points") {
    const points = pointsAlong(plane, viewport.axes);
    const visible = visiblePoints(state, plane, points);
    glyphs = visible.length < ROOM;
    if (glyphs) drawGlyphs(context, viewport, plane, points, visible, theme);
    else drawDots(context, viewport, plane, points, visible);
  }
  drawScales(context, viewport, plane, theme);
  return top !== "nothing" && !glyphs;
}

/**
 * Where the prior is: rings that enclose given shares of it.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Theme} theme
 */
function drawPrior(context, viewport, { prior }, theme) {
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
function drawScales(context, viewport, { prior }, theme) {
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
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {Place} at
 * @param {string} colour
 * @param {string} halo
 * @param {number} width
 */
function writeHaloed(context, text, [left, top], colour, halo, width) {
  context.lineJoin = "round";
  context.lineWidth = width;
  context.strokeStyle = halo;
  context.strokeText(text, left, top);
  context.fillStyle = colour;
  context.fillText(text, left, top);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Float32Array} points
 * @param {number[]} visible
 */
function drawDots(context, viewport, { labels, colours }, points, visible) {
  const radius = Math.min(3.5, Math.max(1.1, 140 / Math.sqrt(visible.length)));
  context.globalAlpha = 0.8;
  for (let label = 0; label < 10; label++) {
    context.fillStyle = colours[label];
    context.beginPath();
    for (const i of visible) {
      if (labels[i] !== label) continue;
      const [left, top] = viewport.fromUnits([points[2 * i], points[2 * i + 1]]);
      context.moveTo(left + radius, top);
      context.arc(left, top, radius, 0, 2 * Math.PI);
    }
    context.fill();
  }
  context.globalAlpha = 1;
}

/**
 * Close up there is room to write what each point is.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Float32Array} points
 * @param {number[]} visible
 * @param {Theme} theme
 */
function drawGlyphs(context, viewport, { labels, colours }, points, visible, theme) {
  context.font = `600 11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const i of visible) {
    const [left, top] = viewport.fromUnits([points[2 * i], points[2 * i + 1]]);
    context.fillStyle = colours[labels[i]];
    context.beginPath();
    context.arc(left, top, 8, 0, 2 * Math.PI);
    context.fill();
    writeHaloed(context, String(labels[i]), [left, top + 0.5], "#fff", "rgb(0 0 0 / 60%)", 2);
  }
}

/**
 * The densest half of each class filled, and nine tenths of it inside a line.
 * @param {CanvasRenderingContext2D} context
 * @param {State} state
 * @param {Plane} plane
 */
function drawContours(context, { viewport, shown }, { contours, colours }) {
  for (const { label, share, lines } of contours) {
    if (!shown[label]) continue;
    context.strokeStyle = context.fillStyle = colours[label];
    const path = new Path2D();
    for (const line of lines) {
      for (let i = 0; i < line.length; i += 2) {
        path[i ? "lineTo" : "moveTo"](...viewport.toScreen([line[i], line[i + 1]]));
      }
    }
    if (share <= 0.5) {
      context.globalAlpha = 0.35;
      context.fill(path, "evenodd");
    }
    context.globalAlpha = 1;
    context.lineWidth = share <= 0.5 ? 1.5 : 1;
    context.stroke(path);
  }
}

/**
 * A class's digit on each of its islands (colour alone tells nobody enough), but not under the cursor.
 * @param {State} state
 * @param {Plane} plane
 * @returns {{label: number, at: Place}[]}
 */
export function visibleLabels({ viewport, z, shown }, { islands }) {
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
