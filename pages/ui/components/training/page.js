// A model while it learns, and afterwards: the live map whose points move, and all that is said beside it.

import { find, fromBase64 } from "../latent_map/elements.js";
import { mount } from "../latent_map/mount.js";
import { PRIOR_SHARES, USUAL_VIEW } from "../latent_map/protocol.js";
import { set } from "../latent_map/state.js";
import { Chart } from "./chart.js";
import { Feed } from "./feed.js";
import { Figures, pastSaid, presentSaid } from "./figures.js";
import { Film } from "./film.js";
import { readGrid } from "./grid.js";
import { Life } from "./life.js";
import { Glide, mixImages, mixPoints } from "./motion.js";
import { Pane } from "./pane.js";
import { bytesOf, numbersOf, unpack } from "./packed.js";
import { Strip, shrink } from "./strip.js";
import { TimeMachine } from "./time_machine.js";

/**
 * @import { Grid } from "./grid.js"
 * @import { Moment } from "./life.js"
 * @import { Packed } from "./packed.js"
 * @import { Served } from "../latent_map/mount.js"
 * @import { Place, TrainingData } from "../latent_map/protocol.js"
 */

const LOOK_MS = 5000; // between two looks whether a run that goes on has more moments
const LATE = 1.15; // of the time between frames, over which points move: the next may be a little late

export class Training {
  /**
   * @param {HTMLElement} root
   * @param {Omit<Served, "connect">} served
   */
  constructor(root, served) {
    this.map = mount(root, { ...served, connect: () => nobody });
    const { store, signal } = this.map;
    store.dispatch(set, { view: { ...USUAL_VIEW, top: "points" } });
    this.root = find(root, ".page", HTMLElement);
    this.chart = new Chart(root, signal);
    this.figures = new Figures(root);
    this.strip = new Strip(root);
    this.machine = new TimeMachine(root, () => this.looked(), signal);
    this.pane = new Pane(store);
    this.film = new Film(this, root);
    this.source = find(root, ".source", HTMLElement);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    /** @type {TrainingData | null} */
    this.data = null;
    /** @type {Feed | null} */
    this.feed = null;
    /** @type {Life | null} */
    this.life = null;
    /** @type {Glide | null} */
    this.glide = null;
    /** @type {Grid | null} */
    this.grid = null;
    /** @type {Uint8Array | null} */
    this.mine = null;
    /** @type {Packed | null} */
    this.latest = null; // frame
    this.side = 28;
    this.looking = 0; // timer
    this.frame = 0;
    this.painted = 0; // when the last frame was, ms
    this.stale = false; // what the time machine shows is to be painted
  }

  get store() {
    return this.map.store;
  }

  /** @param {TrainingData} data */
  show(data) {
    const same = data.name === this.data?.name && data.live === this.data.live && data.mine === this.data.mine;
    if (!same) this.open(data);
  }

  /** @param {TrainingData} data */
  open(data) {
    this.forget();
    this.data = data;
    this.mine = null;
    this.machine.open(data.live);
    this.root.dataset.live = String(data.live);
    this.figures.write({});
    this.store.dispatch(set, { plane: null, others: [], failure: data.live ? "The map comes with the first steps of the training…" : "" });
    this.life = new Life(data.name, () => this.arrived());
    this.life.awaited = !data.live;
    if (data.live) this.startFeed(data.name);
    else this.openRecorded(this.life);
    this.lookForMoments();
  }

  forget() {
    this.feed?.close();
    this.life?.close();
    this.film.stop();
    clearTimeout(this.looking);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.feed = this.life = this.glide = this.grid = this.latest = null;
    this.map.images.close();
    this.map.images.instead = null;
    this.pane.reset();
  }

  close() {
    this.forget();
    this.map.close();
  }

  /** @param {string} name */
  startFeed(name) {
    const file = (/** @type {string} */ what, /** @type {Uint8Array} */ bytes) => this.takeFile(what, bytes);
    this.feed = new Feed(name, { frame: (frame) => this.takeFrame(frame), file });
  }

