// Curves of costs over steps: what of them is drawn, and between which ends.

/** @typedef {{steps: ArrayLike<number>, values: ArrayLike<number>}} Line */

const EARLY = 0.04; // share of the first values that may be cut off at the top
const LEAST = 1; // nats along the axis: what is smaller is nothing
const FEW = 8; // values that are all shown
const MOST = 300; // points of a line on the screen

/**
 * The ends of an axis that holds what lines do once their first steep steps are over.
 * @param {Line[]} lines
 * @returns {[number, number]}
 */
export function ends(lines) {
  const reaches = lines.map(({ values }) => reach(Array.from(values).filter(Number.isFinite)));
  const low = Math.min(...reaches.map(([from]) => from));
  const high = Math.max(low + LEAST, ...reaches.map(([, to]) => to));
  if (!Number.isFinite(low)) return [0, 1];
  const room = 0.06 * (high - low);
  return [Math.max(low - room, low >= 0 ? 0 : -Infinity), high + room];
}

/**
 * From the lowest of some values as high as most of them are, and half as far again.
 * @param {number[]} values
 * @returns {[number, number]}
 */
function reach(values) {
  if (!values.length) return [Infinity, -Infinity];
  const low = Math.min(...values);
  if (values.length <= FEW) return [low, Math.max(...values)];
  const later = values.slice(Math.ceil(EARLY * values.length)).sort((a, b) => a - b);
  const most = later[Math.floor(0.75 * later.length)];
  return [low, Math.min(later[later.length - 1], most + 1.5 * (most - low))];
}

/**
 * Fewer points that look alike: of each stretch its lowest and its highest, in their order.
 * @param {Line} line
 * @param {number} most  points that are left
 * @returns {[step: number, value: number][]}
 */
export function thin({ steps, values }, most = MOST) {
  const count = values.length;
  const all = Array.from({ length: count }, (_, i) => i);
  const width = Math.ceil((2 * count) / most);
  const kept = count <= most ? all : stretches(count, width).flatMap(([from, to]) => extremes(values, from, to));
  return kept.filter((i) => Number.isFinite(values[i])).map((i) => [steps[i], values[i]]);
}

/**
 * @param {number} count
 * @param {number} width
 * @returns {[number, number][]}
 */
function stretches(count, width) {
  return Array.from({ length: Math.ceil(count / width) }, (_, i) => [i * width, Math.min((i + 1) * width, count)]);
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} from
 * @param {number} to
 */
function extremes(values, from, to) {
  let [lowest, highest] = [from, from];
  for (let i = from; i < to; i++) {
    if (values[i] < values[lowest]) lowest = i;
    if (values[i] > values[highest]) highest = i;
  }
  return [...new Set([Math.min(lowest, highest), Math.max(lowest, highest)])];
}

/**
 * The value at a step: that of the last point before it.
 * @param {Line} line
 * @param {number} step
 */
export function valueAt({ steps, values }, step) {
  let [low, high] = [0, steps.length - 1];
  if (high < 0) return NaN;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (steps[middle] <= step) low = middle;
    else high = middle - 1;
  }
  return values[low];
}
