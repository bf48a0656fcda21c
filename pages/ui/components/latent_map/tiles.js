// The layer of decoded images: n × n of what is in sight, a row at a time from the top.

import { themeShades } from "./colour.js";
import { brush, element } from "./elements.js";
import { PIXELS } from "./protocol.js";
import { set } from "./state.js";
import { tileMiddles } from "./viewport.js";

/**
 * @import { Theme } from "./colour.js"
 * @import { Images } from "./images.js"
 * @import { Plane } from "./plane.js"
 * @import { Place } from "./protocol.js"
 * @import { MapStore, State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 */

/** The images of one view: they stay where they belong while the map moves on under them. */
export class Sheet {
  /**
   * @param {Plane} plane
   * @param {Viewport} viewport
   * @param {number} n  along each side
   */
  constructor(plane, viewport, n) {
    this.plane = plane;
    this.viewport = viewport;
    this.n = n;
    this.grey = new Uint8ClampedArray(n * n * PIXELS);
    this.filled = new Uint8Array(n * n); // beyond the map nothing is known
    this.rows = 0; // that have come
    this.painted = 0; // that are on the canvas
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    /** @type {Theme | null} */
    this.theme = null; // that it is painted in
  }

  get complete() {
    return this.rows === this.n;
  }

  /**
   * Whether it is what a view should show.
   * @param {State} state
   */
  fits({ plane, viewport, view }) {
    const { axes, view: seen } = this.viewport;
    const sameView = viewport.view === seen && viewport.axes === axes;
    return plane === this.plane && sameView && view.tiles === this.n;
  }

  /**
   * The places of a row that lie on the map, and in which column.
   * @param {number} row
   */
  placesOf(row) {
    const { x, y } = this.plane;
    const [xs, ys] = tileMiddles(this.viewport, this.n);
    /** @type {{column: number, place: Place}[]} */
    const found = [];
    if (ys[row] < y[0] || ys[row] > y[1]) return found;
    xs.forEach((z1, column) => {
      if (z1 >= x[0] && z1 <= x[1]) found.push({ column, place: [z1, ys[row]] });
    });
    return found;
  }

  /**
   * @param {number} row  the next
   * @param {{column: number}[]} tiles
   * @param {Uint8ClampedArray} images  one for each
   */
  add(row, tiles, images) {
    tiles.forEach(({ column }, i) => {
      const tile = row * this.n + column;
      this.grey.set(images.subarray(PIXELS * i, PIXELS * (i + 1)), PIXELS * tile);
      this.filled[tile] = 1;
    });
    this.rows = row + 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Viewport} viewport  of the map now
   * @param {Theme} theme
   */
  draw(context, viewport, theme) {
    if (viewport.axes !== this.viewport.axes) return;
    const canvas = this.paint(theme);
    const [[left, right], [bottom, top]] = this.viewport.extent;
    const [fromX, fromY] = viewport.fromUnits([left, top]);
    const [toX, toY] = viewport.fromUnits([right, bottom]);
    context.imageSmoothingEnabled = toX - fromX < canvas.width;
    context.drawImage(canvas, fromX, fromY, toX - fromX, toY - fromY);
  }

  /**
   * The canvas with all rows that have come.
   * @param {Theme} theme
   */
  paint(theme) {
    const side = 28 * this.n;
    if (!this.canvas) {
      this.canvas = element("canvas");
      this.canvas.width = this.canvas.height = side;
    }
    if (theme !== this.theme) this.painted = 0;
    this.theme = theme;
    const shades = themeShades(theme);
    for (; this.painted < this.rows; this.painted++) {
      const strip = this.strip(this.painted, shades);
      brush(this.canvas).putImageData(strip, 0, 28 * this.painted);
    }
    return this.canvas;
  }

  /**
   * @param {number} row
   * @param {Uint8ClampedArray<ArrayBuffer>} shades
   */
  strip(row, shades) {
    const side = 28 * this.n;
    const strip = new ImageData(side, 28);
    const words = new Uint32Array(strip.data.buffer);
    const ramp = new Uint32Array(shades.buffer);
    for (let column = 0; column < this.n; column++) {
      const tile = row * this.n + column;
      if (!this.filled[tile]) continue;
      for (let i = 0; i < PIXELS; i++) {
        const line = Math.floor(i / 28);
        words[line * side + 28 * column + i - 28 * line] = ramp[this.grey[PIXELS * tile + i]];
      }
    }
    return strip;
  }
}

/**
 * Keeps the layer of decoded images up to date while it is shown.
 * @param {MapStore} store
 * @param {Images} images
 */
export function fillTiles(store, images) {
  /** @type {Sheet | undefined} */
  let wanted;

  store.subscribe((state) => {
    const { plane, view, viewport, decoder, problems } = state;
    if (view.layer !== "images" || !plane || decoder === "loading" || problems.images) return;
    if (wanted?.fits(state)) return;
    const sheet = (wanted = new Sheet(plane, viewport, view.tiles));
    fill(sheet).catch((error) => wanted === sheet && fail(error));
  });

  /** @param {unknown} error */
  function fail(error) {
    wanted = undefined; // to be tried again
    const problem = error instanceof Error ? error.message : String(error);
    store.dispatch(({ problems }) => ({ problems: { ...problems, images: problem } }));
  }

  /** @param {Sheet} sheet */
  async function fill(sheet) {
    const rows = Array.from({ length: sheet.n }, (_, row) => sheet.placesOf(row));
    const places = (/** @type {typeof rows} */ some) => some.flat().map(({ place }) => place);
    // The server takes about as long for all as for a row.
    const here = store.state.decoder === "browser";
    const everything = here ? null : await images.all(places(rows));
    for (const [row, tiles] of rows.entries()) {
      if (wanted !== sheet) return;
      const before = PIXELS * places(rows.slice(0, row)).length;
      sheet.add(row, tiles, everything?.subarray(before) ?? (await images.all(places([tiles]))));
      if (wanted !== sheet) return;
      // The sheet before stays below until this one is complete.
      const below = store.state.tiles.filter((other) => other.complete && other !== sheet).slice(-1);
      store.dispatch(set, { tiles: sheet.complete ? [sheet] : [...below, sheet] });
    }
  }
}

/**
 * The middle of the tile that is at a place of the screen.
 * @param {Viewport} viewport
 * @param {number} tiles
 * @param {Place} at
 * @returns {Place}
 */
export function tileAt(viewport, tiles, at) {
  const [xs, ys] = tileMiddles(viewport, tiles);
  const [[left, right], [bottom, top]] = viewport.extent;
  const [x, y] = viewport.toUnits(at);
  const index = (/** @type {number} */ part) => Math.min(Math.max(Math.floor(part * tiles), 0), tiles - 1);
  return [xs[index((x - left) / (right - left))], ys[index((top - y) / (top - bottom))]];
}
