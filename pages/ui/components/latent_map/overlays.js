// What lies under the points: a field as shades, the regions of the classes, or decoded images.

import { SHADES, parseColour, themeShades } from "./colour.js";
import { brush, element, fromBase64 } from "./elements.js";
import { BANDWIDTH, NEIGHBOURS, PRIOR_SHARES } from "./protocol.js";

/**
 * @import { Rgb, Theme } from "./colour.js"
 * @import { Layer, LayerResult, Place } from "./protocol.js"
 * @import { State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 * @typedef {object} Field
 * @property {Float32Array} x
 * @property {Float32Array} y
 * @property {Float32Array} values
 * @property {Uint8Array | null} classes
 * @property {number} low
 * @property {number} high
 * @property {number | undefined} purity
 * @typedef {object} Legend  what a layer means, and how its numbers are written
 * @property {string} words
 * @property {string} unit  empty where it has no numbers
 * @property {number} times
 * @property {number} digits
 * @property {string} sign
 * @property {boolean} log
 */

const FINEST = 320; // pixels along each side of a drawn field; the screen smooths between them
const PLAIN = { unit: "", times: 1, digits: 0, sign: "", log: false };
const SHARES = PRIOR_SHARES.map((share) => 100 * share);

/** @type {Record<Layer, Legend>} */
export const LEGENDS = {
  nothing: { ...PLAIN, words: "The points have the colours of their digits; other colours show what the model knows of each place." },
  images: {
    ...PLAIN,
    words: "What the decoder draws at the middle of each tile. A click on a tile takes the hand there.",
  },
  density: {
    ...PLAIN,
    unit: "% of the test digits per unit of area",
    times: 100,
    digits: 1,
    words:
      `Where the encoder puts the test digits, each spread ${BANDWIDTH} wide. ` +
      `The rings hold ${SHARES.slice(0, -1).join(", ")} and ${SHARES.at(-1)}% of the prior: ` +
      "samples fall there, digits or not.",
  },
  uncertainty: {
    ...PLAIN,
    unit: "nats per pixel, of at most 0.69",
    digits: 3,
    words: "How undecided the decoder is about its pixels. In strong shades pictures are blurred.",
  },
  stretch: {
    ...PLAIN,
    unit: "area of pictures per area of map, √det JᵀJ",
    log: true,
    words:
      "How fast the picture changes as the hand moves. " +
      "In strong shades a small step draws another digit, in faint ones much the same.",
  },
  regions: {
    ...PLAIN,
    unit: `share of the ${NEIGHBOURS} nearest test digits`,
    times: 100,
    sign: "%",
    words: "The digit that most of the nearest test digits are; the fainter, the less they agree.",
  },
};

/**
 * A field as it came from the server.
 * @param {LayerResult} result
 * @returns {Field}
 */
export function readField({ x, y, values, classes, low = 0, high = 1, purity }) {
  const floats = (/** @type {string} */ text) => new Float32Array(fromBase64(text).buffer);
  const parts = { x: floats(x), y: floats(y), values: floats(values), low, high, purity };
  return { ...parts, classes: classes ? fromBase64(classes) : null };
}

/**
 * The value at a place, between the grid's own.
 * @param {Field} field
 * @param {Place} place
 */
export function fieldAt({ x, y, values, classes }, place) {
  const [column, right] = locate(x, place[0]);
  const [row, up] = locate(y, place[1]);
  if (classes) return values[(row + Number(up > 0.5)) * x.length + column + Number(right > 0.5)];
  return mix(values, row * x.length + column, x.length, right, up);
}

/**
 * The grid line at or before a position, and how far along to the next.
 * @param {ArrayLike<number>} lines
 * @param {number} position
 * @returns {[number, number]}
 */
export function locate(lines, position) {
  const last = lines.length - 1;
  const p = Math.min(Math.max(position, lines[0]), lines[last]);
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lines[middle] <= p) low = middle;
    else high = middle;
  }
  return [low, (p - lines[low]) / (lines[low + 1] - lines[low])];
}

/** @type {HTMLCanvasElement | undefined} */
let sheet; // to paint on before it is drawn enlarged

