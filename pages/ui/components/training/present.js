// A training as it is now: its newest frame, whose points are on their way, and the picture of its newest weights.

import { set } from "../latent_map/state.js";
import { Feed } from "./feed.js";
import { presentSaid } from "./figures.js";
import { readGrid } from "./grid.js";
import { Glide } from "./motion.js";
import { bytesOf, numbersOf, unpack } from "./packed.js";

/**
 * @import { Grid } from "./grid.js"
 * @import { Packed } from "./packed.js"
 * @import { Training } from "./page.js"
 */

const LATE = 1.15; // of the time between frames, over which points move: the next may be a little late

export class Present {
  /**
   * @param {Training} page
   * @param {string} name  of the run
   */
  constructor(page, name) {
    this.page = page;
    /** @type {Glide | null} */
    this.glide = null;
    /** @type {Grid | null} */
    this.grid = null;
    /** @type {Packed | null} */
    this.latest = null; // frame
    this.closed = false;
    this.feed = new Feed(name, {
      frame: (frame) => this.takeFrame(frame),
      file: (what, bytes) => this.takeFile(what, bytes),
    });
  }

  close() {
    this.closed = true;
    this.feed.close();
  }

  /** @param {Packed} frame */
  async takeFrame(frame) {
    const { page } = this;
    if (!page.pane.plane) page.openDigits(unpack(await this.feed.bytes("digits.bin")));
    if (this.closed) return;
    const points = numbersOf(frame, "points");
    const lasts = frame.header.paused || page.calm.matches ? 0 : 1000 * LATE * frame.header.interval;
    this.glide ??= new Glide(points);
    this.glide.aim(points, performance.now(), lasts);
    this.latest = frame;
    page.root.dataset.frame = String(frame.header.time);
    if (page.machine.position === null) this.write();
    page.wake();
  }

  /** Say what the newest frame says. */
  write() {
    const { page, latest } = this;
    if (!latest) return;
    page.root.dataset.step = String(latest.header.step);
    page.strip.show(bytesOf(latest, "reconstructions"));
    page.figures.write(presentSaid(latest.header));
  }

  /**
   * @param {string} what
   * @param {Uint8Array} bytes
   */
  async takeFile(what, bytes) {
    const { page, feed } = this;
    if (what === "curves") page.takeCurves(unpack(bytes));
    if (what === "decoder") this.takeDecoder(bytes);
    if (what === "grid") {
      const packed = unpack(bytes);
      const grid = await readGrid(packed.header, /** @type {Uint8Array<ArrayBuffer>} */ (bytesOf(packed, "sheet")));
      if (this.closed) return;
      this.grid = grid;
    }
    feed.beside.grid.wanted = this.usesGrid || page.mine !== null;
    if (page.machine.position === null) this.draw();
  }

  /** @param {Uint8Array} bytes */
  takeDecoder(bytes) {
    const { images, store } = this.page.map;
    if (images.decoder) images.renew(bytes);
    else images.take(bytes);
    store.dispatch(set, { decoder: "browser" });
  }

  /** Whether the grid draws, because the model is not here, or would come too slowly. */
  get usesGrid() {
    return !this.page.map.images.decoder || this.feed.slow;
  }

  /** The image under the hand is the model's as it is now. */
  draw() {
    const { page, grid, usesGrid } = this;
    page.map.images.instead = grid && usesGrid ? (at) => ({ at, grey: grid.at(at) }) : null;
    page.source.textContent = usesGrid && grid ? sourceWords(this.feed.slow) : "";
    if (grid) page.placeMine(grid, grid, 0);
    page.store.dispatch(set, {});
  }

  /** @returns {boolean} whether the points go on moving */
  paint() {
    const { page, glide } = this;
    if (!glide) return false;
    const now = performance.now();
    page.pane.fit(glide.to);
    page.pane.show(glide.at(now, page.pane.half));
    return glide.part(now) < 1;
  }
}

/** @param {boolean} slow */
function sourceWords(slow) {
  return slow
    ? "The line is slow: pictures are mixed from a coarse grid that comes once a second."
    : "From a coarse grid, until the model is here.";
}
