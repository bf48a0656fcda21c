// What is known of a checkpoint's plane: its encoded points, their classes and where those lie.

/**
 * @import { Place, PlaneHeader } from "./protocol.js"
 * @typedef {{points: Float32Array, labels: Uint8Array}} Encoded  (N, 2) places and (N,) classes
 * @typedef {Omit<PlaneHeader, "points"> & Encoded & {key: string, middles?: Place[][]}} Plane  of a model that
 *   learns, the middles of its classes move, and stand for their islands
 */

/**
 * The layout of the bytes is written down in pack.py.
 * @param {Uint8Array} bytes
 * @param {string} key  of the checkpoint
 * @returns {Plane}
 */
export function readPlane(bytes, key) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  /** @type {PlaneHeader} */
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const from = 4 + length;
  const to = from + 8 * header.points;
  if (bytes.length < to + header.points) throw new Error("its file is cut off");
  const points = new Float32Array(bytes.slice(from, to).buffer);
  return { ...header, key, points, labels: bytes.slice(to, to + header.points) };
}
