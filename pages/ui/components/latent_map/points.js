// The encoded images on the map, as points, as glyphs or as contours.

import { brush } from "./elements.js";
import { writeHaloed } from "./halo.js";
import { drawPrior, drawScales } from "./scales.js";
import { topShown } from "./state.js";
import { drawTinted } from "./tint.js";
import { AXES } from "./viewport.js";

/**
 * @import { Plane } from "./plane.js"
 * @import { Theme } from "./colour.js"
 * @import { Axes, Place } from "./protocol.js"
 * @import { State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 */

const ROOM = 500; // points that can be seen as glyphs

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
    glyphs = visible.length < ROOM && !state.tint;
    if (state.tint) drawTinted(context, viewport, points, visible, state.tint, theme);
    else if (glyphs) drawGlyphs(context, viewport, plane, points, visible, theme);
    else drawDots(context, viewport, plane, points, visible);
  }
  drawScales(context, viewport, plane, theme);
  return top !== "nothing" && !glyphs;
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
