// Arrays and what is said of them, in one piece. The twin of vae/training/packed.py, which has the layout.

import { halfToSingle } from "../vae/weights.js";

/**
 * @typedef {Uint8Array | Int16Array | Uint32Array | Float32Array} Numbers  halves are widened
 * @typedef {{values: Numbers, shape: number[]}} Part
 * @typedef {object} Packed
 * @property {Record<string, any>} header  what is said
 * @property {Record<string, Part>} parts
 */

const STEP = 8; // bytes: what every array starts at a multiple of

/** @type {Record<string, {size: number, read: (bytes: ArrayBuffer) => Numbers}>} */
const TYPES = {
  u1: { size: 1, read: (bytes) => new Uint8Array(bytes) },
  i2: { size: 2, read: (bytes) => new Int16Array(bytes) },
  u4: { size: 4, read: (bytes) => new Uint32Array(bytes) },
  f2: { size: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes), halfToSingle) },
  f4: { size: 4, read: (bytes) => new Float32Array(bytes) },
};

/**
 * @param {Uint8Array} bytes
 * @returns {Packed}
 * @throws if the bytes are cut off, or not of ours
 */
export function unpack(bytes) {
  if (bytes.length < 4) throw new Error("it is cut off");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + length > bytes.length) throw new Error("it is cut off, or not of ours");
  const { parts: listed, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  /** @type {Record<string, Part>} */
  const parts = {};
  let start = 4 + length;
  for (const [name, kind, shape] of listed) {
    const { size, read } = TYPES[kind];
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    if (start + size * count > bytes.length) throw new Error(`${name} is cut off`);
    parts[name] = { values: read(bytes.slice(start, start + size * count).buffer), shape };
    start += Math.ceil((size * count) / STEP) * STEP;
  }
  return { header, parts };
}

/**
 * @param {Packed} packed
 * @param {string} name
 * @returns {Uint8Array}
 */
export function bytesOf({ parts }, name) {
  const found = parts[name]?.values;
  if (!(found instanceof Uint8Array)) throw new Error(`there are no ${name}`);
  return found;
}

/**
 * @param {Packed} packed
 * @param {string} name
 * @returns {Float32Array}
 */
export function numbersOf({ parts }, name) {
  const found = parts[name]?.values;
  if (!(found instanceof Float32Array)) throw new Error(`there are no ${name}`);
  return found;
}
