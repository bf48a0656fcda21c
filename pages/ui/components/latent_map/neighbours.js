// Which test digits are near a place: the nearest of them vote, and those within reach are counted.

import { NEIGHBOURS } from "./protocol.js";

/**
 * @import { Place } from "./protocol.js"
 * @typedef {{points: Float32Array, labels: Uint8Array}} Encoded
 */

/**
 * The class that most of the nearest encoded images have, its share of them, how many were asked,
 * and how far the nearest is.
 * @param {Encoded} encoded
 * @param {Place} z
 */
export function likeness({ points, labels }, [x, y]) {
  const asked = Math.min(NEIGHBOURS, labels.length);
  const squares = new Float64Array(asked).fill(Infinity); // ascending
  const classes = new Uint8Array(asked);
  for (let i = 0; i < labels.length; i++) {
    const dx = points[2 * i] - x;
    const dy = points[2 * i + 1] - y;
    const square = dx * dx + dy * dy;
    if (square >= squares[asked - 1]) continue;
    let slot = asked - 1;
    for (; slot > 0 && squares[slot - 1] > square; slot--) {
      squares[slot] = squares[slot - 1];
      classes[slot] = classes[slot - 1];
    }
    squares[slot] = square;
    classes[slot] = labels[i];
  }
  const votes = new Uint8Array(10);
  for (const label of classes) votes[label]++;
  const most = Math.max(...votes);
  return { label: votes.indexOf(most), share: most / asked, asked, distance: Math.sqrt(squares[0]) };
}

/**
 * How many encoded images of each class lie within a distance.
 * @param {Encoded} encoded
 * @param {Place} z
 * @param {number} distance
 */
export function countNear({ points, labels }, [x, y], distance) {
  const counts = new Array(10).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const dx = points[2 * i] - x;
    const dy = points[2 * i + 1] - y;
    if (dx * dx + dy * dy <= distance * distance) counts[labels[i]]++;
  }
  return counts;
}

/**
 * A digit with its article: an 8.
 * @param {number} label
 */
export function withArticle(label) {
  return `${label === 8 ? "an" : "a"} ${label}`;
}

/**
 * What a place is like, in words: certain of a class only where test digits are.
 * @param {ReturnType<typeof likeness>} like
 * @param {number[]} counts  of the test digits that are near
 * @param {number} reach  within which they are counted
 */
export function describePlace({ label, share, asked, distance }, counts, reach) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    const some = share === 1 ? `${label}s` : share > 0.5 ? `mostly ${label}s` : "of several classes";
    return {
      headline: "Nothing near: the model is guessing",
      detail: `The nearest test digits are ${some}, ${distance.toFixed(1)} away`,
    };
  }
  return {
    headline: `most like ${withArticle(label)}, ${Math.round(share * 100)}% of the ${asked} nearest`,
    detail: `${total} test ${total === 1 ? "digit" : "digits"} within ${reach} of here`,
  };
}
