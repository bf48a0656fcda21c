// What a decoded image says about a real one: log p(x|z). The twin of vae/nn/likelihoods.py.

/** @typedef {import("../weights.js").Weights} Weights */

/**
 * log p(x|z) = Σ x · natural(l) - logPartition(l) + base(x) over the pixels, in nats.
 *
 * @typedef {object} Likelihood
 * @property {(logit: number) => number} mean of a pixel, in [0, 1]
 * @property {(logit: number) => number} natural
 * @property {(logit: number) => number} logPartition
 * @property {(pixel: number) => number} base
 */

/** @param {number} l */
const sigmoid = (l) => 1 / (1 + Math.exp(-l));

/** @param {number} l */
const softplus = (l) => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

/** @type {Likelihood} */
const bernoulli = { mean: sigmoid, natural: (l) => l, logPartition: softplus, base: () => 0 };

/** @type {Likelihood} */
const continuousBernoulli = {
  // Near 0 both terms of either formula are huge, and a series takes over.
  mean: (l) => (Math.abs(l) < 0.05 ? 0.5 + l / 12 : 1 / -Math.expm1(-l) - 1 / l),
  natural: (l) => l,
  logPartition: (l) => softplus(l) - Math.log(Math.abs(l) < 0.05 ? 2 + (l * l) / 6 : l / Math.tanh(l / 2)),
  base: () => 0,
};

/**
 * @param {number} logDeviation of a pixel, on the scale on which ink is 1
 * @returns {Likelihood}
 */
function gaussian(logDeviation) {
  const precision = Math.exp(-2 * Math.min(Math.max(logDeviation, Math.log(1 / 256)), 5));
  return {
    mean: sigmoid,
    natural: (l) => sigmoid(l) * precision,
    logPartition: (l) => 0.5 * sigmoid(l) ** 2 * precision,
    base: (x) => -0.5 * (x * x * precision + Math.log(2 * Math.PI) - Math.log(precision)),
  };
}

/**
 * The likelihood that a configuration names.
 *
 * @param {Weights} weights
 */
export function build(weights) {
  const { likelihood, deviation } = weights.config;
  if (likelihood === "bernoulli") return bernoulli;
  if (likelihood === "continuous-bernoulli") return continuousBernoulli;
  if (likelihood === "gaussian") return gaussian(Math.log(deviation));
  return gaussian(weights.get("likelihood.log_deviation").values[0]);
}

/**
 * The likelihood of an image of which each pixel was flipped by chance; only of binary pixels is it known.
 *
 * @param {Likelihood} likelihood
 * @param {number} share of the pixels that were flipped, in [0, 0.5)
 * @returns {Likelihood}
 */
export function flipped(likelihood, share) {
  if (likelihood !== bernoulli || !share) return likelihood;
  const ink = (/** @type {number} */ l) => share + (1 - 2 * share) * sigmoid(l);
  return {
    ...likelihood,
    natural: (l) => Math.log(ink(l) / (1 - ink(l))),
    logPartition: (l) => -Math.log(1 - ink(l)),
  };
}

/**
 * log p(x|z) of one image, nats.
 *
 * @param {Likelihood} likelihood
 * @param {ArrayLike<number>} image (side · side,) in [0, 1]
 * @param {Float32Array} logits (side · side,)
 */
export function logLikelihood({ natural, logPartition, base }, image, logits) {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += image[i] * natural(logits[i]) - logPartition(logits[i]) + base(image[i]);
  return sum;
}
