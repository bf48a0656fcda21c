// The encoded images as dots: small at home, and larger, with an outline and their digit, as one zooms in.

import { brush, element } from "./elements.js";

/**
 * @import { Plane } from "./plane.js"
 * @import { Theme } from "./colour.js"
 * @import { Viewport } from "./viewport.js"
 */

const SPREAD = 140; // CSS pixels: the radius at home times the root of how many there are
const [SMALLEST, LARGEST_AT_HOME] = [1.1, 3.5]; // radii, CSS pixels
export const LARGEST = 8;
const GROWTH = 0.7; // power of the zoom: slower than the distances between the dots
const OUTLINED = [1.8, 3.2]; // radii from which there is an outline, and at which it is whole
const OUTLINE = 1.2; // its width, CSS pixels
const OPACITY = 0.8; // without an outline; where dots crowd they show through each other
const WRITTEN = 7; // radius from which a digit can be read in a dot
const ROOM = 500; // dots that can be read at once

/**
 * How a dot looks at a zoom, in CSS pixels: smooth, so that nothing jumps.
 * @param {number} zoom  1 at home
 * @param {number} count  of all encoded images
 */
export function dotSize(zoom, count) {
  const home = Math.min(LARGEST_AT_HOME, Math.max(SMALLEST, SPREAD / Math.sqrt(count)));
  const radius = Math.min(LARGEST, Math.max(SMALLEST, home * zoom ** GROWTH));
  const [from, to] = OUTLINED.map((r) => Math.max(r, home)); // none at home, however few there are
  const part = Math.min(1, Math.max(0, (radius - from) / (to - from || 1)));
  return { radius, outline: OUTLINE * part, opacity: OPACITY + (1 - OPACITY) * part };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Plane} plane
 * @param {Float32Array} points  in the units of the axes
 * @param {number[]} visible  indices
 * @param {Theme} theme
 * @returns {boolean} whether each tells its digit
 */
export function drawDots(context, viewport, { labels }, points, visible, theme) {
  const size = dotSize(viewport.zoomed, labels.length);
  const written = size.radius >= WRITTEN && visible.length < ROOM;
  const density = context.getTransform().a;
  const stamps = theme.classes.map((colour, label) =>
    stamp(size, colour, written ? String(label) : "", theme, density),
  );
  const side = stamps[0].width / density;
  context.globalAlpha = size.opacity;
  for (let label = 0; label < stamps.length; label++) {
    for (const i of visible) {
      if (labels[i] !== label) continue;
      const [left, top] = viewport.fromUnits([points[2 * i], points[2 * i + 1]]);
      context.drawImage(stamps[label], left - side / 2, top - side / 2, side, side);
    }
  }
  context.globalAlpha = 1;
  return written;
}

/**
 * A dot to be put down many times: that is quicker than to draw each.
 * @param {ReturnType<typeof dotSize>} size
 * @param {string} colour
 * @param {string} digit
 * @param {Theme} theme
 * @param {number} density  pixels in a CSS pixel
 */
function stamp({ radius, outline }, colour, digit, theme, density) {
  const canvas = element("canvas");
  canvas.width = canvas.height = 2 * Math.ceil((radius + outline + 1) * density);
  const context = brush(canvas);
  context.setTransform(density, 0, 0, density, canvas.width / 2, canvas.height / 2);
  const disc = (/** @type {number} */ r, /** @type {string} */ fill) => {
    context.fillStyle = fill;
    context.beginPath();
    context.arc(0, 0, r, 0, 2 * Math.PI);
    context.fill();
  };
  if (outline) disc(radius + outline, theme.background);
  disc(radius, colour);
  context.font = `700 11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = theme.background;
  context.fillText(digit, 0, 0.5);
  return canvas;
}
