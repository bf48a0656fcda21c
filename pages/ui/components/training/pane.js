// The window on the plane while its points move: it stands still, and seldom grows.

import { set } from "../latent_map/state.js";
import { middlesOf } from "./middles.js";
import { HALVES, windowFor } from "./motion.js";

/**
 * @import { Plane } from "../latent_map/plane.js"
 * @import { MapStore } from "../latent_map/state.js"
 */

const GROWTH = 6; // per second: what is left of the way shrinks so fast

export class Pane {
  /** @param {MapStore} store */
  constructor(store) {
    this.store = store;
    /** @type {Plane | null} */
    this.plane = null;
    this.target = this.half = HALVES[0];
    this.shown = false; // there have been points to show
  }

  reset() {
    this.plane = null;
    this.shown = false;
    this.target = this.half = HALVES[0];
  }

  /** @param {Plane} plane  whose points are on their way */
  open(plane) {
    this.plane = plane;
  }

  /** @param {Float32Array} points  that are to be in sight */
  fit(points) {
    this.target = windowFor(points, this.target);
  }

  /**
   * Grow towards what is to be in sight.
   * @param {number} seconds
   * @param {boolean} atOnce
   * @returns {boolean} whether there is more to grow
   */
  grow(seconds, atOnce) {
    if (this.half === this.target) return false;
    const left = (this.target - this.half) * Math.exp(-GROWTH * seconds);
    this.half = atOnce || left < 0.01 ? this.target : this.target - left;
    this.apply();
    return this.half !== this.target;
  }

  apply() {
    if (!this.plane || !this.shown) return;
    const { half } = this;
    this.plane = { ...this.plane, x: [-half, half], y: [-half, half] };
    const { viewport } = this.store.state;
    const whole = { x: 0, y: 0, half };
    const homes = { ...viewport.homes, z: whole };
    const view = viewport.atHome ? homes[viewport.axes] : viewport.view;
    this.store.dispatch(set, { plane: this.plane, viewport: viewport.with({ homes, whole, view }), failure: "" });
  }

  /**
   * Show points; a digit that was clicked takes the hand along.
   * @param {Float32Array} points  (N, 2)
   */
  show(points) {
    if (!this.plane) return;
    this.plane = { ...this.plane, points, middles: middlesOf(points, this.plane.labels) };
    const { selected, held } = this.store.state;
    const rides = selected !== null && !held;
    /** @type {{z?: [number, number]}} */
    const along = rides ? { z: [points[2 * selected], points[2 * selected + 1]] } : {};
    this.store.dispatch(set, { plane: this.plane, ...along });
    if (this.shown) return;
    this.shown = true;
    this.half = this.target;
    this.store.dispatch(set, { viewport: this.store.state.viewport.fitHome() });
    this.apply();
  }
}
