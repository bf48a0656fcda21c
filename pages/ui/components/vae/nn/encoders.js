// From an image to features. The twin of vae/nn/encoders.py; images are (side, side) in [0, 1].

import { ACTIVATIONS, Conv2d, Flatten, Linear, Sequential } from "./layers.js";

/** @typedef {import("../weights.js").Weights} Weights */
/** @typedef {import("./layers.js").Layer} Layer */

/**
 * Dense layers over all pixels.
 *
 * @param {Weights} weights
 */
function dense(weights) {
  // The first module of the Sequential, number 0, is Flatten, which an image of one channel needs not.
  return new Sequential(layers(weights, "encoder", 1, weights.config.encoder_widths.length), "encoder", 1);
}

/**
 * 3×3 convolutions that each halve the image, then dense layers.
 *
 * @param {Weights} weights
 */
function conv(weights) {
  const { config } = weights;
  const activation = activationOf(weights);
  /** @type {Layer[]} */
  const steps = [];
  let side = config.side;
  let number = 1; // 0 is Unflatten
  for (let i = 0; i < config.encoder_channels.length; i++, number += 2) {
    const layer = new Conv2d(weights, `encoder.${number}`, side, 2);
    side = layer.larger;
    steps.push(layer, new activation());
  }
  steps.push(new Flatten(side, config.encoder_channels.at(-1)));
  steps.push(...layers(weights, "encoder", number + 1, config.encoder_widths.length));
  return new Sequential(steps, "encoder", 1);
}

/**
 * Dense layers, each with its activation.
 *
 * @param {Weights} weights
 * @param {string} name of the Sequential they are in
 * @param {number} first number of the first of them in it
 * @param {number} count
 * @returns {Layer[]}
 */
export function layers(weights, name, first, count) {
  const activation = activationOf(weights);
  return Array.from({ length: count }, (_, i) => [
    new Linear(weights, `${name}.${first + 2 * i}`),
    new activation(),
  ]).flat();
}

/** @param {Weights} weights */
export function activationOf({ config }) {
  return ACTIVATIONS[/** @type {keyof typeof ACTIVATIONS} */ (config.activation)];
}

/** @type {Record<string, (weights: Weights) => Layer>} */
export const ENCODERS = { dense, conv };
