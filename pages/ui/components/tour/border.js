// Where on the plane one class becomes another, and whether the hand has gone across.

import { likeness } from "../latent_map/neighbours.js";
import { NEAR } from "../latent_map/protocol.js";

/**
 * @import { Encoded } from "../latent_map/neighbours.js"
 * @import { Place } from "../latent_map/protocol.js"
 * @typedef {{from: number, to: number, place: Place}} Border  two classes, and a place between them
 * @typedef {{classes: Place, place: Place, ends: [Place, Place], weight: number}} Edge  of two cells
 * @typedef {{last: number | null, crossed: boolean}} Crossing  the class last met, of the two
 */

const CELL = 0.1; // prior deviations: a side of the cells whose classes are compared
const FEWEST = 3; // test digits in a cell that has a class
const MAJORITY = 0.6; // of them, of that class
const AROUND = 0.3; // prior deviations within which edges speak for one another
const STRIDE = 0.05; // prior deviations between two places of a movement that are looked at
const LOOKS = 12; // along one movement, at most: each asks all test digits
const ROW = 100_000; // cells in a row, more than any map has

/**
 * The class that the readout names at a place; nothing where no test digit is near.
 * @param {Encoded} encoded
 * @param {Place} z
 */
export function looksLike(encoded, z) {
  const { label, distance } = likeness(encoded, z);
  return distance <= NEAR ? label : null;
}

/**
 * Follow the hand from one place to another: crossed once both classes have been met, one after
 * the other, with none between them.
 * @param {Encoded} encoded
 * @param {Border} border
 * @param {Crossing} crossing  so far
 * @param {Place} start
 * @param {Place} end
 * @returns {Crossing}
 */
export function cross(encoded, { from, to }, { last, crossed }, start, end) {
  const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
  const looks = Math.min(Math.max(Math.ceil(length / STRIDE), 1), LOOKS);
  for (let i = 0; i <= looks; i++) {
    const part = i / looks;
    const label = looksLike(encoded, [start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])]);
    if (label === null) continue; // a gap between two islands belongs to neither
    const known = label === from || label === to;
    crossed ||= known && last !== null && last !== label;
    last = known ? label : null;
  }
  return { last, crossed };
}

/**
 * Where a 4 becomes a 9; on a map where those do not meet, the two classes that do most. Nothing
 * where no two do.
 * @param {Encoded} encoded
 * @returns {Border | null}
 */
export function findBorder(encoded) {
  /** @type {Map<string, Edge[]>} */
  const pairs = new Map();
  for (const edge of edges(encoded)) {
    const name = edge.classes.join();
    pairs.set(name, [...(pairs.get(name) ?? []), edge]);
  }
  const total = (/** @type {Edge[]} */ some) => some.reduce((sum, { weight }) => sum + weight, 0);
  const sorted = [...pairs.values()].sort((one, other) => total(other) - total(one));
  const asked = pairs.get("4,9");
  for (const pair of asked ? [asked, ...sorted] : sorted) {
    const border = thickest(encoded, pair);
    if (border) return border;
  }
  return null;
}

/**
 * Where most edges of a pair lie together, and the readout changes from one class to the other.
 * @param {Encoded} encoded
 * @param {Edge[]} pair
 * @returns {Border | null}
 */
function thickest(encoded, pair) {
  const near = (/** @type {Edge} */ one, /** @type {Edge} */ other) =>
    Math.hypot(one.place[0] - other.place[0], one.place[1] - other.place[1]) <= AROUND;
  const ranked = pair.map((edge) => ({
    edge,
    weight: pair.reduce((sum, other) => sum + (near(edge, other) ? other.weight : 0), 0),
  }));
  ranked.sort((one, other) => other.weight - one.weight);
  for (const { edge } of ranked) {
    const [from, to] = edge.classes;
    const border = { from, to, place: edge.place };
    if (cross(encoded, border, { last: null, crossed: false }, ...edge.ends).crossed) return border;
  }
  return null;
}

/**
 * The edges between neighbouring cells of different classes.
 * @param {Encoded} encoded
 * @returns {Edge[]}
 */
function edges(encoded) {
  const cells = classify(encoded);
  const found = [];
  for (const [at, cell] of cells) {
    for (const next of [cells.get(at + 1), cells.get(at + ROW)]) {
      if (!next || next.label === cell.label) continue;
      const [low, high] = cell.label < next.label ? [cell, next] : [next, cell];
      const middle = (/** @type {0 | 1} */ axis) => (low.place[axis] + high.place[axis]) / 2;
      found.push({
        classes: /** @type {Place} */ ([low.label, high.label]),
        place: /** @type {Place} */ ([middle(0), middle(1)]),
        ends: /** @type {[Place, Place]} */ ([low.place, high.place]),
        weight: Math.min(low.total, high.total),
      });
    }
  }
  return found;
}

/**
 * The cells that have a class, by their number: that of the row above is `ROW` more.
 * @param {Encoded} encoded
 */
function classify({ points, labels }) {
  /** @type {Map<number, number[]>} */
  const counts = new Map();
  for (let i = 0; i < labels.length; i++) {
    const at = Math.floor(points[2 * i] / CELL) + ROW * Math.floor(points[2 * i + 1] / CELL);
    const count = counts.get(at) ?? new Array(10).fill(0);
    count[labels[i]]++;
    counts.set(at, count);
  }
  /** @type {Map<number, {label: number, total: number, place: Place}>} */
  const cells = new Map();
  for (const [at, count] of counts) {
    const total = count.reduce((sum, one) => sum + one, 0);
    const most = Math.max(...count);
    if (total < FEWEST || most < MAJORITY * total) continue;
    const row = Math.round(at / ROW);
    const place = /** @type {Place} */ ([(at - ROW * row + 0.5) * CELL, (row + 0.5) * CELL]);
    cells.set(at, { label: count.indexOf(most), total, place });
  }
  return cells;
}
