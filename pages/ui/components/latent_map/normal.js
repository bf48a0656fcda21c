// The normal distribution: what share of the prior lies below z, and back.

/**
 * Marsaglia 2004, "Evaluating the normal distribution": a series, to the last digit of a double.
 * @param {number} z
 */
export function cdf(z) {
  if (!(Math.abs(z) <= 8)) return z > 0 ? 1 : 0;
  let sum = z;
  let before = 0;
  let term = z;
  for (let i = 3; sum !== before; i += 2) {
    before = sum;
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * bell(z);
}

/** @param {number} z */
function bell(z) {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

/**
 * Newton's steps from the middle: on either side the curve bends so that none goes too far.
 * @param {number} share
 */
export function quantile(share) {
  const p = Math.min(Math.max(share, 1e-7), 1 - 1e-7);
  let z = 0;
  for (let i = 0; i < 40; i++) {
    const step = (p - cdf(z)) / bell(z);
    z += step;
    if (Math.abs(step) < 1e-12) break;
  }
  return z;
}
