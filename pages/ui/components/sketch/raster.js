// Strokes as levels of ink on a grid of pixels, by arithmetic alone: the same in every browser, which a
// canvas does not promise.

/**
 * @import { Stroke } from "./strokes.js"
 * @typedef {object} Frame  which part of the pad the grid covers
 * @property {number} left  units of the pad
 * @property {number} top
 * @property {number} scale  pixels per unit
 * @property {number} width  pixels
 * @property {number} height
 * @property {number} [broad]  by how much all pens are broader than they were drawn
 */

/**
 * @param {Stroke[]} strokes  in the order in which they were drawn
 * @param {Frame} frame
 * @returns {Float32Array} (height · width,) in [0, 1]
 */
export function raster(strokes, frame) {
  const ink = new Float32Array(frame.width * frame.height);
  for (const { erase, points } of strokes) {
    const cover = erase ? new Float32Array(ink.length) : ink; // an eraser takes what its whole stroke covers
    const broad = erase ? 1 : (frame.broad ?? 1);
    points.forEach((point, i) => segment(cover, frame, points[Math.max(i - 1, 0)], point, broad));
    if (erase) for (let i = 0; i < ink.length; i++) ink[i] = Math.min(ink[i], 1 - cover[i]);
  }
  return ink;
}

/**
 * One straight piece with round ends: of each pixel as much as lies within half the pen's width of it.
 * @param {Float32Array} cover
 * @param {Frame} frame
 * @param {import("./strokes.js").Point} from
 * @param {import("./strokes.js").Point} to
 * @param {number} broad
 */
function segment(cover, { left, top, scale, width, height }, from, to, broad) {
  const [ax, ay] = [(from[0] - left) * scale, (from[1] - top) * scale];
  const [dx, dy] = [(to[0] - from[0]) * scale, (to[1] - from[1]) * scale];
  const first = 0.5 * broad * scale * from[2];
  const change = 0.5 * broad * scale * (to[2] - from[2]);
  const square = dx * dx + dy * dy;
  const reach = Math.max(first, first + change) + 1;
  const x0 = Math.max(0, Math.floor(Math.min(ax, ax + dx) - reach));
  const x1 = Math.min(width, Math.ceil(Math.max(ax, ax + dx) + reach));
  const y0 = Math.max(0, Math.floor(Math.min(ay, ay + dy) - reach));
  const y1 = Math.min(height, Math.ceil(Math.max(ay, ay + dy) + reach));
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const part = square ? Math.min(Math.max((px * dx + py * dy) / square, 0), 1) : 0;
      const [ox, oy] = [px - part * dx, py - part * dy];
      const level = Math.min(1, first + part * change + 0.5 - Math.sqrt(ox * ox + oy * oy));
      const at = y * width + x;
      if (level > cover[at]) cover[at] = level;
    }
  }
}
