// The posterior under a magnifier, to scale.

import { at } from "../vae/nn/posterior.js";

/**
 * @import { Theme } from "../latent_map/colour.js"
 * @import { Place } from "../latent_map/protocol.js"
 * @import { Posterior } from "../vae/nn/posterior.js"
 */

const WIDE = 3.2; // of the larger standard deviation, from the middle to the edge
const DEVIATIONS = [1, 2]; // that the ellipses are from the mean

/**
 * Prior deviations from the middle of the magnifier to its edge.
 * @param {Posterior} posterior
 */
export function reachOf({ log_var }) {
  return WIDE * Math.exp(0.5 * Math.max(...log_var));
}

/**
 * A round length that fits under it: 1, 2 or 5 of some decimal place.
 * @param {number} longest
 */
export function roundLength(longest) {
  const place = 10 ** Math.floor(Math.log10(longest));
  const times = [5, 2, 1].find((one) => one * place <= longest * (1 + 1e-9)) ?? 1;
  return times * place;
}

/**
 * A round length in words, without a float's noise.
 * @param {number} length
 */
export function lengthWords(length) {
  return String(Number(length.toPrecision(1)));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Posterior} posterior
 * @param {{sample: Place, hand: Place}} places
 * @param {Theme} theme
 */
export function drawLens(canvas, posterior, { sample, hand }, theme) {
  const density = globalThis.devicePixelRatio || 1;
  const side = canvas.clientWidth;
  const context = canvas.getContext("2d");
  if (!context || !side) return;
  canvas.width = canvas.height = Math.round(side * density);
  context.setTransform(density, 0, 0, density, 0, 0);
  const reach = reachOf(posterior);
  const [x, y] = posterior.mean;
  const toScreen = (/** @type {number[]} */ [z1, z2]) => [
    (side / 2) * (1 + (z1 - x) / reach),
    (side / 2) * (1 - (z2 - y) / reach),
  ];
  context.strokeStyle = context.fillStyle = theme.accent;
  for (const size of DEVIATIONS) {
    context.beginPath();
    for (let i = 0; i <= 48; i++) {
      const turn = (2 * Math.PI * i) / 48;
      const [left, top] = toScreen(at(posterior, [size * Math.cos(turn), size * Math.sin(turn)]));
      context.lineTo(left, top);
    }
    context.globalAlpha = 0.18;
    context.fill();
    context.globalAlpha = 0.8;
    context.stroke();
  }
  context.globalAlpha = 1;
  dot(context, toScreen(posterior.mean), 2, theme.text);
  cross(context, toScreen(sample), theme);
  ring(context, toScreen(hand), theme);
  drawBar(context, side, roundLength(0.7 * reach), reach, theme);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} at
 * @param {number} radius
 * @param {string} colour
 */
function dot(context, [left, top], radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(left, top, radius, 0, 2 * Math.PI);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} at
 * @param {Theme} theme
 */
function cross(context, [left, top], { text }) {
  context.strokeStyle = text;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(left - 4, top);
  context.lineTo(left + 4, top);
  context.moveTo(left, top - 4);
  context.lineTo(left, top + 4);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} at
 * @param {Theme} theme
 */
function ring(context, [left, top], { accent }) {
  context.strokeStyle = accent;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(left, top, 6, 0, 2 * Math.PI);
  context.stroke();
}

/**
 * How long a length of the plane is in here.
 * @param {CanvasRenderingContext2D} context
 * @param {number} side
 * @param {number} length
 * @param {number} reach
 * @param {Theme} theme
 */
function drawBar(context, side, length, reach, { text, font }) {
  const wide = (length / reach) * (side / 2);
  context.fillStyle = text;
  context.fillRect(side - 5 - wide, side - 5, wide, 1.5);
  context.font = `11px ${font}`;
  context.textAlign = "right";
  context.fillText(lengthWords(length), side - 5, side - 8);
}
