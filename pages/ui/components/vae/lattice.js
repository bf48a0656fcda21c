// Points spread evenly under the prior N(0, I). The twin of vae/lattice.py.

import { quantile } from "../latent_map/normal.js";

const PLASTIC = 1.324717957244746; // x³ = x + 1: its powers fill the square most evenly

/**
 * @param {number} count
 * @returns {Float32Array} (count, 2)
 */
export function lattice(count) {
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    points[2 * i] = quantile(((i + 1) / PLASTIC + 0.5) % 1);
    points[2 * i + 1] = quantile(((i + 1) / PLASTIC ** 2 + 0.5) % 1);
  }
  return points;
}

/**
 * How far from its neighbours each point of a lattice lies, in prior deviations.
 *
 * @param {Float32Array} points (count, 2)
 * @returns {Float32Array} (count,)
 */
export function spacing(points) {
  const count = points.length / 2;
  return Float32Array.from({ length: count }, (_, i) => {
    const square = points[2 * i] ** 2 + points[2 * i + 1] ** 2;
    return Math.sqrt((2 * Math.PI) / count) * Math.exp(0.25 * square);
  });
}
