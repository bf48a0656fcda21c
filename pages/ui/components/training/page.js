// A model while it learns, and afterwards: the live map whose points move, and all that is said beside it.

import { find, fromBase64 } from "../latent_map/elements.js";
import { mount } from "../latent_map/mount.js";
import { PRIOR_SHARES, USUAL_VIEW } from "../latent_map/protocol.js";
import { set } from "../latent_map/state.js";
import { Chart } from "./chart.js";
import { Figures } from "./figures.js";
import { Film } from "./film.js";
import { mixImages } from "./motion.js";
import { bytesOf } from "./packed.js";
import { Pane } from "./pane.js";
import { Past } from "./past.js";
import { Present } from "./present.js";
import { Strip, shrink } from "./strip.js";
import { TimeMachine } from "./time_machine.js";

/**
 * @import { Grid } from "./grid.js"
 * @import { Packed } from "./packed.js"
 * @import { Served } from "../latent_map/mount.js"
 * @import { Place, TrainingData } from "../latent_map/protocol.js"
 */

const AWAITED = "The map comes with the first steps of the training…";
const LONGEST_S = 0.1; // between two frames, for what moves: after a longer one nothing leaps

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
    /** @type {Present | null} */
    this.present = null;
    /** @type {Past | null} */
    this.past = null;
    /** @type {Uint8Array | null} */
    this.mine = null;
    this.side = 28;
    this.frame = 0;
    this.painted = 0; // when the last frame was, ms
  }

  get store() {
    return this.map.store;
  }

  get life() {
    return this.past?.life ?? null;
  }

  /** @param {TrainingData} data */
  show(data) {
    const same = data.name === this.data?.name && data.live === this.data.live && data.mine === this.data.mine;
    if (!same) this.open(data);
  }

  /** @param {TrainingData} data */
  open(data) {
    this.forget();
    const before = this.data;
    this.data = data;
    this.mine = null;
    this.machine.open(data.live);
    this.root.dataset.live = String(data.live);
    this.figures.write({});
    if (before?.name !== data.name) this.store.dispatch(set, { plane: null, selected: null });
    this.store.dispatch(set, { others: [], failure: data.live && !this.store.state.plane ? AWAITED : "" });
    this.past = new Past(this, data.name, data.live);
    if (data.live) this.present = new Present(this, data.name);
  }

  forget() {
    this.present?.close();
    this.past?.close();
    this.present = this.past = null;
    this.film.stop();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.map.images.close();
    this.map.images.instead = null;
    this.pane.reset();
  }

  close() {
    this.forget();
    this.map.close();
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

  /** @param {Packed} packed */
  takeCurves(packed) {
    this.chart.take(packed);
    this.machine.markChanges(packed.header.changes);
  }

  /**
   * Where the map has the visitor's digit best, and as what.
   * @param {Grid} from
   * @param {Grid} to
   * @param {number} part  of the way between them
   */
  placeMine(from, to, part) {
    const { mine, side } = this;
    if (!mine || from.side !== side || to.side !== side) return;
    const [a, b] = [from, to].map((grid) => grid.place(grid.best(mine)));
    this.strip.showMine(mixImages(from.at(a), to.at(b), part));
    this.store.dispatch(set, { others: [part < 0.5 ? a : b] });
  }

  /** The time machine was put somewhere. */
  looked() {
    if (this.past) this.past.stale = true;
    if (this.machine.position === null) {
      this.chart.mark(null, null);
      this.present?.write();
      this.present?.draw();
    }
    this.wake();
  }

  wake() {
    this.frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now  ms */
  tick(now) {
    this.frame = 0;
    const seconds = Math.min((now - this.painted) / 1000, LONGEST_S);
    this.painted = now;
    this.machine.advance(seconds);
    if (!this.pane.plane) return;
    const { position } = this.machine;
    if (position !== null) this.past?.paint(position);
    const moves = position === null && this.present?.paint();
    const grows = this.pane.grow(seconds, this.calm.matches);
    if (moves || grows || this.machine.playing) this.wake();
  }
}

/** Nobody computes for this map: its model is not on the server yet. */
const nobody = {
  get: () => Promise.reject(new Error("This model is still being trained.")),
  close: () => undefined,
};
