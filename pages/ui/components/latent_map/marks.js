// What moves over the map: the cursor, the pins and the paths between them, samples, a code's cell.

import { cell, spell } from "./geocode.js";
import { quantile } from "./normal.js";
import { haloed } from "./halo.js";
import { tracePlaces } from "./scales.js";
import { NEAR } from "./protocol.js";
import { ring } from "./viewport.js";
import { at } from "../vae/nn/posterior.js";

/**
 * @import { Theme } from "./colour.js"
 * @import { Place } from "./protocol.js"
 * @import { Answer } from "../your_digit/posterior_worker.js"
 * @import { Posterior } from "../vae/nn/posterior.js"
 * @import { State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 * @typedef {CanvasRenderingContext2D} Context
 */

const PIN = 13; // CSS pixels: the radius of a pin, and as near as a finger must come to drag it

/**
 * The name of the pin at a place of the screen.
 * @param {State} state
 * @param {Place} at
 */
export function pinAt({ view, viewport }, [left, top]) {
  const near = (/** @type {Place | null} */ z) => {
    const [x, y] = viewport.toScreen(z ?? [Infinity, Infinity]);
    return Math.hypot(x - left, y - top) <= PIN;
  };
  if (view.b && near(view.b)) return "b";
  return view.a && near(view.a) ? "a" : null;
}

/**
 * @param {Context} context
 * @param {State} state
 * @param {Theme} theme
 */
export function drawMarks(context, state, theme) {
  const { viewport, view, z, hover, samples } = state;
  context.clearRect(0, 0, viewport.side, viewport.side);
  if (state.truth) drawTruth(context, viewport, state.truth, theme);
  for (const place of state.others) drawSample(context, viewport.toScreen(place), theme);
  if (state.own) drawOwn(context, viewport, state.own, theme);
  if (state.tab === "share") drawCell(context, viewport, cell(spell(z, state.characters)), theme);
  for (const place of samples?.z ?? []) drawSample(context, viewport.toScreen(place), theme);
  drawPaths(context, state, theme);
  drawCursor(context, viewport, z, theme);
  if (hover) drawHover(context, viewport.toScreen(hover), theme);
  if (view.a) drawPin(context, viewport.toScreen(view.a), "A", theme);
  if (view.b) drawPin(context, viewport.toScreen(view.b), "B", theme);
}

/**
 * @param {Context} context
 * @param {State} state
 * @param {Theme} theme
 */
function drawPaths(context, { view: { a, b }, viewport, paths }, theme) {
  if (!a || !b) return;
  const line = (/** @type {Place[]} */ places, /** @type {number[]} */ dash) => {
    haloed(context, theme, [5, 2], theme.text, (halo) => {
      context.setLineDash(halo ? [] : dash);
      tracePlaces(context, viewport, places);
    });
    context.setLineDash([]);
  };
  const along = (/** @type {number} */ part) =>
    /** @type {Place} */ ([a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]);
  line(Array.from({ length: 33 }, (_, i) => along(i / 32)), [4, 4]);
  if (paths?.geodesic) line(paths.geodesic.places, []);
}

/**
 * The true posterior: each cell the stronger, the higher its density.
 * @param {Context} context
 * @param {Viewport} viewport
 * @param {Answer} truth
 * @param {Theme} theme
 */
export function drawTruth(context, viewport, { cells }, theme) {
  let most = 0;
  const densities = new Float32Array(cells.length / 5);
  for (let i = 0; i < densities.length; i++) {
    const [left, bottom, right, top, share] = cells.subarray(5 * i, 5 * i + 5);
    densities[i] = share / ((right - left) * (top - bottom));
    most = Math.max(most, densities[i]);
  }
  context.fillStyle = theme.accent;
  for (let i = 0; i < densities.length; i++) {
    const [left, bottom, right, top] = cells.subarray(5 * i, 5 * i + 4);
    const [x0, y0] = viewport.toScreen([left, top]);
    const [x1, y1] = viewport.toScreen([right, bottom]);
    context.globalAlpha = 0.9 * Math.sqrt(densities[i] / most);
    if (context.globalAlpha > 0.02) context.fillRect(x0, y0, Math.max(x1 - x0, 1), Math.max(y1 - y0, 1));
  }
  context.globalAlpha = 1;
}

