// The weights of a model as vae/store/weights.py packs them, where the layout is written down.

/**
 * @typedef {object} Tensor
 * @property {Float32Array} values in the order of PyTorch: the last index runs fastest
 * @property {number[]} shape
 */

/** Weights by the names they have in PyTorch's state_dict. */
export class Weights {
  /**
   * @param {Uint8Array} bytes of one packed part of a model
   * @throws {RangeError} if the bytes are cut off
   */
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    /** @type {Record<string, any>} the settings of vae/config.py's ModelConfig */
    this.config = header.config;
    /** @type {Map<string, Tensor>} */
    this.tensors = new Map();
    for (const { name, dtype, shape, start } of header.tensors) {
      const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
      const at = bytes.byteOffset + 4 + length + start;
      const values =
        dtype === "f16"
          ? widen(new Uint8Array(bytes.buffer, at, count), new Uint8Array(bytes.buffer, at + count, count))
          : new Float32Array(bytes.buffer, at, count);
      this.tensors.set(name, { values, shape });
    }
  }

  /**
   * @param {string} name as in PyTorch's state_dict
   * @returns {Tensor}
   * @throws {Error} if there is none of that name
   */
  get(name) {
    const found = this.tensors.get(name);
    if (!found) throw new Error(`The model's file has no weights named ${name}.`);
    return found;
  }
}

/** @type {Float32Array | undefined} */
let halves;

/**
 * Half precision to single, by a table of all 65,536 numbers: a million weights take some ms.
 *
 * @param {Uint8Array} low bytes
 * @param {Uint8Array} high bytes
 * @returns {Float32Array}
 */
function widen(low, high) {
  halves ??= Float32Array.from({ length: 65536 }, (_, i) => halfToSingle(i));
  const values = new Float32Array(low.length);
  for (let i = 0; i < low.length; i++) values[i] = halves[low[i] | (high[i] << 8)];
  return values;
}

/**
 * @param {number} bits of an IEEE 754 binary16
 * @returns {number}
 */
export function halfToSingle(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
