// What a layer answers, as a small picture: a square for each unit, or a small image for each channel.

import { parseColour } from "../latent_map/colour.js";
import { brush, element } from "../latent_map/elements.js";
import { lattice } from "../vae/lattice.js";

/**
 * @import { Theme } from "../latent_map/colour.js"
 * @import { LayerRow } from "../latent_map/protocol.js"
 */

const ACTIVATIONS = ["GELU", "ReLU"];
const WAVES = "decoder.waves";
const CHOICE = "head.choice";
const ACCENT = 170; // shade that is the accent's own colour
const FAR = 3.2; // prior deviations from the middle to the edge of the picture of cells
const CELLS_SIDE = 64; // pixels of that picture

/**
 * The layers whose answers are drawn: what follows an activation, the waves of z, and the choice of a cell.
 * @param {LayerRow[]} layers
 */
export function drawable(layers) {
  return layers.filter(
    ({ name, kind }) =>
      name === WAVES || name === CHOICE || (ACTIVATIONS.includes(kind) && !name.startsWith("head.")),
  );
}

/**
 * How the units, or the channels, of a layer are laid out: nearly a square of them.
 * @param {number[]} shape  (units,), or (channels, height, width)
 */
export function tiling([count, high = 1, wide = 1]) {
  const columns = Math.ceil(Math.sqrt(count));
  const gap = high > 1 ? 1 : 0;
  const rows = Math.ceil(count / columns);
  return { columns, rows, gap, width: columns * (wide + gap) - gap, height: rows * (high + gap) - gap };
}

/**
 * A layer's answers as shades: 0 for nothing, 255 for the strongest so far, and nothing where no unit is.
 * @param {ArrayLike<number>} values  (units,), or (height, width, channels) as layers.js has them
 * @param {number[]} shape  (units,), or (channels, height, width)
 * @param {(value: number) => number} level  of a value, in [0, 1]
 * @returns {Int16Array}  (height · width of the tiling,) -1 where no unit is
 */
export function arrange(values, shape, level) {
  const [count, high = 1, wide = 1] = shape;
  const { columns, gap, width, height } = tiling(shape);
  const shades = new Int16Array(width * height).fill(-1);
  for (let channel = 0; channel < count; channel++) {
    const left = (channel % columns) * (wide + gap);
    const top = Math.floor(channel / columns) * (high + gap);
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const value = values[(y * wide + x) * count + channel];
        shades[(top + y) * width + left + x] = Math.round(255 * Math.min(1, Math.max(0, level(value))));
      }
    }
  }
  return shades;
}

/**
 * Shades of an answer: from the paper's colour over the accent's to the ink's.
 * @param {Theme} theme
 * @returns {Uint8ClampedArray}  (256, 4)
 */
export function rampOf({ background, accent, text }) {
  const stops = [background, accent, text].map(parseColour);
  const ramp = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 256; i++) {
    const from = i < ACCENT ? 0 : 1;
    const part = from ? (i - ACCENT) / (255 - ACCENT) : i / ACCENT;
    for (let c = 0; c < 3; c++) ramp[4 * i + c] = stops[from][c] + part * (stops[from + 1][c] - stops[from][c]);
    ramp[4 * i + 3] = 255;
  }
  return ramp;
}

/** One layer's picture. */
export class Answer {
  /** @param {LayerRow} layer */
  constructor({ name, shape }) {
    this.name = name;
    this.shape = shape;
    /** @type {Int16Array} */
    this.shades = new Int16Array(0);
    this.most = 1e-6; // the strongest answer so far: shades of one digit and the next compare
    this.canvas = element("canvas");
    const { width, height } = name === CHOICE ? { width: CELLS_SIDE, height: CELLS_SIDE } : tiling(shape);
    Object.assign(this.canvas, { width, height });
    this.cells = name === CHOICE ? lattice(shape[0]) : null;
    this.canvas.classList.toggle("cells", this.cells !== null);
  }

  /** What it has for a caption. */
  get words() {
    const [count, ...size] = this.shape;
    if (this.cells) return "cells";
    if (this.name === WAVES) return "waves";
    return [count.toLocaleString("en"), ...size].join("×");
  }

  /**
   * @param {Float32Array} values
   * @param {Uint8ClampedArray} ramp  (256, 4)
   */
  paint(values, ramp) {
    this.shades = this.cells ? chances(values, this.cells) : this.shadesOf(values);
    this.dye(ramp);
  }

  /**
   * The same answers in other colours.
   * @param {Uint8ClampedArray} ramp  (256, 4)
   */
  dye(ramp) {
    const { shades } = this;
    const { width, height } = this.canvas;
    const image = new ImageData(width, height);
    for (let i = 0; i < shades.length; i++) {
      if (shades[i] >= 0) image.data.set(ramp.subarray(4 * shades[i], 4 * shades[i] + 4), 4 * i);
    }
    brush(this.canvas).putImageData(image, 0, 0);
  }

  /** @param {Float32Array} values */
  shadesOf(values) {
    if (this.name === WAVES) return arrange(values, this.shape, (value) => (value + 1) / 2);
    for (const value of values) if (value > this.most) this.most = value;
    return arrange(values, this.shape, (value) => Math.sqrt(Math.max(0, value) / this.most));
  }
}

/**
 * The chances of the cells, each where it is on the plane.
 * @param {Float32Array} logits  (cells,)
 * @param {Float32Array} cells  (cells, 2)
 */
export function chances(logits, cells) {
  const shades = new Int16Array(CELLS_SIDE ** 2).fill(0);
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const pixel = (/** @type {number} */ v) => Math.floor(((v / FAR + 1) / 2) * CELLS_SIDE);
  for (let i = 0; i < logits.length; i++) {
    const [column, row] = [pixel(cells[2 * i]), CELLS_SIDE - 1 - pixel(cells[2 * i + 1])];
    if (column < 0 || row < 0 || column >= CELLS_SIDE || row >= CELLS_SIDE) continue;
    const shade = Math.round(40 + 215 * Math.sqrt(Math.exp(logits[i] - most)));
    shades[row * CELLS_SIDE + column] = Math.max(shades[row * CELLS_SIDE + column], shade);
  }
  return shades;
}
