// The atlas in the browser: unpacked once, blended at every frame. The layout of the bytes is
// written down in pack.py; vae/latent/atlas.py does the same blending for the tests.

/**
 * @import { AtlasHeader, Place } from "./protocol.js"
 * @typedef {Omit<AtlasHeader, "points"> & {points: Float32Array, labels: Uint8Array, images: Uint8Array}} Atlas
 */

export const PIXELS = 784;

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Atlas>}
 */
export async function unpackAtlas(bytes) {
  const header = readHeader(bytes);
  let at = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const points = new Float32Array(bytes.slice(at, (at += header.points * 8)).buffer);
  const labels = bytes.slice(at, (at += header.points));
  const images = addNeighbours(await inflate(bytes.subarray(at)), header.x.length);
  return { ...header, points, labels, images };
}

/**
 * @param {Uint8Array} bytes
 * @returns {AtlasHeader}
 */
export function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
}

/** @param {Uint8Array} bytes */
async function inflate(bytes) {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Pixel by pixel, each came as what its left and its lower neighbour do not tell, modulo 256.
 * @param {Uint8Array} differences
 * @param {number} size
 */
export function addNeighbours(differences, size) {
  const images = new Uint8Array(differences.length);
  const above = size * PIXELS;
  let from = 0;
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    let to = pixel;
    for (let row = 0; row < size; row++) {
      let sum = 0; // of the row's differences so far: what to add to the image below
      for (let column = 0; column < size; column++, from++, to += PIXELS) {
        sum += differences[from];
        images[to] = row ? sum + images[to - above] : sum;
      }
    }
  }
  return images;
}

/**
 * The grid line at or before a position, and how far along to the next.
 * @param {ArrayLike<number>} lines
 * @param {number} position
 * @returns {[number, number]}
 */
export function locate(lines, position) {
  const last = lines.length - 1;
  const p = Math.min(Math.max(position, lines[0]), lines[last]);
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lines[middle] <= p) low = middle;
    else high = middle;
  }
  return [low, (p - lines[low]) / (lines[low + 1] - lines[low])];
}

/**
 * The image at a place, blended from the four around it, into 784 grey levels.
 * @param {Atlas} atlas
 * @param {Place} place
 * @param {Uint8ClampedArray} grey
 */
export function blend(atlas, [x, y], grey) {
  const size = atlas.x.length;
  const [column, right] = locate(atlas.x, x);
  const [row, up] = locate(atlas.y, y);
  const a = (row * size + column) * PIXELS;
  const b = a + PIXELS;
  const c = a + size * PIXELS;
  const d = c + PIXELS;
  const wa = (1 - right) * (1 - up);
  const wb = right * (1 - up);
  const wc = (1 - right) * up;
  const wd = right * up;
  const images = atlas.images;
  for (let i = 0; i < PIXELS; i++) {
    grey[i] = wa * images[a + i] + wb * images[b + i] + wc * images[c + i] + wd * images[d + i];
  }
}
