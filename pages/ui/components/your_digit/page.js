// Your digit: a pad beside the map, and everything that follows what is drawn on it.
//
// Pen down, and the same picture goes through the recipe of MNIST, the encoder, and the decoder, all of
// it in this browser; the true posterior follows from a Worker. The map is Explore's own.

import { find, paintGrey } from "../latent_map/elements.js";
import { mount } from "../latent_map/mount.js";
import { move, set } from "../latent_map/state.js";
import { showTabs } from "../latent_map/tabs.js";
import { Tour } from "../tour/tour.js";
import { drawOver, normalise } from "../sketch/normalise.js";
import { BLANK } from "../sketch/history.js";
import { Pad } from "../sketch/pad.js";
import { readDrawing, writeDrawing } from "../sketch/text.js";
import { BitsPanel } from "./bits_panel.js";
import { ErasePanel } from "./erase_panel.js";
import { LabelsPanel } from "./labels_panel.js";
import { MorePanel } from "./more_panel.js";
import { NoisePanel } from "./noise_panel.js";
import { PosteriorPanel } from "./posterior_panel.js";
import { Reader } from "./reader.js";
import { Sources } from "./sources.js";
import { StrangePanel } from "./strange_panel.js";
import { Truth } from "./truth.js";
import { Verdict } from "./verdict.js";

/**
 * @import { Served } from "../latent_map/mount.js"
 * @import { DigitData, Given, Place } from "../latent_map/protocol.js"
 * @import { State } from "../latent_map/state.js"
 * @import { Drawing } from "../sketch/history.js"
 * @import { Reading } from "./reader.js"
 * @typedef {Served & {integrator: string, address: () => string}} ServedHere  and the script of the other Worker
 * @typedef {object} Instrument  what follows the digit
 * @property {(reading: Reading | null, finished: boolean) => void} follow
 */

const ASKING = ["posterior", "erase", "noise", "more"]; // instruments that ask for a posterior themselves
const PACE_MS = 200; // between two looks of the instruments at a pen that is down

export class YourDigit {
  /**
   * @param {HTMLElement} root
   * @param {ServedHere} served
   */
  constructor(root, served) {
    this.served = served;
    this.map = mount(root, served);
    const { store, signal, takeaway } = this.map;
    store.dispatch(set, { tab: "posterior" });
    showTabs(store, root);
    new Tour(store, root, signal, "digit", served.isAlone);
    this.seen = find(root, ".seen canvas", HTMLCanvasElement);
    /** @type {Reader | null} */
    this.reader = null;
    /** @type {Truth | null} */
    this.truth = null;
    /** @type {Reading | null} */
    this.reading = null;
    /** @type {Place | null} */
    this.best = null; // where it lies: the encoder's mean, until the true posterior knows better
    this.followed = -Infinity; // when the instruments did
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.later = undefined;
    this.encoderOf = ""; // key of the checkpoint whose encoder is here, or on its way
    this.given = -1; // number of what the server gave last
    this.pad = new Pad(root, signal, (drawing, finished) => this.drawn(drawing, finished));
    this.sources = new Sources(root, this.pad, takeaway, signal, served);
    this.verdict = new Verdict(this, root);
    /** @type {Record<string, Instrument>} */
    this.instruments = {
      posterior: new PosteriorPanel(this, root),
      erase: new ErasePanel(this, root),
      noise: new NoisePanel(this, root),
      strange: new StrangePanel(this, root),
      bits: new BitsPanel(this, root),
      more: new MorePanel(this, root),
      labels: new LabelsPanel(this, root),
    };
    store.subscribe((state, before) => this.changed(state, before));
  }

  get store() {
    return this.map.store;
  }

  /** @param {DigitData} data */
  show(data) {
    this.map.opening.show(data);
    this.loadEncoder(data);
    this.sources.show(data);
  }

  /** @param {DigitData} data */
  async loadEncoder({ key, encoder }) {
    if (key === this.encoderOf) return;
    this.encoderOf = key;
    this.reader = null;
    if (!encoder) return;
    try {
      const weights = await this.served.fetchFile(encoder);
      if (key !== this.encoderOf) return;
      this.reader = new Reader(weights);
      this.read(true);
    } catch {
      this.read(true); // the server's encoder serves
    }
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    if (state.plane !== before.plane || state.decoder !== before.decoder) this.startTruth(state);
    if (state.tab !== before.tab) this.opened();
    if (state.exact !== before.exact) this.takeGiven(state.exact?.given);
  }

