// The machine: the model that is open as a row of parts, with what each computes for one digit and place.
//
// What went in follows the hand once it rests; until then nothing was encoded, and the encoder's side
// rests too. The decoder's side follows what is seen, some frames later than the image itself: it
// paints a few times a second, and only while the machine is open.

import { find } from "../latent_map/elements.js";
import { move, seenPlace } from "../latent_map/state.js";
import { withArticle } from "../latent_map/neighbours.js";
import { enlarge } from "../vae/model.js";
import { Encoding } from "./encoding.js";
import { Fold } from "./fold.js";
import { Panels } from "./panels.js";
import { Strip } from "./strip.js";
import { cloudWords, costsWords, placeWords } from "./words.js";

/**
 * @import { Mounted } from "../latent_map/mount.js"
 * @import { Place } from "../latent_map/protocol.js"
 * @import { State } from "../latent_map/state.js"
 * @import { Encoded } from "./encoding.js"
 * @typedef {ReturnType<typeof setTimeout> | undefined} Timer
 */

const PACE_MS = 70; // between two paintings
const REST_MS = 250; // without a movement, after which the hand rests
const PIXELS = 784;
const DRAWN = " Each pixel was drawn black or white, with its grey level for the chance of ink.";

export class Machine {
  /**
   * @param {Mounted} map
   * @param {HTMLElement} root
   * @param {(address: string) => Promise<Uint8Array>} fetchFile
   */
  constructor(map, root, fetchFile) {
    this.map = map;
    const machine = find(root, ".machine", HTMLElement);
    this.strip = new Strip(machine);
    this.panels = new Panels(machine, map.signal);
    this.encoding = new Encoding(map, fetchFile, this.strip, (parts) => this.panels.show(parts));
    this.painted = { place: /** @type {Place | null} */ (null), decoder: /** @type {unknown} */ (null) };
    this.grey = new Uint8ClampedArray(PIXELS);
    this.last = -Infinity; // when it was painted
    /** @type {Timer} */
    this.timer = undefined;
    /** @type {Timer} */
    this.rest = undefined;
    /** @type {Encoded | null} */
    this.said = null; // of which the panels speak
    find(machine, ".again", HTMLButtonElement).onclick = () => this.drawAgain();
    this.fold = new Fold(machine, () => this.follow());
    map.store.subscribe((state, before) => this.changed(state, before));
    map.signal.addEventListener("abort", () => [this.timer, this.rest].forEach(clearTimeout));
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    if (state.plane !== before.plane) this.encoding.forget();
    if (state.decoder !== before.decoder) {
      this.fold.refuse(state.decoder === "server" ? `Not shown: ${state.refusal}` : "");
    }
    this.follow();
  }

  /** Paint soon, and see what went in once the hand rests. */
  follow() {
    if (!this.fold?.open) return;
    this.paintSoon();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.encode(), REST_MS);
  }

  paintSoon() {
    const wait = Math.max(0, this.last + PACE_MS - performance.now());
    this.timer ??= setTimeout(() => this.paint(), wait);
  }

  /** The first image of a page comes before all this: the encoder is megabytes. */
  async encode() {
    const { plane, exact, decoder, held, hover, film } = this.map.store.state;
    if (!this.fold.open || !plane || !exact || decoder !== "browser" || held || hover || film) return;
    await this.encoding.follow();
    this.paintSoon();
  }

  paint() {
    this.timer = undefined;
    this.last = performance.now();
    const { state } = this.map.store;
    const { theme } = state;
    if (!this.fold.open || !theme) return;
    const seen = seenPlace(state);
    this.strip.dye(theme);
    this.strip.showPlace(seen);
    this.paintDecoder(seen);
    const { encoded, problem } = this.encoding;
    const rests = !encoded || encoded.z[0] !== seen[0] || encoded.z[1] !== seen[1];
    this.strip.rest(rests, rests ? (state.held || state.hover ? "not encoded" : problem) : shortNameOf(encoded));
    if (!rests) this.strip.magnify(encoded.posterior, { sample: encoded.sample, hand: seen }, theme);
    if (encoded) this.describe(encoded);
    this.panels.say("plane", `The hand is at ${placeWords(seen)}, in standard deviations of the prior.`);
  }

  /** @param {Place} seen */
  paintDecoder(seen) {
    const { decoder } = this.map.images;
    const { painted, strip, grey } = this;
    const same = painted.place && painted.place[0] === seen[0] && painted.place[1] === seen[1];
    if (!decoder || (same && painted.decoder === strip.answers.decoder)) return;
    const logits = decoder.logits(seen, strip.painter("decoder"));
    enlarge(logits, decoder.side, decoder.likelihood.mean, grey);
    strip.showOutput(seen, grey);
    this.painted = { place: seen, decoder: strip.answers.decoder };
  }

  /** @param {Encoded} encoded */
  describe(encoded) {
    if (encoded === this.said) return;
    this.said = encoded;
    this.panels.say("input", `This is ${nameOf(encoded)}.${encoded.drawn ? DRAWN : ""}`);
    this.panels.say("cloud", cloudWords(encoded.posterior));
    this.panels.say("costs", encoded.costs ? costsWords(encoded.costs) : "");
  }

  drawAgain() {
    const { encoding } = this;
    const { store } = this.map;
    const { plane } = store.state;
    if (!encoding.encoded || !plane) return;
    encoding.draw();
    store.dispatch(move, encoding.encoded.sample, encoding.encoded.index);
    encoding.stay(store.state.z);
    this.follow();
  }
}

/** @param {Encoded} encoded */
function nameOf({ index, label }) {
  if (index === null || label === null) return "your own drawing";
  return `test digit ${index.toLocaleString("en")}, ${withArticle(label)}`;
}

/** @param {Encoded} encoded */
function shortNameOf({ label }) {
  return label === null ? "your drawing" : `a real ${label}`;
}
