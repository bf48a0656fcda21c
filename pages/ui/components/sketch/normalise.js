// From strokes to a digit as MNIST draws it: fitted into 20×20, its centre of mass in the middle of
// 28×28. The twin of vae/digit/normalise.py, for ink that needs not be found; a pen that would be finer
// or broader than MNIST's ever are is drawn as broad as those, which lines allow.

import { raster } from "./raster.js";
import { PAD } from "./strokes.js";

/** @import { Stroke } from "./strokes.js" */

const SIDE = 28;
const BOX = 20; // MNIST's ink fills this, high or wide
const FINE = 8; // pixels per pixel of the box, of which each is the mean
const COARSE = 128; // pixels along the pad, to find where the ink is
const EDGE = 0.25; // of full ink: what is paler does not widen the box
const PENS = [1.6, 3.2]; // pixels: MNIST's lines are 2.3 wide in the median, and hardly any beyond these

/**
 * The digit that strokes draw; nothing where there is no ink.
 * @param {Stroke[]} strokes
 * @returns {Uint8Array | null} (784,) 0 is background and 255 is ink
 */
export function normalise(strokes) {
  const scale = COARSE / PAD;
  const whole = raster(strokes, { left: 0, top: 0, scale, width: COARSE, height: COARSE });
  const found = extent(whole, COARSE);
  if (!found) return null;
  // With room for a pen that will be broader, and for the pixel that its soft edge may lie in.
  const broad = broaden(strokes);
  const margin = 2 + widest(strokes) * Math.max(broad, 1) * scale;
  const [left, top, right, bottom] = found;
  const longest = Math.max(right - left, bottom - top);
  const fine = (BOX * FINE * scale) / longest;
  const frame = {
    left: (left - margin) / scale,
    top: (top - margin) / scale,
    scale: fine,
    width: Math.ceil(((right - left + 2 * margin) / scale) * fine),
    height: Math.ceil(((bottom - top + 2 * margin) / scale) * fine),
    broad,
  };
  const drawn = raster(strokes, frame);
  const box = extent(drawn, frame.width);
  return box && centre(fit(drawn, frame.width, box));
}

/**
 * The box around the ink.
 * @param {Float32Array} level
 * @param {number} width
 * @returns {[number, number, number, number] | null} left, top, right, bottom; the last two are beyond it
 */
function extent(level, width) {
  let most = 0;
  for (let i = 0; i < level.length; i++) if (level[i] > most) most = level[i];
  let left = width;
  let top = Infinity;
  let right = -1;
  let bottom = -1;
  for (let i = 0, y = 0; i < level.length; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (level[i] <= EDGE * most) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return right < 0 ? null : [left, top, right + 1, bottom + 1];
}

/** @param {Stroke[]} strokes */
function widest(strokes) {
  return Math.max(0, ...strokes.flatMap(({ points }) => points.map(([, , width]) => width)));
}

/**
 * By how much the pens must be broader to be as broad as MNIST's, where they are not.
 * @param {Stroke[]} strokes
 */
function broaden(strokes) {
  const pens = strokes.filter(({ erase }) => !erase).map(({ points }) => points);
  let [length, area] = [0, 0];
  for (const points of pens) {
    points.slice(1).forEach(([x, y, width], i) => {
      const piece = Math.hypot(x - points[i][0], y - points[i][1]);
      length += piece;
      area += piece * width;
    });
  }
  const sides = [0, 1].map((axis) => {
    const along = pens.flatMap((points) => points.map((point) => point[axis]));
    return Math.max(...along) - Math.min(...along);
  });
  const longest = Math.max(...sides);
  if (!length || !longest) return 1;
  const width = area / length;
  // The box holds the lines' middles and half a pen on either side: width · BOX / (longest + width).
  const [thin, thick] = PENS.map((pen) => (pen * longest) / (BOX - pen));
  return Math.min(Math.max(width, thin), thick) / width;
}

/**
 * The box of the ink in 20×20, its longer side filling it, each pixel the mean of those that it covers.
 * @param {Float32Array} level
 * @param {number} width
 * @param {[number, number, number, number]} box
 */
function fit(level, width, [left, top, right, bottom]) {
  const scale = Math.max(right - left, bottom - top) / BOX;
  const columns = Math.max(1, Math.round((right - left) / scale));
  const rows = Math.max(1, Math.round((bottom - top) / scale));
  const across = footprints(columns, (right - left) / columns);
  const down = footprints(rows, (bottom - top) / rows);
  const image = new Float32Array(rows * columns);
  down.forEach(([y0, y1], row) =>
    across.forEach(([x0, x1], column) => {
      let sum = 0;
      for (let y = top + y0; y < top + y1; y++) {
        for (let x = left + x0; x < left + x1; x++) sum += level[y * width + x];
      }
      image[row * columns + column] = sum / ((x1 - x0) * (y1 - y0));
    }),
  );
  const most = image.reduce((a, b) => Math.max(a, b), 0);
  return { rows, columns, image: Uint8Array.from(image, (ink) => Math.round((255 * ink) / most)) };
}

/**
 * From which to before which pixel each of fewer pixels reaches: over those whose middle lies in it, as
 * Pillow's box filter has it.
 * @param {number} count
 * @param {number} scale  pixels for each
 */
function footprints(count, scale) {
  return Array.from({ length: count }, (_, i) => {
    const from = Math.ceil(i * scale - 0.5);
    return [from, Math.max(from + 1, Math.ceil((i + 1) * scale - 0.5))];
  });
}

/**
 * The ink in 28×28, moved by whole pixels so that its mass is in the middle.
 * @param {{rows: number, columns: number, image: Uint8Array}} fitted
 */
function centre({ rows, columns, image }) {
  let [sum, x, y] = [0, 0, 0];
  image.forEach((ink, i) => {
    sum += ink;
    x += ink * (i % columns);
    y += ink * Math.floor(i / columns);
  });
  const start = (/** @type {number} */ mass, /** @type {number} */ size) =>
    Math.min(Math.max(Math.ceil(SIDE / 2 - 0.5 - mass), 0), SIDE - size);
  const [left, top] = [start(x / sum, columns), start(y / sum, rows)];
  const grey = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < rows; row++) {
    grey.set(image.subarray(row * columns, (row + 1) * columns), (top + row) * SIDE + left);
  }
  return grey;
}

/**
 * A picture of 28×28 with strokes drawn over it, where they lie on the pad.
 * @param {Uint8Array} picture (784,)
 * @param {Stroke[]} strokes
 */
export function drawOver(picture, strokes) {
  const fine = 4; // pixels per pixel
  const frame = { left: 0, top: 0, scale: (SIDE * fine) / PAD, width: SIDE * fine, height: SIDE * fine };
  const grey = Float32Array.from(picture);
  for (const stroke of strokes) {
    const cover = raster([{ ...stroke, erase: false }], frame);
    for (let i = 0; i < grey.length; i++) {
      const [row, column] = [fine * Math.floor(i / SIDE), fine * (i % SIDE)];
      let sum = 0;
      for (let j = 0; j < fine * fine; j++) {
        sum += cover[(row + Math.floor(j / fine)) * frame.width + column + (j % fine)];
      }
      const level = (255 * sum) / (fine * fine);
      grey[i] = stroke.erase ? Math.min(grey[i], 255 - level) : Math.max(grey[i], level);
    }
  }
  return Uint8Array.from(grey, Math.round);
}
