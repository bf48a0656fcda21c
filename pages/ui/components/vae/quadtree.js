// log p(x) and the true posterior of an image, for every place at once: p(x|z) is one product with a
// table of decoded images, and cells that hold much of the mass are divided: the integral of vae/quadtree.py,
// with a table that is made once, so that a pen can be followed, and hidden pixels that count for nothing.

import { cdf, quantile } from "../latent_map/normal.js";

/**
 * @import { Decoder } from "./model.js"
 * @import { Likelihood } from "./nn/likelihoods.js"
 * @typedef {object} Cell  a square in shares of N(0, 1.6²)
 * @property {number} x  its middle, in 0..1
 * @property {number} y
 * @property {number} side
 * @property {number} likelihood  log p(x|z) of its middle, nats
 * @property {number} mass  log of the integral of p(x|z) p(z) over it
 */

const STRETCH = 1.6; // for the cells' width to grow slowly outwards
export const SIDES = [32, 64]; // cells along each side: what is soon there, and what follows
const HOPELESS = 30; // nats below all mass: a cell with so little is not divided

/** Decoded images of a grid of places, as the two terms of log p(x|z) for every pixel. */
export class Table {
  /**
   * @param {Decoder} decoder
   * @param {number} side  cells along each side
   */
  constructor(decoder, side) {
    this.decoder = decoder;
    this.side = side;
    this.pixels = decoder.side ** 2;
    this.done = 0; // places that have been decoded
    this.natural = new Float32Array(side * side * this.pixels);
    this.partition = new Float32Array(side * side * this.pixels);
    this.partitions = new Float64Array(side * side); // of all pixels of each place
    this.prior = Float64Array.from({ length: side * side }, (_, i) => logPrior(this.middle(i), 1 / side));
  }

  get complete() {
    return this.done === this.side ** 2;
  }

  /**
   * The middle of a cell, in shares.
   * @param {number} index
   * @returns {[number, number]}
   */
  middle(index) {
    return [(Math.floor(index / this.side) + 0.5) / this.side, ((index % this.side) + 0.5) / this.side];
  }

  /**
   * Decode some more places.
   * @param {number} count
   */
  fill(count) {
    const { natural, logPartition } = this.decoder.likelihood;
    for (const end = Math.min(this.done + count, this.side ** 2); this.done < end; this.done++) {
      const logits = this.decoder.logits(toPlane(this.middle(this.done)));
      const start = this.done * this.pixels;
      for (let i = 0; i < this.pixels; i++) {
        this.natural[start + i] = natural(logits[i]);
        this.partition[start + i] = logPartition(logits[i]);
        this.partitions[this.done] += this.partition[start + i];
      }
    }
  }

  /**
   * The cells with what they say of an image.
   * @param {Float32Array} image (side · side,) in [0, 1], as the model observes it
   * @param {Uint8Array} seen (side · side,) 0 where a pixel is hidden
   * @param {Likelihood} likelihood  of binary pixels, if it is not the decoder's own
   * @returns {Cell[]}
   */
  cells(image, seen, likelihood = this.decoder.likelihood) {
    const base = image.reduce((sum, pixel, i) => sum + (seen[i] ? likelihood.base(pixel) : 0), 0);
    const shown = image.map((pixel, i) => (seen[i] ? pixel : 0));
    const whole = seen.every((one) => one > 0);
    const own = likelihood === this.decoder.likelihood;
    const sums = own ? this.sums(shown, whole ? null : seen) : this.sumsOf(likelihood, shown, seen);
    return Array.from(this.prior, (share, index) => {
      const [x, y] = this.middle(index);
      const found = base + sums[index];
      return { x, y, side: 1 / this.side, likelihood: found, mass: found + share };
    });
  }

  /**
   * log p(x|z) of the pixels that are seen but for their base, for each place.
   * @param {Float32Array} shown  0 where a pixel is hidden
   * @param {Uint8Array | null} seen  null where all are
   */
  sums(shown, seen) {
    const { natural, partition, partitions, pixels } = this;
    const sums = new Float64Array(partitions.length);
    for (let index = 0, at = 0; index < sums.length; index++) {
      let [a, b] = [0, 0];
      if (seen) {
        for (let i = 0; i < pixels; i++, at++) {
          a += shown[i] * natural[at];
          b += seen[i] * partition[at];
        }
      } else {
        for (let i = 0; i < pixels; i++, at++) a += shown[i] * natural[at];
        b = partitions[index];
      }
      sums[index] = a - b;
    }
    return sums;
  }

