// A place in a few hexadecimal characters, each of which names one of 4 × 4 cells, and again inside
// of that; vae/latent/geocode.py is the same.

import { cdf, quantile } from "./normal.js";

/** @import { Place } from "./protocol.js" */

/**
 * @param {Place} z
 * @param {number} characters
 */
export function spell(z, characters) {
  let [x, y] = z.map(cdf);
  let code = "";
  for (let i = 0; i < characters; i++) {
    const column = Math.min(3, Math.floor(x * 4));
    const row = Math.min(3, Math.floor(y * 4));
    code += (4 * row + column).toString(16).toUpperCase();
    [x, y] = [x * 4 - column, y * 4 - row];
  }
  return code;
}

/**
 * The cell that a code names, in percentiles: its lower left corner and its side.
 * @param {string} code
 * @returns {[number, number, number]}
 */
export function cell(code) {
  let [left, bottom, side] = [0, 0, 1];
  for (const character of code) {
    const digit = parseInt(character, 16);
    side /= 4;
    left += (digit % 4) * side;
    bottom += Math.floor(digit / 4) * side;
  }
  return [left, bottom, side];
}

/**
 * @param {string} code
 * @returns {Place}
 */
export function cellMiddle(code) {
  const [left, bottom, side] = cell(code);
  return [quantile(left + side / 2), quantile(bottom + side / 2)];
}
