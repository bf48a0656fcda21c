// The encoder's Gaussian on the plane. The twin of vae/nn/posterior.py, for one image.

/**
 * N(mean, covariance), the covariance as two log-variances and a correlation.
 *
 * @typedef {object} Posterior
 * @property {number[]} mean (2,), in standard deviations of the prior
 * @property {number[]} log_var (2,)
 * @property {number} correlation between -1 and 1
 */

/**
 * The point that lies `noise` standard normal steps from the mean.
 *
 * @param {Posterior} posterior
 * @param {number[]} noise (2,)
 */
export function at({ mean, log_var, correlation }, [first, second]) {
  const aslant = correlation * first + Math.sqrt(1 - correlation ** 2) * second;
  return [mean[0] + Math.exp(0.5 * log_var[0]) * first, mean[1] + Math.exp(0.5 * log_var[1]) * aslant];
}

/**
 * KL(q(z|x) ‖ N(0, I)), nats.
 *
 * @param {Posterior} posterior
 */
export function klToPrior({ mean, log_var, correlation }) {
  const along = [0, 1].map((i) => mean[i] ** 2 + Math.exp(log_var[i]) - log_var[i] - 1);
  return 0.5 * (along[0] + along[1]) - 0.5 * Math.log(1 - correlation ** 2);
}