  /**
   * The same for another likelihood of binary pixels, whose natural parameters follow from the logits.
   * @param {Likelihood} likelihood
   * @param {Float32Array} shown
   * @param {Uint8Array} seen
   */
  sumsOf({ natural, logPartition }, shown, seen) {
    const { pixels } = this;
    return Float64Array.from(this.partitions, (_, index) => {
      let sum = 0;
      for (let i = 0; i < pixels; i++) {
        const logit = this.natural[index * pixels + i];
        if (seen[i]) sum += shown[i] * natural(logit) - logPartition(logit);
      }
      return sum;
    });
  }
}

/**
 * The same plane with the cells that hold the most mass in nine parts each, of which the middle one is
 * known already.
 * @param {Cell[]} cells
 * @param {Decoder} decoder
 * @param {Float32Array} image
 * @param {Uint8Array} seen
 * @param {Likelihood} likelihood
 * @param {number} count  of the cells to be divided, at most
 */
export function divide(cells, decoder, image, seen, likelihood, count) {
  const least = evidence(cells) - HOPELESS;
  const chosen = new Set(
    cells
      .filter(({ mass }) => mass > least)
      .sort((a, b) => b.mass - a.mass)
      .slice(0, count),
  );
  const parts = [...chosen].flatMap(({ x, y, side, likelihood: known }) => {
    const third = side / 3;
    return [-1, 0, 1].flatMap((dx) =>
      [-1, 0, 1].map((dy) => {
        /** @type {[number, number]} */
        const middle = [x + dx * third, y + dy * third];
        const found = dx || dy ? logLikelihoodOfSeen(decoder, image, seen, likelihood, toPlane(middle)) : known;
        return { x: middle[0], y: middle[1], side: third, likelihood: found, mass: found + logPrior(middle, third) };
      }),
    );
  });
  return [...cells.filter((cell) => !chosen.has(cell)), ...parts];
}

/**
 * @param {Decoder} decoder
 * @param {Float32Array} image
 * @param {Uint8Array} seen
 * @param {Likelihood} likelihood
 * @param {[number, number]} z
 */
function logLikelihoodOfSeen(decoder, image, seen, { natural, logPartition, base }, z) {
  const logits = decoder.logits(z);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    if (seen[i]) sum += image[i] * natural(logits[i]) - logPartition(logits[i]) + base(image[i]);
  }
  return sum;
}

/**
 * log p(x), nats: the logarithm of the sum of all masses.
 * @param {Cell[]} cells
 */
export function evidence(cells) {
  let most = -Infinity;
  for (const { mass } of cells) if (mass > most) most = mass;
  let sum = 0;
  for (const { mass } of cells) sum += Math.exp(mass - most);
  return most + Math.log(sum);
}

/**
 * How many cells the mass lies over: the exponential of its entropy. Few say that an integral is none.
 * @param {Cell[]} cells
 */
export function spread(cells) {
  const all = evidence(cells);
  let entropy = 0;
  for (const { mass } of cells) if (mass > all - 40) entropy -= Math.exp(mass - all) * (mass - all);
  return Math.exp(entropy);
}

/**
 * @param {number} share  in 0..1
 */
function onAxis(share) {
  return STRETCH * quantile(share);
}

/**
 * A place on the plane, in prior deviations.
 * @param {[number, number]} middle  in shares
 * @returns {[number, number]}
 */
export function toPlane([x, y]) {
  return [onAxis(x), onAxis(y)];
}

/**
 * The corners of a cell on the plane: left, bottom, right, top.
 * @param {{x: number, y: number, side: number}} cell
 */
export function corners({ x, y, side }) {
  return [x - side / 2, y - side / 2, x + side / 2, y + side / 2].map(onAxis);
}

/**
 * log of the share of the prior that a cell has.
 * @param {[number, number]} middle
 * @param {number} side
 */
function logPrior([x, y], side) {
  const [left, bottom, right, top] = corners({ x, y, side });
  return Math.log(Math.max(cdf(right) - cdf(left), 1e-300)) + Math.log(Math.max(cdf(top) - cdf(bottom), 1e-300));
}
