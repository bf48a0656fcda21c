// Which picture went in: the test digit that was clicked, or the one nearest to the hand; or the visitor's
// own drawing, where the hand rests on it.

import { fromBase64 } from "../latent_map/elements.js";
import { NEAR } from "../latent_map/protocol.js";
import { drawOver, normalise } from "../sketch/normalise.js";
import { readDrawing } from "../sketch/text.js";

/**
 * @import { Given, Place } from "../latent_map/protocol.js"
 * @import { Server } from "../latent_map/state.js"
 * @typedef {{points: Float32Array, labels: Uint8Array}} Encoded
 */

const KEPT = 60; // observed digits

/**
 * The index of the encoded image nearest to a place, if it is near.
 * @param {Encoded} encoded
 * @param {Place} z
 * @returns {number | null}
 */
export function nearestDigit({ points, labels }, [x, y]) {
  let nearest = null;
  let least = NEAR ** 2;
  for (let i = 0; i < labels.length; i++) {
    const square = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
    if (square <= least) [nearest, least] = [i, square];
  }
  return nearest;
}

/**
 * Whether two places are near.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function near(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) <= NEAR;
}

/**
 * What is on the visitor's pad, as the model is shown it.
 * @param {Given} given
 * @returns {Promise<Uint8Array | null>}  (784,) grey levels; nothing if it is empty
 */
export async function readOwn({ drawing, picture }) {
  if (picture) return fromBase64(picture);
  if (!drawing) return null;
  const { picture: under, strokes } = await readDrawing(drawing);
  return under ? drawOver(under, strokes) : normalise(strokes);
}

/** Test digits as the encoder saw them, each fetched once. */
export class Observed {
  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    /** @type {Map<number, Uint8Array>} */
    this.known = new Map();
  }

  /**
   * @param {number} index
   * @throws {Error} if there are no originals of this checkpoint's digits
   */
  async get(index) {
    const known = this.known.get(index);
    if (known) return known;
    const { images } = await this.server.get("observed", { indices: [index] });
    const grey = fromBase64(images);
    if (this.known.size >= KEPT) this.known.clear();
    this.known.set(index, grey);
    return grey;
  }
}
