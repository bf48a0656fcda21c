// Numbers of the machine in words.

/**
 * @import { Posterior } from "../vae/nn/posterior.js"
 * @typedef {{reconstruction: number, kl: number}} Costs  nats
 */

/**
 * @param {number} value
 * @param {number} digits
 */
export function signed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) > 0 ? "−" : "") + text;
}

/** @param {ArrayLike<number>} place */
export function placeWords(place) {
  return `(${signed(place[0])}, ${signed(place[1])})`;
}

/** @param {Posterior} posterior */
export function spreadWords({ log_var }) {
  return log_var.map((one) => Math.exp(0.5 * one).toPrecision(2)).join(" × ");
}

/** @param {Posterior} posterior */
export function cloudWords(posterior) {
  const { mean, correlation } = posterior;
  const aslant = correlation ? `, correlation ${signed(correlation)}` : "";
  return `Mean ${placeWords(mean)}, standard deviations ${spreadWords(posterior)}${aslant}.`;
}

/**
 * The share of a whole that saying where takes; nothing where a density makes a cost negative.
 * @param {Costs} costs
 */
export function balance({ reconstruction, kl }) {
  return reconstruction > 0 && kl >= 0 ? kl / (kl + reconstruction) : null;
}

/** @param {Costs} costs */
export function costsWords({ reconstruction, kl }) {
  const sum = reconstruction + kl;
  return (
    `${signed(kl)} for where and ${signed(reconstruction)} for the picture are ${signed(sum)} nats: ` +
    `log p(x) is at least ${signed(-sum)}, the ELBO.`
  );
}

/** @param {number[]} shape */
export function shapeWords(shape) {
  return shape.map((one) => one.toLocaleString("en")).join(" × ");
}
