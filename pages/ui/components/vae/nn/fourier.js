// Fourier features of the plane: sines and cosines of z. The twin of vae/nn/fourier.py.

export class FourierFeatures {
  /**
   * @param {import("../weights.js").Weights} weights
   * @param {string} name
   */
  constructor(weights, name) {
    const { values, shape } = weights.get(`${name}.vectors`); // (2, count), radians per unit of z
    this.count = shape[1];
    this.vectors = values;
    this.out = new Float32Array(2 * this.count);
  }

  /** @param {Float32Array} z (2,) */
  forward(z) {
    const { count, vectors, out } = this;
    for (let i = 0; i < count; i++) {
      const phase = z[0] * vectors[i] + z[1] * vectors[count + i];
      out[i] = Math.sin(phase);
      out[count + i] = Math.cos(phase);
    }
    return out;
  }
}