/**
 * What the encoder says of a digit: its mean as a star, and an ellipse of two standard deviations.
 * @param {Context} context
 * @param {Viewport} viewport
 * @param {Posterior} posterior
 * @param {Theme} theme
 */
export function drawOwn(context, viewport, posterior, theme) {
  const turns = Array.from({ length: 49 }, (_, i) => (2 * Math.PI * i) / 48);
  const ellipse = turns.map((turn) => /** @type {Place} */ (at(posterior, [2 * Math.cos(turn), 2 * Math.sin(turn)])));
  haloed(context, theme, [4, 1.5], theme.text, () => tracePlaces(context, viewport, ellipse));
  const [left, top] = viewport.toScreen(/** @type {Place} */ (posterior.mean));
  context.beginPath();
  for (let i = 0; i < 10; i++) {
    const [turn, radius] = [(Math.PI * i) / 5 - Math.PI / 2, i % 2 ? 3 : 7];
    context.lineTo(left + radius * Math.cos(turn), top + radius * Math.sin(turn));
  }
  context.closePath();
  context.lineWidth = 3;
  context.strokeStyle = theme.background;
  context.stroke();
  context.fillStyle = theme.text;
  context.fill();
}

/**
 * @param {Context} context
 * @param {Viewport} viewport
 * @param {[number, number, number]} code  its cell
 * @param {Theme} theme
 */
function drawCell(context, viewport, [left, bottom, side], theme) {
  const from = viewport.toScreen([quantile(left), quantile(bottom + side)]);
  const to = viewport.toScreen([quantile(left + side), quantile(bottom)]);
  context.strokeStyle = theme.accent;
  context.lineWidth = 2;
  context.setLineDash([3, 3]);
  context.strokeRect(from[0], from[1], Math.max(4, to[0] - from[0]), Math.max(4, to[1] - from[1]));
  context.setLineDash([]);
}

/**
 * @param {Context} context
 * @param {Place} at
 * @param {Theme} theme
 */
function drawSample(context, [left, top], theme) {
  haloed(context, theme, [5, 2], theme.text, () => {
    context.moveTo(left - 5, top);
    context.lineTo(left + 5, top);
    context.moveTo(left, top - 5);
    context.lineTo(left, top + 5);
  });
}

/**
 * @param {Context} context
 * @param {Place} at
 * @param {string} name
 * @param {Theme} theme
 */
function drawPin(context, [left, top], name, theme) {
  context.beginPath();
  context.arc(left, top, PIN - 2, 0, 2 * Math.PI);
  context.fillStyle = theme.text;
  context.fill();
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.stroke();
  context.fillStyle = theme.background;
  context.font = `700 12px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(name, left, top + 0.5);
}

/**
 * Where the pointer hovers, or a film is.
 * @param {Context} context
 * @param {Place} at
 * @param {Theme} theme
 */
function drawHover(context, [left, top], theme) {
  const dot = (/** @type {number} */ radius, /** @type {string} */ colour) => {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.fill();
  };
  dot(6, theme.background);
  dot(4, theme.accent);
}

/**
 * A ring that is seen on any colour, cross-hairs to the edges, and how far "near" reaches.
 * @param {Context} context
 * @param {Viewport} viewport
 * @param {Place} z
 * @param {Theme} theme
 */
function drawCursor(context, viewport, z, theme) {
  const { side } = viewport;
  const at = viewport.toScreen(z);
  const [left, top] = at.map((v) => Math.min(Math.max(v, 5), side - 5)); // beyond the edge, at it
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, 0);
  context.lineTo(left, side);
  context.moveTo(0, top);
  context.lineTo(side, top);
  context.stroke();
  haloed(context, theme, [6, 3], theme.accent, () => context.arc(left, top, 9, 0, 2 * Math.PI));
  const reach = ring(z, NEAR, 48);
  const [edge] = viewport.toScreen(reach[0]);
  if (Math.abs(edge - left) < 14) return;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  context.beginPath();
  tracePlaces(context, viewport, reach);
  context.closePath();
  context.stroke();
  context.setLineDash([]);
}