/** @param {number} side */
function cleanSheet(side) {
  sheet ??= element("canvas");
  sheet.width = sheet.height = side;
  return sheet;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {State} state
 * @param {Theme} theme
 */
export function drawLayer(context, { view, viewport, fields, tiles }, theme) {
  context.clearRect(0, 0, viewport.side, viewport.side);
  if (view.layer === "images") {
    for (const sheet of tiles) sheet.draw(context, viewport, theme);
    return;
  }
  const field = fields[view.layer];
  if (!field) return;
  const size = Math.min(FINEST, Math.round(viewport.side));
  const canvas = cleanSheet(size);
  const picture = brush(canvas).createImageData(size, size);
  if (field.classes) paintRegions(picture, field, field.classes, viewport, theme.classes.map(parseColour));
  else paintField(picture, field, viewport, themeShades(theme), LEGENDS[view.layer].log);
  brush(canvas).putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(canvas, 0, 0, viewport.side, viewport.side);
}

/**
 * @param {Float32Array} values
 * @param {number} at
 * @param {number} width
 * @param {number} right
 * @param {number} up
 */
function mix(values, at, width, right, up) {
  const below = values[at] * (1 - right) + values[at + 1] * right;
  const above = values[at + width] * (1 - right) + values[at + width + 1] * right;
  return below * (1 - up) + above * up;
}

/**
 * For each column and each row of a picture of what is seen: where it lies on the field's grid.
 * @param {Field} field
 * @param {Viewport} viewport
 * @param {number} size
 */
function footholds(field, viewport, size) {
  const step = viewport.side / size;
  const along = Array.from({ length: size }, (_, i) => viewport.toPlane([(i + 0.5) * step, (i + 0.5) * step]));
  const foothold = (/** @type {Float32Array} */ lines, /** @type {number} */ v) =>
    v >= lines[0] && v <= lines[lines.length - 1] ? locate(lines, v) : null;
  return [along.map(([x]) => foothold(field.x, x)), along.map(([, y]) => foothold(field.y, y))];
}

/**
 * @param {ImageData} picture
 * @param {Field} field
 * @param {Viewport} viewport
 * @param {Uint8ClampedArray<ArrayBuffer>} ramp
 * @param {boolean} log
 */
function paintField(picture, field, viewport, ramp, log) {
  const size = picture.width;
  const words = new Uint32Array(picture.data.buffer);
  const colours = new Uint32Array(ramp.buffer);
  const [columns, rows] = footholds(field, viewport, size);
  const width = field.x.length;
  const bend = (/** @type {number} */ v) => (log ? Math.log(Math.max(v, 1e-9)) : v);
  const low = bend(field.low);
  const times = (SHADES - 1) / (bend(field.high) - low || 1);
  for (let row = 0; row < size; row++) {
    const [y, up] = rows[row] ?? [-1, 0];
    if (y < 0) continue;
    for (let column = 0; column < size; column++) {
      const [x, right] = columns[column] ?? [-1, 0];
      if (x < 0) continue;
      const shade = (bend(mix(field.values, y * width + x, width, right, up)) - low) * times;
      words[row * size + column] = colours[Math.min(SHADES - 1, Math.max(0, Math.round(shade)))];
    }
  }
}

/**
 * @param {ImageData} picture
 * @param {Field} field
 * @param {Uint8Array} classes
 * @param {Viewport} viewport
 * @param {Rgb[]} colours
 */
function paintRegions(picture, field, classes, viewport, colours) {
  const size = picture.width;
  const [columns, rows] = footholds(field, viewport, size);
  const width = field.x.length;
  for (let row = 0; row < size; row++) {
    const [below, up] = rows[row] ?? [-1, 0];
    if (below < 0) continue;
    for (let column = 0; column < size; column++) {
      const [before, right] = columns[column] ?? [-1, 0];
      if (before < 0) continue;
      const i = (below + Number(up > 0.5)) * width + before + Number(right > 0.5);
      const pixel = 4 * (row * size + column);
      picture.data.set(colours[classes[i]], pixel);
      picture.data[pixel + 3] = opacity(field.values[i]);
    }
  }
}

/** @param {number} share */
function opacity(share) {
  return 255 * (0.08 + 0.62 * share * share);
}
