// Where a card has room on the screen: beside what it points at, and never over it.

/**
 * @typedef {{left: number, top: number, width: number, height: number}} Rect  CSS pixels of the window
 * @typedef {{width: number, height: number}} Size
 */

export const GAP = 16; // CSS pixels from the card to what is beside it, and to the window's edges
const DEAR = 1000; // times as much as covering what is only better seen, covering what is pointed at costs

/**
 * The place for a card that covers none of the target, as little as can be of what is better seen,
 * and is near the target. Where a target leaves no room beside it, as little of it as can be is covered.
 * @param {Rect} target
 * @param {Size} card
 * @param {Size} view  the window
 * @param {Rect[]} [keep]  what is better seen
 * @returns {{left: number, top: number}}
 */
export function placeCard(target, card, view, keep = []) {
  const beside = [target, ...keep];
  const lefts = beside.flatMap(({ left, width }) => [left, left + width - card.width, left - GAP - card.width, left + width + GAP]);
  const tops = beside.flatMap(({ top, height }) => [top, top + height - card.height, top - GAP - card.height, top + height + GAP]);
  const most = { left: view.width - card.width - GAP, top: view.height - card.height - GAP };
  const within = (/** @type {number[]} */ values, /** @type {number} */ high) => [
    ...new Set([high, GAP, ...values].map((v) => Math.round(Math.max(GAP, Math.min(v, high))))),
  ];
  let best = { left: most.left, top: most.top, covers: Infinity, distance: Infinity };
  for (const left of within(lefts, most.left)) {
    for (const top of within(tops, most.top)) {
      const rect = { left, top, ...card };
      const kept = keep.reduce((sum, one) => sum + overlap(rect, one), 0);
      const covers = DEAR * overlap(rect, widened(target)) + kept;
      const distance = apart(rect, target);
      if (covers < best.covers || (covers === best.covers && distance < best.distance)) {
        best = { left, top, covers, distance };
      }
    }
  }
  return { left: best.left, top: best.top };
}

/**
 * The area that two rectangles share, in square pixels.
 * @param {Rect} one
 * @param {Rect} other
 */
export function overlap(one, other) {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  return Math.max(0, width) * Math.max(0, height);
}

/**
 * The target with its ring.
 * @param {Rect} target
 * @returns {Rect}
 */
export function widened({ left, top, width, height }, by = 6) {
  return { left: left - by, top: top - by, width: width + 2 * by, height: height + 2 * by };
}

/**
 * How far two rectangles are from each other; their middles decide between places equally far.
 * @param {Rect} one
 * @param {Rect} other
 */
function apart(one, other) {
  const between = (/** @type {number} */ a, /** @type {number} */ size, /** @type {number} */ b, /** @type {number} */ other) =>
    Math.max(0, b - a - size, a - b - other);
  const across = between(one.left, one.width, other.left, other.width);
  const down = between(one.top, one.height, other.top, other.height);
  const middles = Math.hypot(
    one.left + one.width / 2 - other.left - other.width / 2,
    one.top + one.height / 2 - other.top - other.height / 2,
  );
  return Math.hypot(across, down) + middles / 1000;
}