  /** @param {Life} life */
  async openRecorded(life) {
    try {
      this.openDigits(unpack(await life.bytes("digits.bin")));
      this.takeCurves(unpack(await life.bytes("curves.bin")));
    } catch (error) {
      if (life !== this.life) return;
      const why = error instanceof Error ? error.message : String(error);
      this.store.dispatch(set, { failure: `This training's moments could not be loaded (${why}). Reload the page.` });
    }
  }

  async lookForMoments() {
    const { life } = this;
    try {
      if (!document.hidden) await life?.look();
    } catch {
      // asked again below
    }
    if (life === this.life && this.data?.live) this.looking = window.setTimeout(() => this.lookForMoments(), LOOK_MS);
  }

  /** @param {Packed} packed */
  openDigits(packed) {
    if (!this.data) return;
    const labels = bytesOf(packed, "labels");
    this.side = packed.header.side;
    this.mine = this.data.mine ? shrink(fromBase64(this.data.mine), this.side) : null;
    this.strip.open(bytesOf(packed, "originals"), bytesOf(packed, "shown"), this.side, this.mine);
    const points = new Float32Array(2 * labels.length);
    const prior = /** @type {[number, number][]} */ (PRIOR_SHARES.map((share) => [share, Math.sqrt(-2 * Math.log(1 - share))]));
    const islands = Array.from({ length: 10 }, () => /** @type {Place[]} */ ([]));
    const { name } = this.data;
    this.pane.open({ name, key: `training ${name}`, x: [0, 0], y: [0, 0], points, labels, islands, contours: [], prior, kl: 0 });
    this.wake();
  }

  /** @param {Packed} frame */
  async takeFrame(frame) {
    const { feed } = this;
    if (!this.pane.plane && feed) {
      this.openDigits(unpack(await feed.bytes("digits.bin")));
      if (feed !== this.feed) return;
    }
    const points = numbersOf(frame, "points");
    const lasts = frame.header.paused || this.calm.matches ? 0 : 1000 * LATE * frame.header.interval;
    this.glide ??= new Glide(points);
    this.glide.aim(points, performance.now(), lasts);
    this.latest = frame;
    this.root.dataset.frame = String(frame.header.time);
    if (this.machine.position === null) this.showLatest();
    this.wake();
  }

  showLatest() {
    const { latest } = this;
    if (!latest) return;
    this.root.dataset.step = String(latest.header.step);
    this.strip.show(bytesOf(latest, "reconstructions"));
    this.figures.write(presentSaid(latest.header));
  }

  /**
   * @param {string} what
   * @param {Uint8Array} bytes
   */
  async takeFile(what, bytes) {
    if (what === "curves") this.takeCurves(unpack(bytes));
    if (what === "decoder") this.takeDecoder(bytes);
    if (what === "grid") {
      const packed = unpack(bytes);
      this.grid = await readGrid(packed.header, /** @type {Uint8Array<ArrayBuffer>} */ (bytesOf(packed, "jpeg")));
    }
    if (this.feed) this.feed.beside.grid.wanted = this.usesGrid || this.mine !== null;
    if (this.machine.position === null) this.drawPresent();
  }

  /** @param {Packed} packed */
  takeCurves(packed) {
    this.chart.take(packed);
    this.machine.markChanges(packed.header.changes);
  }

  /** @param {Uint8Array} bytes */
  takeDecoder(bytes) {
    if (this.store.state.decoder === "browser") this.map.images.renew(bytes);
    else this.map.images.take(bytes);
    this.store.dispatch(set, { decoder: "browser" });
  }

  /** Whether the grid draws, because the model is not here, or would come too slowly. */
  get usesGrid() {
    return !this.map.images.decoder || this.feed?.slow === true;
  }

