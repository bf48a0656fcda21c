// What part of the plane is seen on the screen, and where: never changed, only replaced.
//
// It is measured in the units of the axes shown: prior deviations, or percentiles of the prior, in
// which the plane is a square and its crowded middle spreads out.

import { cdf, quantile } from "./normal.js";

/**
 * @import { Axes, Place } from "./protocol.js"
 * @import { Plane } from "./plane.js"
 * @typedef {{x: number, y: number, half: number}} Window  the middle, and half of what is seen
 */

/** @type {Record<Axes, {into: (v: number) => number, back: (v: number) => number, unit: (v: number) => string}>} */
export const AXES = {
  z: { into: (v) => v, back: (v) => v, unit: (v) => round(v) },
  percentiles: { into: cdf, back: quantile, unit: (v) => `${round(100 * v)}%` },
};

/** @type {{side: number, axes: Axes, homes: Record<Axes, Window>, whole: Window}} */
const EMPTY = {
  side: 1, // CSS pixels
  axes: "z",
  homes: { z: { x: 0, y: 0, half: 3 }, percentiles: { x: 0.5, y: 0.5, half: 0.5 } },
  whole: { x: 0, y: 0, half: 3 },
};

export class Viewport {
  /** @param {Partial<typeof EMPTY> & {view?: Window}} parts */
  constructor(parts = {}) {
    const { side, axes, homes, whole } = { ...EMPTY, ...parts };
    this.side = side;
    this.axes = axes;
    this.homes = homes;
    this.whole = whole;
    this.view = parts.view ?? homes[axes];
  }

  /**
   * The same, but for some parts.
   * @param {Partial<typeof EMPTY> & {view?: Window}} parts
   */
  with(parts) {
    const { side, axes, homes, whole, view } = this;
    return new Viewport({ side, axes, homes, whole, view, ...parts });
  }

  get home() {
    return this.homes[this.axes];
  }

  /** How many times larger than at home everything is. */
  get zoomed() {
    return this.home.half / this.view.half;
  }

  get atHome() {
    const { view, home } = this;
    return view.x === home.x && view.y === home.y && view.half === home.half;
  }

  /**
   * All but the outermost two in a thousand points; a few lie so far out that the rest would be small.
   * @param {Plane} plane
   */
  fit(plane) {
    const part = (/** @type {Float32Array} */ values, /** @type {number} */ p) =>
      values[Math.floor(p * (values.length - 1))];
    const xs = plane.points.filter((_, i) => i % 2 === 0).sort();
    const ys = plane.points.filter((_, i) => i % 2 === 1).sort();
    const most = square(part(xs, 0.001), part(xs, 0.999), part(ys, 0.001), part(ys, 0.999));
    const [[left, right], [bottom, top]] = [plane.x, plane.y];
    const whole = { x: (left + right) / 2, y: (bottom + top) / 2, half: (right - left) / 2 };
    const homes = { ...this.homes, z: whole.half < 1.3 * most.half ? whole : most };
    return this.with({ whole, homes, view: homes[this.axes] });
  }

  /** The usual view. */
  fitHome() {
    return this.with({ view: this.home });
  }

  /** The usual view, or from there the whole of the plane. */
  fitNext() {
    return this.with({ view: this.atHome && this.axes === "z" ? this.whole : this.home });
  }

  /**
   * @param {Axes} axes
   * @param {[number, number, number] | null} [window]
   */
  show(axes, window) {
    const shown = this.with({ axes, view: this.homes[axes] });
    if (!window) return shown;
    const [x, y, half] = window;
    return shown.with({ view: { x, y, half: shown.possible(half) } });
  }

  get scale() {
    return this.side / (2 * this.view.half); // CSS pixels per unit
  }

  /**
   * @param {Place} z
   * @returns {Place}
   */
  toScreen(z) {
    const { into } = AXES[this.axes];
    return this.fromUnits([into(z[0]), into(z[1])]);
  }

  /**
   * @param {Place} units
   * @returns {Place}
   */
  fromUnits([x, y]) {
    const { view, scale, side } = this;
    return [side / 2 + (x - view.x) * scale, side / 2 - (y - view.y) * scale];
  }

  /**
   * @param {Place} at
   * @returns {Place}
   */
  toUnits([left, top]) {
    const { view, scale, side } = this;
    return [view.x + (left - side / 2) / scale, view.y - (top - side / 2) / scale];
  }

  /**
   * @param {Place} at
   * @returns {Place}
   */
  toPlane(at) {
    const { back } = AXES[this.axes];
    const [x, y] = this.toUnits(at);
    return [back(x), back(y)];
  }

  /**
   * The ends of what is seen, in the units of the axes: [left, right], [bottom, top].
   * @returns {[Place, Place]}
   */
  get extent() {
    const { x, y, half } = this.view;
    const clamp = (/** @type {number} */ v) => (this.axes === "z" ? v : Math.min(Math.max(v, 0), 1));
    return [
      [clamp(x - half), clamp(x + half)],
      [clamp(y - half), clamp(y + half)],
    ];
  }

  /**
   * Zoom so that the place under the finger stays under it.
   * @param {number} factor
   * @param {Place} at
   */
  zoom(factor, at) {
    const [x, y] = this.toUnits(at);
    const half = this.possible(this.view.half * factor);
    const kept = half / this.view.half;
    const view = { x: x + (this.view.x - x) * kept, y: y + (this.view.y - y) * kept, half };
    return this.with({ view });
  }

  /** @param {number} half */
  possible(half) {
    const widest = this.axes === "z" ? this.whole.half : this.home.half; // beyond it nothing is known
    return Math.min(Math.max(half, this.home.half / 200), widest);
  }

  /**
   * @param {number} right
   * @param {number} down
   */
  pan(right, down) {
    const { x, y, half } = this.view;
    return this.with({ view: { x: x - right / this.scale, y: y + down / this.scale, half } });
  }
}

/**
 * A square view that holds a rectangle, with a little room around it.
 * @param {number} left
 * @param {number} right
 * @param {number} bottom
 * @param {number} top
 */
function square(left, right, bottom, top) {
  const half = (1.04 * Math.max(right - left, top - bottom)) / 2;
  return { x: (left + right) / 2, y: (bottom + top) / 2, half };
}

/**
 * The places of n × n tiles: z1 of the columns, z2 of the rows from the top.
 * @param {Viewport} viewport
 * @param {number} tiles
 */
export function tileMiddles(viewport, tiles) {
  const { back } = AXES[viewport.axes];
  const middles = (/** @type {Place} */ [low, high]) =>
    Array.from({ length: tiles }, (_, i) => back(low + ((i + 0.5) / tiles) * (high - low)));
  const [xs, ys] = viewport.extent.map(middles);
  return [xs, ys.reverse()];
}

/**
 * Places on a circle of the plane.
 * @param {Place} middle
 * @param {number} radius
 * @returns {Place[]}
 */
export function ring([x, y], radius, count = 120) {
  return Array.from({ length: count }, (_, i) => {
    const turn = (2 * Math.PI * i) / count;
    return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
  });
}

/**
 * A number in words, without zeros at its end.
 * @param {number} value
 */
export function round(value, digits = 4) {
  return Number(value.toFixed(digits)).toString().replace("-", "−");
}