  /** @param {State} state */
  startTruth({ plane, decoder }) {
    this.truth?.close();
    this.truth = null;
    const { weights } = this.map.images;
    if (!plane || decoder !== "browser" || !weights) return;
    try {
      this.truth = new Truth(this.served.integrator, weights, plane);
    } catch {
      return; // a page may forbid Workers; the server's answer is there all the same
    }
    this.read(true);
  }

  opened() {
    this.store.dispatch(set, { truth: null, samples: null });
    this.follow(true);
  }

  /**
   * What the server gave: an address that was opened, or a picture that was uploaded.
   * @param {Given | null | undefined} given
   */
  async takeGiven(given) {
    if (!given || given.number === this.given) return;
    const isFirst = this.given < 0;
    this.given = given.number;
    this.store.dispatch(set, { given: given.number, others: given.others });
    if (!given.drawing && !given.picture) {
      if (!isFirst) this.pad.take(BLANK); // an address without a drawing was gone back to
      return;
    }
    try {
      const picture = given.picture && Uint8Array.from(atob(given.picture), (c) => c.charCodeAt(0));
      this.pad.take(picture ? { picture, strokes: [] } : await readDrawing(given.drawing));
    } catch (error) {
      this.map.takeaway.say(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * @param {Drawing} drawing
   * @param {boolean} finished  the pen was lifted
   */
  drawn(drawing, finished) {
    const { picture, strokes } = drawing;
    this.grey = picture ? drawOver(picture, strokes) : normalise(strokes);
    this.read(finished);
    if (finished) this.keep(drawing);
  }

  /**
   * Keep a drawing where the address has it.
   * @param {Drawing} drawing
   */
  async keep(drawing) {
    const kept = await writeDrawing(drawing);
    if (drawing.strokes !== this.pad.history.now.strokes || drawing.picture !== this.pad.history.now.picture) return;
    this.store.dispatch(set, { drawing: kept?.text ?? "" });
    if (!kept) this.map.takeaway.say("So much ink does not fit into an address.");
    else if (kept.drawing.strokes !== drawing.strokes) this.pad.replace(kept.drawing);
  }

  /**
   * Read what is on the pad, and put the hand where it lies.
   * @param {boolean} finished
   */
  read(finished) {
    const { grey = null } = this;
    paintGrey(this.seen, grey ?? new Uint8Array(784));
    this.reading = grey && this.reader ? this.reader.read(grey) : null;
    const { posterior } = this.reading ?? {};
    const change = { own: posterior ?? null, ...(finished ? {} : { film: null, hover: null }) };
    this.store.dispatch(set, change);
    this.best = posterior ? /** @type {Place} */ (posterior.mean) : null;
    if (this.best) this.goTo(this.best);
    else if (grey && !this.reader) this.verdict.askServer(grey);
    if (!posterior) this.store.dispatch(set, { truth: null });
    this.verdict.follow(this.reading, finished);
    this.followSoon(finished);
  }

  /**
   * The instruments follow a pen a few times a second: the picture under it comes first.
   * @param {boolean} finished
   */
  followSoon(finished) {
    clearTimeout(this.later);
    const passed = performance.now() - this.followed;
    if (finished || passed > PACE_MS) this.follow(finished);
    else this.later = setTimeout(() => this.follow(false), PACE_MS - passed);
  }

  /**
   * The open instrument follows; where it asks nothing of the true posterior, that of the digit is shown.
   * @param {boolean} finished
   */
  follow(finished) {
    this.followed = performance.now();
    const { tab } = this.store.state;
    this.instruments[tab]?.follow(this.reading, finished);
    if (!ASKING.includes(tab)) this.instruments.posterior.follow(this.reading, finished);
  }

  /**
   * The true posterior has said where the digit lies: there what is said of it is said again, and the
   * hand goes there, unless somebody has taken it elsewhere.
   * @param {Place} best
   */
  settle(best) {
    const { z, held, hover, tab } = this.store.state;
    const rests = this.best !== null && z[0] === this.best[0] && z[1] === this.best[1];
    this.best = best;
    if (rests && !held && !hover && !this.pad.stroke) this.goTo(best);
    this.verdict.write();
    if (!ASKING.includes(tab)) this.instruments[tab]?.follow(this.reading, true);
  }

  /** @param {Place} place */
  goTo(place) {
    this.store.dispatch(move, place);
  }

  close() {
    clearTimeout(this.later);
    this.truth?.close();
    this.map.close();
  }
}