  /** The image under the hand is the model's as it is now. */
  drawPresent() {
    const { grid, usesGrid } = this;
    this.map.images.instead = grid && usesGrid ? (at) => ({ at, grey: grid.at(at) }) : null;
    this.source.textContent = usesGrid && grid ? sourceWords(this.feed?.slow) : "";
    if (grid) this.placeMine(grid, grid, 0);
    this.store.dispatch(set, {});
  }

  /**
   * Where the map has the visitor's digit best, and as what.
   * @param {Grid} from
   * @param {Grid} to
   * @param {number} part  of the way between them
   */
  placeMine(from, to, part) {
    if (!this.mine || from.side !== this.side || to.side !== this.side) return;
    const [a, b] = [from, to].map((grid) => grid.place(grid.best(/** @type {Uint8Array} */ (this.mine))));
    this.strip.showMine(mixImages(from.at(a), to.at(b), part));
    this.store.dispatch(set, { others: [part < 0.5 ? a : b] });
  }

  /** One more moment has come, or more marks. */
  arrived() {
    if (!this.life) return;
    if (this.life.marks.length !== this.machine.marks.length || !this.data?.live) this.machine.take(this.life.marks);
    this.machine.markChanges(this.chart.changes);
    this.stale = true;
    this.wake();
  }

  /** The time machine was put somewhere. */
  looked() {
    this.stale = true;
    if (this.machine.position === null) {
      this.chart.mark(null, null);
      this.showLatest();
      this.drawPresent();
    }
    this.wake();
  }

  wake() {
    this.frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now  ms */
  tick(now) {
    this.frame = 0;
    const seconds = Math.min((now - this.painted) / 1000, 0.1);
    this.painted = now;
    this.machine.advance(seconds);
    if (!this.pane.plane) return;
    const { position } = this.machine;
    const moved = position === null ? this.paintPresent() : this.paintPast(position);
    const grows = this.pane.grow(seconds, this.calm.matches);
    if (moved || grows || this.machine.playing) this.wake();
  }

  /** @returns {boolean} whether the points go on moving */
  paintPresent() {
    const { glide } = this;
    if (!glide) return false;
    const now = performance.now();
    this.pane.fit(glide.to);
    this.pane.show(glide.at(now, this.pane.half));
    return glide.part(now) < 1;
  }

  /**
   * @param {number} position
   * @returns {boolean}
   */
  paintPast(position) {
    const found = this.life?.at(position);
    if (!found || !this.stale) return false;
    this.stale = false;
    const { from, to } = found;
    const part = this.calm.matches ? Math.round(found.part) : found.part;
    this.pane.fit(part < 0.5 ? from.points : to.points);
    this.map.images.instead = (at) => ({ at, grey: mixImages(from.grid.at(at), to.grid.at(at), part) });
    this.pane.show(mixPoints(from.points, to.points, part, this.pane.half));
    this.strip.show(mixImages(from.strip, to.strip, part));
    this.placeMine(from.grid, to.grid, part);
    this.writePast(from, to, part);
    return false;
  }

  /**
   * @param {Moment} from
   * @param {Moment} to
   * @param {number} part
   */
  writePast(from, to, part) {
    const mix = (/** @type {(moment: Moment) => number} */ of) => of(from) + part * (of(to) - of(from));
    const step = Math.round(mix(({ header }) => header.step));
    const epoch = mix(({ header }) => header.epoch + header.part);
    this.chart.mark(step, step);
    this.root.dataset.step = String(step);
    this.figures.write(pastSaid({ ...(part < 0.5 ? from : to).header, step, epoch }));
    this.source.textContent = `From ${to.grid.z1.length}×${to.grid.z2.length} pictures that were kept of this moment.`;
  }
}

/** Nobody computes for this map: its model is not on the server yet. */
const nobody = {
  get: () => Promise.reject(new Error("This model is still being trained.")),
  close: () => undefined,
};

/** @param {boolean | undefined} slow */
function sourceWords(slow) {
  return slow
    ? "The line is slow: pictures are mixed from a coarse grid that comes once a second."
    : "From a coarse grid, until the model is here.";
}
