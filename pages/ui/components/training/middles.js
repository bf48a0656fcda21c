// Where each class is, while it moves: the middle of its points, where most of those around it are its own.

import { likeness } from "../latent_map/neighbours.js";

/** @import { Place } from "../latent_map/protocol.js" */

const OWN = 0.6; // share of the nearest points that must be of the class, or nobody knows where it is

/**
 * @param {Float32Array} points  (N, 2)
 * @param {Uint8Array} labels  (N,)
 * @returns {Place[][]} for each of ten classes its middle, or nothing
 */
export function middlesOf(points, labels) {
  /** @type {[number[], number[]][]} */
  const own = Array.from({ length: 10 }, () => [[], []]);
  for (let i = 0; i < labels.length; i++) {
    own[labels[i]][0].push(points[2 * i]);
    own[labels[i]][1].push(points[2 * i + 1]);
  }
  return own.map(([xs, ys], label) => {
    if (!xs.length) return [];
    const middle = /** @type {Place} */ ([median(xs), median(ys)]);
    const like = likeness({ points, labels }, middle);
    return like.label === label && like.share >= OWN ? [middle] : [];
  });
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
