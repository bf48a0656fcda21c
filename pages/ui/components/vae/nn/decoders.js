// From a point of the plane to the logits of an image. The twin of vae/nn/decoders.py.

import { activationOf, layers } from "./encoders.js";
import { FourierFeatures } from "./fourier.js";
import { ConvTranspose2d, Linear, Sequential, Unflatten } from "./layers.js";

/** @typedef {import("../weights.js").Weights} Weights */
/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {import("./layers.js").Observer} Observer */

/**
 * Dense layers, and one more that draws the pixels.
 *
 * @param {Weights} weights
 */
function dense(weights) {
  const depth = weights.config.decoder_widths.length;
  const steps = [...layers(weights, "decoder", 0, depth), new Linear(weights, `decoder.${2 * depth}`)];
  return new Sequential(steps, "decoder");
}

/**
 * Dense layers, then transposed 3×3 convolutions that each double the image.
 *
 * @param {Weights} weights
 */
function conv(weights) {
  const { config } = weights;
  const activation = activationOf(weights);
  const channels = config.decoder_channels;
  const depth = config.decoder_widths.length + 1;
  let side = config.side / 2 ** channels.length;
  let number = 2 * depth + 1; // after the Unflatten
  /** @type {Layer[]} */
  const steps = [new Unflatten(side, channels[0])];
  for (let i = 0; i < channels.length; i++, number += 2, side *= 2) {
    steps.push(new ConvTranspose2d(weights, `decoder.${number}`, side, 2), new activation());
  }
  steps.push(new ConvTranspose2d(weights, `decoder.${number}`, side, 1));
  return new Sequential([...layers(weights, "decoder", 0, depth), ...steps], "decoder");
}

/**
 * z and its waves, mixed once, then refined block by block: x + a small network of x.
 */
class Residual {
  /** @param {Weights} weights */
  constructor(weights) {
    const { config } = weights;
    this.activation = new (activationOf(weights))();
    this.plane = new Linear(weights, "decoder.plane");
    this.waves = this.mix = null;
    if (config.frequencies) {
      this.waves = new FourierFeatures(weights, "decoder.waves");
      this.mix = new Linear(weights, "decoder.mix");
    }
    /** @type {string[]} */
    this.names = config.decoder_widths.map((/** @type {number} */ _, /** @type {number} */ i) => `decoder.blocks.${i}`);
    this.blocks = this.names.map((name) => new Linear(weights, name));
    this.out = new Linear(weights, "decoder.out");
  }

  /**
   * @param {Float32Array} z (2,)
   * @param {Observer} [observe]
   */
  forward(z, observe) {
    const x = this.plane.forward(z);
    observe?.("decoder.plane", x);
    if (this.waves && this.mix) {
      const waves = this.waves.forward(z);
      observe?.("decoder.waves", waves);
      const mixed = this.mix.forward(waves);
      observe?.("decoder.mix", mixed);
      add(x, mixed);
    }
    this.blocks.forEach((block, i) => {
      const more = block.forward(this.activate(x, observe));
      observe?.(this.names[i], more);
      add(x, more);
    });
    const out = this.out.forward(this.activate(x, observe));
    observe?.("decoder.out", out);
    return out;
  }

  /**
   * @param {Float32Array} x
   * @param {Observer} [observe]
   */
  activate(x, observe) {
    const active = this.activation.forward(x);
    observe?.("decoder.activation", active);
    return active;
  }
}

/**
 * x += more
 *
 * @param {Float32Array} x
 * @param {Float32Array} more
 */
function add(x, more) {
  for (let i = 0; i < x.length; i++) x[i] += more[i];
}

/** @type {Record<string, (weights: Weights) => Layer>} */
export const DECODERS = { dense, residual: (weights) => new Residual(weights), conv };
