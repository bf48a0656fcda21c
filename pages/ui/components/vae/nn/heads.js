// From features to a posterior: at once, or first a cell of the plane and then a point in it. The
// twin of vae/nn/heads.py.

import { lattice, spacing } from "../lattice.js";
import { layers } from "./encoders.js";
import { FourierFeatures } from "./fourier.js";
import { Linear, Sequential } from "./layers.js";

/** @typedef {import("../weights.js").Weights} Weights */
/** @typedef {import("./posterior.js").Posterior} Posterior */
/** @typedef {import("./layers.js").Observer} Observer */
/** @typedef {{ forward: (features: Float32Array, observe?: Observer) => Posterior }} Head */

const REACH = 2.5; // spacings: how far from the middle of its cell a point may lie
const NEAR = 19; // cells, the chosen one among them, whose chances tell where in it a point lies
const MOMENTS = 5; // of those chances: two means and three second moments

/**
 * The Gaussian that raw outputs of a layer stand for.
 *
 * @param {number[]} mean (2,)
 * @param {number[]} widths (2,) log-variances, or numbers whose softplus is the standard deviation
 * @param {number} slant any number, 0 for an ellipse along the axes
 * @param {string} scale
 * @returns {Posterior}
 */
function asPosterior(mean, widths, slant, scale) {
  const log_var = widths.map((width) =>
    clamp(scale === "log-variance" ? width : 2 * Math.log(Math.max(softplus(width), 1e-5)), -23, 6),
  );
  const bounded = clamp(slant, -20, 20);
  return { mean, log_var, correlation: bounded / Math.sqrt(1 + bounded * bounded) };
}

class GaussianHead {
  /** @param {Weights} weights */
  constructor(weights) {
    this.scale = weights.config.scale;
    this.mean = new Linear(weights, "head.mean");
    this.widths = new Linear(weights, "head.widths");
    this.slant = weights.config.covariance === "full" ? new Linear(weights, "head.slant") : null;
  }

  /**
   * @param {Float32Array} features
   * @param {Observer} [observe]
   */
  forward(features, observe) {
    const slant = this.slant?.forward(features);
    const mean = this.mean.forward(features);
    const widths = this.widths.forward(features);
    if (slant) observe?.("head.slant", slant);
    observe?.("head.mean", mean);
    observe?.("head.widths", widths);
    return asPosterior([...mean], [...widths], slant ? slant[0] : 0, this.scale);
  }
}

class CellsHead {
  /** @param {Weights} weights */
  constructor(weights) {
    const { cells, scale, covariance, encoder_widths } = weights.config;
    this.scale = scale;
    this.full = covariance === "full";
    this.anchors = lattice(cells);
    this.size = spacing(this.anchors);
    this.choice = new Linear(weights, "head.choice");
    this.waves = new FourierFeatures(weights, "head.waves");
    const steps = [...layers(weights, "head.place", 0, 2), new Linear(weights, "head.place.4")];
    this.place = new Sequential(steps, "head.place");
    this.seen = new Float32Array(encoder_widths.at(-1) + 2 + 2 * this.waves.count + MOMENTS);
    this.moments = new Float64Array(MOMENTS);
  }

  /**
   * The Gaussian in the cell that seems most likely.
   *
   * @param {Float32Array} features
   * @param {Observer} [observe]
   */
  forward(features, observe) {
    const chances = this.choice.forward(features);
    observe?.("head.choice", chances);
    let cell = 0;
    for (let i = 1; i < chances.length; i++) if (chances[i] > chances[cell]) cell = i;
    return this.locate(features, chances, cell, observe);
  }

  /**
   * The Gaussian within a given cell.
   *
   * @param {Float32Array} features
   * @param {Float32Array} chances (cells,) logits
   * @param {number} cell
   * @param {Observer} [observe]
   */
  locate(features, chances, cell, observe) {
    const { anchors, size, moments, seen } = this;
    const anchor = anchors.subarray(2 * cell, 2 * cell + 2);
    this.gather(chances, cell);
    seen.set(features);
    seen.set(anchor, features.length);
    const waves = this.waves.forward(anchor);
    observe?.("head.waves", waves);
    seen.set(waves, features.length + 2);
    seen.set(moments, features.length + 2 + 2 * this.waves.count);
    const [dx, dy, wide, high, slant] = this.place.forward(seen, observe);
    const mean = [moments[0] + dx, moments[1] + dy].map(
      (offset, i) => anchor[i] + REACH * size[cell] * Math.tanh(offset / REACH),
    );
    const inside = asPosterior(mean, [wide - 2, high - 2], this.full ? slant : 0, this.scale);
    const log_var = inside.log_var.map((v) => clamp(v + 2 * Math.log(size[cell]), -23, 6));
    return { ...inside, log_var };
  }

  /**
   * The moments of the chances of the cells around one: how far away they are, in its widths.
   *
   * @param {Float32Array} chances
   * @param {number} cell
   */
  gather(chances, cell) {
    const { anchors, size, moments } = this;
    const near = findNearest(anchors, cell);
    const weights = near.map((other) => Math.exp(chances[other] - chances[cell]));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    moments.fill(0);
    near.forEach((other, i) => {
      const x = (anchors[2 * other] - anchors[2 * cell]) / size[cell];
      const y = (anchors[2 * other + 1] - anchors[2 * cell + 1]) / size[cell];
      [x, y, x * x, x * y, y * y].forEach((step, m) => (moments[m] += (weights[i] / total) * step));
    });
  }
}

/**
 * The indices of the points nearest to one of them, itself first.
 *
 * @param {Float32Array} points (count, 2)
 * @param {number} index
 */
function findNearest(points, index) {
  const square = (/** @type {number} */ i) =>
    (points[2 * i] - points[2 * index]) ** 2 + (points[2 * i + 1] - points[2 * index + 1]) ** 2;
  const squares = Float64Array.from({ length: points.length / 2 }, (_, i) => square(i));
  const last = squares.slice().sort()[Math.min(NEAR, squares.length) - 1];
  const found = [];
  for (let i = 0; i < squares.length && found.length < NEAR; i++) if (squares[i] <= last) found.push(i);
  return found;
}

/** @param {number} x */
function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** @type {Record<string, (weights: Weights) => Head>} */
export const HEADS = {
  gaussian: (weights) => new GaussianHead(weights),
  cells: (weights) => new CellsHead(weights),
};
