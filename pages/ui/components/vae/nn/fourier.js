// Fourier features of the plane: sines and cosines of z. The twin of vae/nn/fourier.py.

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5)); // multiples of it never come back to a direction

/** @implements {import("./layers.js").Layer} */
export class Waves {
  /**
   * @param {number} count
   * @param {number} lowest frequency, in radians per unit of z
   * @param {number} highest frequency
   */
  constructor(count, lowest, highest) {
    this.count = count;
    const [low, high] = [Math.log10(lowest), Math.log10(highest)];
    const rates = Float32Array.from({ length: count }, (_, i) => 10 ** (low + ((high - low) * i) / Math.max(1, count - 1)));
    this.x = rates.map((rate, i) => rate * Math.cos(GOLDEN_ANGLE * i));
    this.y = rates.map((rate, i) => rate * Math.sin(GOLDEN_ANGLE * i));
    this.out = new Float32Array(2 * count);
  }

  /** @param {Float32Array} z (2,) */
  forward(z) {
    const { count, x, y, out } = this;
    for (let i = 0; i < count; i++) {
      const phase = z[0] * x[i] + z[1] * y[i];
      out[i] = Math.sin(phase);
      out[count + i] = Math.cos(phase);
    }
    return out;
  }
}
