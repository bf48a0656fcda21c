// Runs in a page: how long one image takes to decode.

import { Decoder } from "../pages/ui/components/vae/model.js";
import { Weights } from "../pages/ui/components/vae/weights.js";

const REACH = 2; // standard deviations of the prior, within which places lie

/**
 * @param {string} packed  weights of a decoder in base64
 * @param {number} count
 * @returns {number} the median, ms, once the compiler has seen it
 */
function timeDecodes(packed, count) {
  const decoder = new Decoder(new Weights(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0))));
  const grey = new Uint8ClampedArray(784);
  const times = Array.from({ length: 2 * count }, (_, i) => {
    const start = performance.now();
    decoder.decode([REACH * Math.sin(i), REACH * Math.cos(1.7 * i)], grey);
    return performance.now() - start;
  });
  return times.slice(count).sort((a, b) => a - b)[count >> 1];
}

Object.assign(globalThis, { timeDecodes });
