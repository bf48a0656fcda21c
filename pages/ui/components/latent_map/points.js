// The encoded images on the map, as dots or as contours.

import { LARGEST, drawDots } from "./dots.js";
import { brush } from "./elements.js";
import { drawPrior, drawScales } from "./scales.js";
import { shownClasses, topShown } from "./state.js";
import { drawTinted } from "./tint.js";
import { AXES } from "./viewport.js";

/**
 * @import { Plane } from "./plane.js"
 * @import { Theme } from "./colour.js"
 * @import { Axes, Place } from "./protocol.js"
 * @import { State } from "./state.js"
 */

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
export function nearestPoint({ viewport, view }, plane, at) {
  const shown = shownClasses(view);
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
function visiblePoints({ viewport, view }, { labels }, points) {
  const shown = shownClasses(view);
  const { x, y } = viewport.view;
  const half = viewport.view.half + LARGEST / viewport.scale; // dots in part, too
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
  let written = false;
  if (top === "contours") drawContours(context, state, plane, theme);
  if (top === "points") {
    const points = pointsAlong(plane, viewport.axes);
    const visible = visiblePoints(state, plane, points);
    if (state.tint) drawTinted(context, viewport, points, visible, state.tint, theme);
    else written = drawDots(context, viewport, plane, points, visible, theme);
  }
  drawScales(context, viewport, plane, theme);
  return top !== "nothing" && !written;
}

/**
 * The densest half of each class filled, and nine tenths of it inside a line.
 * @param {CanvasRenderingContext2D} context
 * @param {State} state
 * @param {Plane} plane
 * @param {Theme} theme
 */
function drawContours(context, { viewport, view }, { contours }, theme) {
  const shown = shownClasses(view);
  for (const { label, share, lines } of contours) {
    if (!shown[label]) continue;
    context.strokeStyle = context.fillStyle = theme.classes[label];
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
