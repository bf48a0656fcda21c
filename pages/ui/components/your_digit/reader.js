// What the encoder says of a digit, in this browser.

import { Encoder, expected } from "../vae/model.js";
import { observe } from "../vae/pixels.js";
import { Weights } from "../vae/weights.js";

/**
 * @import { Decoder } from "../vae/model.js"
 * @import { Posterior } from "../vae/nn/posterior.js"
 * @typedef {{grey: Uint8Array, image: Float32Array, posterior: Posterior}} Reading  what was read, as it is observed, and q(z|x)
 */

export class Reader {
  /**
   * @param {Uint8Array} weights  of the encoder
   * @throws if they are none
   */
  constructor(weights) {
    const read = new Weights(weights);
    this.config = read.config;
    this.encoder = new Encoder(read);
  }

  /**
   * @param {Uint8Array} grey (784,)
   * @returns {Reading}
   */
  read(grey) {
    const image = observe(grey, this.config);
    return { grey, image, posterior: this.encoder.posterior(image) };
  }

  /**
   * Both terms of the bound, nats.
   * @param {Reading} reading
   * @param {Decoder} decoder
   */
  costs({ image, posterior }, decoder) {
    return expected(decoder, image, posterior);
  }
}
