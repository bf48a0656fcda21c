// A trained model in the browser, one image at a time. The twin of vae/model.py and vae/codec.py.

import { DECODERS } from "./nn/decoders.js";
import { ENCODERS } from "./nn/encoders.js";
import { HEADS } from "./nn/heads.js";
import { build, logLikelihood } from "./nn/likelihoods.js";
import { at, klToPrior } from "./nn/posterior.js";

/** @typedef {import("./weights.js").Weights} Weights */
/** @typedef {import("./nn/layers.js").Observer} Observer */
/** @typedef {import("./nn/posterior.js").Posterior} Posterior */

const SIDE = 28; // of the images that a person sees

/** From z to an image. */
export class Decoder {
  /** @param {Weights} weights */
  constructor(weights) {
    this.side = weights.config.side;
    this.decoder = DECODERS[weights.config.decoder](weights);
    this.likelihood = build(weights);
    this.z = new Float32Array(2);
  }

  /**
   * The decoded image before the sigmoid.
   *
   * @param {ArrayLike<number>} z (2,), in standard deviations of the prior
   * @param {Observer} [observe]
   * @returns {Float32Array} (side · side,), overwritten by the next call
   */
  logits(z, observe) {
    this.z.set(z);
    return this.decoder.forward(this.z, observe);
  }

  /**
   * The mean image at a point of the plane.
   *
   * @param {ArrayLike<number>} z (2,)
   * @param {Uint8ClampedArray} grey (784,) takes it: 0 is background and 255 is ink
   */
  decode(z, grey) {
    enlarge(this.logits(z), this.side, this.likelihood.mean, grey);
  }
}

/**
 * An image at the network's size as a person sees it: 28×28, each pixel a square of them.
 *
 * @param {Float32Array} values (side · side,)
 * @param {number} side
 * @param {(value: number) => number} level of a value, in [0, 1]
 * @param {Uint8ClampedArray} grey (784,) takes it: 0 is background and 255 is ink
 */
export function enlarge(values, side, level, grey) {
  const times = Math.floor(SIDE / side);
  const start = Math.floor((SIDE - times * side) / 2);
  if (times * side < SIDE) grey.fill(0);
  for (let row = 0; row < times * side; row++) {
    const from = Math.floor(row / times) * side;
    const to = (row + start) * SIDE + start;
    for (let column = 0; column < times * side; column++) {
      grey[to + column] = 255 * level(values[from + Math.floor(column / times)]);
    }
  }
}

/**
 * The mean images at several points, one after the other.
 *
 * @param {Decoder} decoder
 * @param {ArrayLike<number>[]} places (2,) each
 * @returns {Uint8ClampedArray<ArrayBuffer>} 784 for each
 */
export function decodeAll(decoder, places) {
  const pixels = SIDE * SIDE;
  const images = new Uint8ClampedArray(pixels * places.length);
  places.forEach((z, i) => decoder.decode(z, images.subarray(pixels * i, pixels * (i + 1))));
  return images;
}

/** From an image to q(z|x). */
export class Encoder {
  /** @param {Weights} weights */
  constructor(weights) {
    this.encoder = ENCODERS[weights.config.encoder](weights);
    this.head = HEADS[weights.config.head](weights);
  }

  /**
   * @param {Float32Array} image (side · side,) in [0, 1], as vae/data/pixels.py observes it
   * @param {Observer} [observe]
   * @returns {Posterior}
   */
  posterior(image, observe) {
    return this.head.forward(this.encoder.forward(image, observe), observe);
  }
}

// Gauss-Hermite quadrature with three nodes: points and weights that integrate against N(0, 1).
const NODES = [-Math.sqrt(3), 0, Math.sqrt(3)];
const SHARES = [1 / 6, 2 / 3, 1 / 6];

/**
 * The two terms of the bound, in nats: elbo = -(reconstruction + kl). The twin of
 * vae/objective.py's `expected`.
 *
 * @param {Decoder} decoder
 * @param {Float32Array} image (side · side,) in [0, 1]
 * @param {Posterior} posterior of that image
 */
export function expected(decoder, image, posterior) {
  let reconstruction = 0;
  NODES.forEach((first, i) =>
    NODES.forEach((second, j) => {
      const logits = decoder.logits(at(posterior, [first, second]));
      reconstruction -= SHARES[i] * SHARES[j] * logLikelihood(decoder.likelihood, image, logits);
    }),
  );
  return { reconstruction, kl: klToPrior(posterior) };
}
