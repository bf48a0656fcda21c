// Layers of torch.nn for one image at a time. Each has its output's buffer from the start, so that a
// frame allocates nothing; what `forward` returns is overwritten by the next call.
//
// Between convolutions an image is (height, width, channels): a pixel's channels lie together, and a
// convolution is a sum of products over them. Flatten and Unflatten convert from and to PyTorch's
// (channels, height, width).

/** @typedef {import("../weights.js").Weights} Weights */
/**
 * Is told what each layer gives, by the name that the layer has in PyTorch. The next call overwrites it.
 *
 * @typedef {(name: string, values: Float32Array) => void} Observer
 * @typedef {{ forward: (x: Float32Array, observe?: Observer) => Float32Array }} Layer
 */

/**
 * out[o] = bias[o] + Σ weight[o, i] · x[i], added to what out has if `add`. Four rows at a time, for
 * each number of x to be loaded once for four products.
 *
 * @param {Float32Array} weight (outputs, inputs)
 * @param {number} start of the rows in `weight`
 * @param {Float32Array} x
 * @param {number} from where the inputs begin in `x`
 * @param {number} inputs
 * @param {Float32Array} out the sums are added to what it holds
 * @param {number} to where the outputs begin in `out`
 * @param {number} outputs
 */
export function addProduct(weight, start, x, from, inputs, out, to, outputs) {
  let o = 0;
  let a = start;
  for (; o + 4 <= outputs; o += 4, a += 4 * inputs) {
    const b = a + inputs;
    const c = b + inputs;
    const d = c + inputs;
    let [sa, sb, sc, sd] = [0, 0, 0, 0];
    for (let i = 0; i < inputs; i++) {
      const v = x[from + i];
      sa += weight[a + i] * v;
      sb += weight[b + i] * v;
      sc += weight[c + i] * v;
      sd += weight[d + i] * v;
    }
    out[to + o] += sa;
    out[to + o + 1] += sb;
    out[to + o + 2] += sc;
    out[to + o + 3] += sd;
  }
  for (; o < outputs; o++, a += inputs) {
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += weight[a + i] * x[from + i];
    out[to + o] += sum;
  }
}

export class Linear {
  /**
   * @param {Weights} weights
   * @param {string} name of the layer in the state_dict
   */
  constructor(weights, name) {
    const { values, shape } = weights.get(`${name}.weight`);
    this.weight = values; // (outputs, inputs)
    this.bias = weights.get(`${name}.bias`).values;
    this.outputs = shape[0];
    this.inputs = shape[1];
    this.out = new Float32Array(this.outputs);
  }

  /** @param {Float32Array} x (inputs,) */
  forward(x) {
    this.out.set(this.bias);
    addProduct(this.weight, 0, x, 0, this.inputs, this.out, 0, this.outputs);
    return this.out;
  }
}

/** A 3×3 convolution with padding 1. */
export class Conv2d {
  /**
   * @param {Weights} weights
   * @param {string} name
   * @param {number} side of the square image that comes in
   * @param {number} stride
   */
  constructor(weights, name, side, stride) {
    const { values, shape } = weights.get(`${name}.weight`); // (outputs, inputs, 3, 3)
    this.outputs = shape[0];
    this.inputs = shape[1];
    this.taps = byTap(values, this.outputs, this.inputs, 9 * this.inputs, 9);
    this.bias = weights.get(`${name}.bias`).values;
    this.side = side;
    this.stride = stride;
    this.larger = Math.ceil(side / stride); // the side of what goes out
    this.out = new Float32Array(this.larger ** 2 * this.outputs);
  }

  /** @param {Float32Array} x (side, side, inputs) */
  forward(x) {
    const { side, stride, inputs, outputs, larger, out, taps, bias } = this;
    for (let row = 0, to = 0; row < larger; row++) {
      for (let column = 0; column < larger; column++, to += outputs) {
        out.set(bias, to);
        for (let tap = 0; tap < 9; tap++) {
          const y = stride * row - 1 + Math.trunc(tap / 3);
          const at = stride * column - 1 + (tap % 3);
          if (y < 0 || at < 0 || y >= side || at >= side) continue;
          const start = tap * outputs * inputs;
          addProduct(taps, start, x, (y * side + at) * inputs, inputs, out, to, outputs);
        }
      }
    }
    return out;
  }
}

/**
 * A transposed 3×3 convolution with padding 1: an image `stride` times as wide and high.
 */
