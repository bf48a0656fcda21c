// Points on their way from where they are to where they will be.

/** Halves of the window on the plane: it grows to the next where too many points lie outside. */
export const HALVES = [4, 6, 9, 14, 21, 32];
const OUTSIDE = 0.015; // share of the points that may lie beyond the rim
const RIM = 0.995; // of the half: where those are drawn

/**
 * The window that holds all but a few points: no smaller than it was, so that the axes stand still.
 * @param {Float32Array} points  (N, 2)
 * @param {number} half  of the window now
 */
export function windowFor(points, half) {
  const outside = (/** @type {number} */ reach) => {
    let count = 0;
    for (let i = 0; i < points.length; i += 2) {
      if (Math.abs(points[i]) > reach || Math.abs(points[i + 1]) > reach) count++;
    }
    return count;
  };
  const allowed = (OUTSIDE * points.length) / 2;
  return HALVES.find((reach) => reach >= half && outside(reach) <= allowed) ?? Math.max(half, HALVES[HALVES.length - 1]);
}

/**
 * Somewhere between two sets of points, none beyond the rim of the window.
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} part  0 to 1
 * @param {number} half
 */
export function mixPoints(from, to, part, half) {
  const rim = RIM * half; // none where the window is everything
  const mixed = new Float32Array(to.length);
  for (let i = 0; i < to.length; i++) {
    const value = from[i] + part * (to[i] - from[i]);
    mixed[i] = Math.min(Math.max(value, -rim), rim);
  }
  return mixed;
}

/**
 * Somewhere between two images, or two strips of them.
 * @param {Uint8Array | Uint8ClampedArray} from
 * @param {Uint8Array | Uint8ClampedArray} to
 * @param {number} part
 */
export function mixImages(from, to, part) {
  const mixed = new Uint8ClampedArray(to.length);
  for (let i = 0; i < to.length; i++) mixed[i] = from[i] + part * (to[i] - from[i]);
  return mixed;
}

/** Between where the points are and where a frame has them, over the time until the next is due. */
export class Glide {
  /** @param {Float32Array} points */
  constructor(points) {
    this.from = this.to = points;
    this.start = 0;
    this.duration = 1;
  }

  /**
   * @param {Float32Array} points
   * @param {number} now  ms
   * @param {number} duration  ms; none jumps
   */
  aim(points, now, duration) {
    const same = this.to.length === points.length;
    this.from = same && duration > 0 ? this.at(now, Infinity) : points;
    this.to = points;
    this.start = now;
    this.duration = Math.max(duration, 1);
  }

  /**
   * @param {number} now  ms
   * @param {number} half  of the window
   */
  at(now, half) {
    return mixPoints(this.from, this.to, this.part(now), half);
  }

  /** @param {number} now */
  part(now) {
    return Math.min(Math.max((now - this.start) / this.duration, 0), 1);
  }
}
