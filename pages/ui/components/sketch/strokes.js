// Strokes of a pen or an eraser on a square pad, and the text that an address has for them.
//
// The text is base64url of bytes. A stroke is its kind (0 pen, 1 eraser, 2 a pen whose width changes),
// its width, and its points: how many, where the first is, and how far each is from the one before. All
// of it in varints, differences in zigzag, after one byte for the version.

export const PAD = 512; // units along each side of the pad
export const LONGEST = 1400; // characters of the text
const VERSION = 1;
const MOST_STROKES = 200;
const MOST_POINTS = 2000; // of all strokes in a text
const WIDEST = 160; // units
const SMOOTHEST = 1; // units that a simplified line may be off

/**
 * @typedef {[number, number, number]} Point  x and y in units from the upper left corner, and the width there
 * @typedef {{erase: boolean, points: Point[]}} Stroke
 */

/**
 * The stroke with no more points than it needs, on whole units: the form in which it is kept and sent.
 * @param {Stroke} stroke
 * @param {number} [tolerance]  units
 * @returns {Stroke}
 */
export function simplify({ erase, points }, tolerance = SMOOTHEST) {
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  /** @type {[number, number][]} */
  const spans = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    const [index, distance] = farthest(points, from, to);
    if (distance <= tolerance) continue;
    kept[index] = 1;
    spans.push([from, index], [index, to]);
  }
  const whole = points.filter((_, i) => kept[i]).map(([x, y, width]) => {
    return /** @type {Point} */ ([inside(x), inside(y), Math.min(Math.max(Math.round(width), 1), WIDEST)]);
  });
  return { erase, points: whole.filter((point, i) => i === 0 || String(point) !== String(whole[i - 1])) };
}

/** @param {number} value */
function inside(value) {
  return Math.min(Math.max(Math.round(value), 0), PAD);
}

/**
 * The point farthest from the straight line between two others.
 * Source: Douglas & Peucker 1973; width counts as a third coordinate.
 * @param {Point[]} points
 * @param {number} from
 * @param {number} to
 * @returns {[number, number]} its index and its distance
 */
function farthest(points, from, to) {
  const [a, b] = [points[from], points[to]];
  const along = b.map((value, i) => value - a[i]);
  const square = along.reduce((sum, value) => sum + value * value, 0);
  let [index, most] = [from, -1];
  for (let i = from + 1; i < to; i++) {
    const off = points[i].map((value, axis) => value - a[axis]);
    const dot = off.reduce((sum, value, axis) => sum + value * along[axis], 0);
    const part = square ? Math.min(Math.max(dot / square, 0), 1) : 0;
    const distance = Math.hypot(...off.map((value, axis) => value - part * along[axis]));
    if (distance > most) [index, most] = [i, distance];
  }
  return [index, most];
}

/**
 * The text of strokes, simplified further until it is short enough; nothing where that cannot be.
 * @param {Stroke[]} strokes  as `simplify` leaves them
 * @returns {{text: string, strokes: Stroke[]} | null}
 */
export function fitText(strokes) {
  for (let tolerance = SMOOTHEST; tolerance <= 16; tolerance *= 1.5) {
    const fewer = tolerance === SMOOTHEST ? strokes : strokes.map((stroke) => simplify(stroke, tolerance));
    const text = write(fewer);
    if (text.length <= LONGEST) return { text, strokes: fewer };
  }
  return null;
}

/**
 * @param {Stroke[]} strokes
 * @returns {string}
 */
export function write(strokes) {
  if (!strokes.length) return "";
  /** @type {number[]} */
  const bytes = [VERSION];
  for (const { erase, points } of strokes) {
    const changes = points.some(([, , width]) => width !== points[0][2]);
    bytes.push(Number(erase) + (changes ? 2 : 0));
    const [x, y, width] = points[0];
    [width, points.length, x, y].forEach((value) => varint(bytes, value));
    points.slice(1).forEach((point, i) => {
      const steps = point.map((value, axis) => value - points[i][axis]);
      steps.slice(0, changes ? 3 : 2).forEach((step) => varint(bytes, step < 0 ? -2 * step - 1 : 2 * step));
    });
  }
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {number[]} bytes  takes it
 * @param {number} value  not negative
 */
function varint(bytes, value) {
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  bytes.push(value);
}

/**
 * The strokes that a text stands for.
 * @param {string} text  which may come from anywhere
 * @returns {Stroke[]}
 * @throws {Error} if it is no text of strokes
 */
export function read(text) {
  if (!text) return [];
  if (text.length > LONGEST || !/^[\w-]+$/.test(text)) throw new Error("This is no drawing.");
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  let at = 1;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 14) throw new Error("The drawing is cut off.");
      value |= (bytes[at] & 127) << shift;
      if (!(bytes[at++] & 128)) return value;
    }
  };
  const step = () => {
    const value = next();
    return value & 1 ? -(value + 1) / 2 : value / 2;
  };
  if (bytes[0] !== VERSION) throw new Error("The drawing was made by another version.");
  /** @type {Stroke[]} */
  const strokes = [];
  let left = MOST_POINTS;
  while (at < bytes.length) {
    const kind = next();
    const [first, count, x, y] = [next(), next(), next(), next()];
    left -= count;
    if (kind > 3 || !count || left < 0 || strokes.length === MOST_STROKES) throw new Error("This is no drawing.");
    /** @type {Point[]} */
    const points = [[x, y, first]];
    for (let i = 1; i < count; i++) {
      const [px, py, width] = points[i - 1];
      points.push([px + step(), py + step(), kind & 2 ? width + step() : width]);
    }
    if (!points.every(isOnPad)) throw new Error("This is no drawing.");
    strokes.push({ erase: (kind & 1) === 1, points });
  }
  return strokes;
}

/** @param {Point} point */
function isOnPad([x, y, width]) {
  return x >= 0 && x <= PAD && y >= 0 && y <= PAD && width >= 1 && width <= WIDEST;
}