export class ConvTranspose2d {
  /**
   * @param {Weights} weights
   * @param {string} name
   * @param {number} side of the square image that comes in
   * @param {number} stride
   */
  constructor(weights, name, side, stride) {
    const { values, shape } = weights.get(`${name}.weight`); // (inputs, outputs, 3, 3)
    this.inputs = shape[0];
    this.outputs = shape[1];
    this.taps = byTap(values, this.outputs, this.inputs, 9, 9 * this.outputs);
    this.bias = weights.get(`${name}.bias`).values;
    this.side = side;
    this.stride = stride;
    this.larger = side * stride;
    this.out = new Float32Array(this.larger ** 2 * this.outputs);
  }

  /** @param {Float32Array} x (side, side, inputs) */
  forward(x) {
    const { side, stride, inputs, outputs, larger, out, taps, bias } = this;
    for (let row = 0, to = 0; row < larger; row++) {
      for (let column = 0; column < larger; column++, to += outputs) {
        out.set(bias, to);
        for (let tap = 0; tap < 9; tap++) {
          const y = (row + 1 - Math.trunc(tap / 3)) / stride;
          const at = (column + 1 - (tap % 3)) / stride;
          if (!Number.isInteger(y) || !Number.isInteger(at)) continue;
          if (y < 0 || at < 0 || y >= side || at >= side) continue;
          const start = tap * outputs * inputs;
          addProduct(taps, start, x, (y * side + at) * inputs, inputs, out, to, outputs);
        }
      }
    }
    return out;
  }
}

/**
 * A kernel's weights as (tap, outputs, inputs), so that the inputs of one product lie together.
 *
 * @param {Float32Array} values
 * @param {number} outputs
 * @param {number} inputs
 * @param {number} perOutput how far apart in `values` two outputs are
 * @param {number} perInput how far apart two inputs are
 */
function byTap(values, outputs, inputs, perOutput, perInput) {
  const taps = new Float32Array(values.length);
  let to = 0;
  for (let tap = 0; tap < 9; tap++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) taps[to++] = values[o * perOutput + i * perInput + tap];
    }
  }
  return taps;
}

/** (side, side, channels) -> (channels · side · side,) */
export class Flatten {
  /**
   * @param {number} side
   * @param {number} channels
   */
  constructor(side, channels) {
    this.rows = side * side;
    this.columns = channels;
    this.out = new Float32Array(this.rows * channels);
  }

  /** @param {Float32Array} x */
  forward(x) {
    transpose(x, this.rows, this.columns, this.out);
    return this.out;
  }
}

/** (channels · side · side,) -> (side, side, channels), the way back */
export class Unflatten extends Flatten {
  /**
   * @param {number} side
   * @param {number} channels
   */
  constructor(side, channels) {
    super(side, channels);
    [this.rows, this.columns] = [channels, side * side];
  }
}

/**
 * @param {Float32Array} x (rows, columns)
 * @param {number} rows
 * @param {number} columns
 * @param {Float32Array} out (columns, rows)
 */
function transpose(x, rows, columns, out) {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = x[row * columns + column];
  }
}

export class GELU {
  constructor() {
    this.out = new Float32Array(0);
  }

  /** x · Φ(x), Φ being the share of a standard normal below x. @param {Float32Array} x */
  forward(x) {
    if (this.out.length !== x.length) this.out = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) this.out[i] = 0.5 * x[i] * (1 + erf(x[i] * Math.SQRT1_2));
    return this.out;
  }
}

export class ReLU {
  constructor() {
    this.out = new Float32Array(0);
  }

  /** @param {Float32Array} x */
  forward(x) {
    if (this.out.length !== x.length) this.out = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) this.out[i] = x[i] > 0 ? x[i] : 0;
    return this.out;
  }
}

/**
 * The error function, off by at most 1.5e-7, which is what a float of 1 resolves.
 *
 * Source: Abramowitz & Stegun 1964, formula 7.1.26.
 *
 * @param {number} x
 */
export function erf(x) {
  const size = Math.abs(x);
  const t = 1 / (1 + 0.3275911 * size);
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const value = 1 - sum * Math.exp(-size * size);
  return x < 0 ? -value : value;
}

export const ACTIVATIONS = { gelu: GELU, relu: ReLU };

/** Layers one after the other. */
export class Sequential {
  /**
   * @param {Layer[]} layers
   * @param {string} name of the Sequential in PyTorch
   * @param {number} [first] number of the first of them in it
   */
  constructor(layers, name, first = 0) {
    this.layers = layers;
    this.names = layers.map((_, i) => `${name}.${first + i}`);
  }

  /**
   * @param {Float32Array} x
   * @param {Observer} [observe]
   */
  forward(x, observe) {
    for (let i = 0; i < this.layers.length; i++) {
      x = this.layers[i].forward(x);
      observe?.(this.names[i], x);
    }
    return x;
  }
}
