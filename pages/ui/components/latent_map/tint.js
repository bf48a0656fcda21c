// Encoded images coloured by a figure of each, in place of their classes: the further from the ground,
// the more.

import { parseColour } from "./colour.js";

/**
 * @import { Rgb, Theme } from "./colour.js"
 * @import { Viewport } from "./viewport.js"
 * @typedef {{values: Float32Array, low: number, high: number}} Tint  a figure of each image, and the ends of the scale
 */

export const TONES = 24;
const [SMALLEST, LARGEST, SPREAD] = [1.3, 7, 150]; // CSS pixels: radii, and the one of a single dot
// Parts of magma, as far as each has a contrast of 3 to its ground. Source: Smith & van der Walt 2015,
// matplotlib's colour maps.
/** @type {Rgb[]} */
export const ON_LIGHT = [[226, 77, 99], [205, 64, 113], [158, 47, 127], [114, 31, 129], [68, 15, 118], [24, 15, 61]];
/** @type {Rgb[]} */
export const ON_DARK = [[192, 58, 118], [216, 69, 108], [241, 96, 93], [253, 150, 104], [254, 202, 141], [252, 253, 191]];

/**
 * The tones on a theme's ground, from the least to the most.
 * @param {Theme} theme
 */
export function tones({ background, text }) {
  const brightness = (/** @type {string} */ colour) => parseColour(colour).reduce((sum, part) => sum + part, 0);
  const stops = brightness(background) > brightness(text) ? ON_LIGHT : ON_DARK;
  return Array.from({ length: TONES }, (_, i) => {
    const along = ((stops.length - 1) * i) / (TONES - 1);
    const from = Math.min(Math.floor(along), stops.length - 2);
    const part = along - from;
    const mixed = stops[from].map((one, c) => Math.round(one + part * (stops[from + 1][c] - one)));
    return `rgb(${mixed.join(" ")})`;
  });
}

/**
 * The tone of a value: 0 at the low end of the scale and below, the last at the high end and above.
 * @param {number} value
 * @param {Tint} tint
 */
export function toneOf(value, { low, high }) {
  const part = (value - low) / (high - low || 1);
  return Math.min(TONES - 1, Math.max(0, Math.floor(part * TONES)));
}

/**
 * Dots; those that have the most lie on top.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Float32Array} points  in the units of the axes
 * @param {number[]} visible  indices
 * @param {Tint} tint
 * @param {Theme} theme
 */
export function drawTinted(context, viewport, points, visible, tint, theme) {
  const radius = Math.min(LARGEST, Math.max(SMALLEST, SPREAD / Math.sqrt(visible.length)));
  const byTone = Array.from({ length: TONES }, () => /** @type {number[]} */ ([]));
  for (const i of visible) byTone[toneOf(tint.values[i], tint)].push(i);
  const colours = tones(theme);
  for (const [tone, members] of byTone.entries()) {
    context.fillStyle = colours[tone];
    context.beginPath();
    for (const i of members) {
      const [left, top] = viewport.fromUnits([points[2 * i], points[2 * i + 1]]);
      context.moveTo(left + radius, top);
      context.arc(left, top, radius, 0, 2 * Math.PI);
    }
    context.fill();
  }
}
