// Images of places: decoded here while that takes less than a frame, in a Worker where it takes longer
// or many are wanted, and by the server where there is no decoder here.

import { Decoder, decodeAll } from "../vae/model.js";
import { Weights } from "../vae/weights.js";
import { fromBase64 } from "./elements.js";
import { PIXELS, SLOWEST_MS } from "./protocol.js";
import { RemoteDecoder } from "./remote_decoder.js";
import { set } from "./state.js";

/**
 * @import { ImagesResult, Place } from "./protocol.js"
 * @import { MapStore } from "./state.js"
 * @typedef {{at: Place, grey: Uint8ClampedArray}} Image
 * @typedef {(places: Place[]) => Promise<ImagesResult>} Server
 */

const TIMED = 15; // decodes whose median says whether they fit between two frames

export class Images {
  /**
   * @param {MapStore} store
   * @param {string} script  of the Worker
   * @param {Server} server
   */
  constructor(store, script, server) {
    this.store = store;
    this.script = script;
    this.server = server;
    /** @type {Uint8Array | null} */
    this.weights = null;
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {RemoteDecoder | null} */
    this.remote = null;
    /** @type {Image | null} */
    this.last = null;
    /** @type {number[]} */
    this.times = []; // of decodes here, ms, until there are enough for a median
    this.pace = 0; // the last median
    this.slow = false;
    this.busy = false;
    this.stale = false; // the last image is of weights that are no longer the newest
    /** @type {((place: Place) => Image) | null} */
    this.instead = null; // what draws in the model's stead
    store.subscribe(({ exact, held, decoder }, before) => {
      const fresh = exact !== before.exact || decoder !== before.decoder || before.held;
      if (exact && !held && fresh) this.compare();
    });
  }

  /**
   * Decode with these weights from now on.
   * @param {Uint8Array} weights
   * @throws if they are no decoder's
   */
  take(weights) {
    this.close();
    this.decoder = new Decoder(new Weights(weights));
    this.weights = weights;
  }

  /**
   * Decode with newer weights of the same model from now on; the image stays until there is another.
   * @param {Uint8Array} weights
   * @throws if they are no decoder's
   */
  renew(weights) {
    this.decoder = new Decoder(new Weights(weights));
    this.weights = weights;
    this.stale = true;
    this.remote?.renew(weights);
  }

  close() {
    this.remote?.close();
    this.weights = this.decoder = this.remote = this.last = null;
    this.times = [];
    this.pace = 0;
    this.slow = this.busy = this.stale = false;
  }

  /**
   * The image of a place, or the newest there is while a Worker decodes; nothing without a decoder.
   * @param {Place} place
   * @returns {Image | null}
   */
  at(place) {
    if (this.instead) return this.instead(place);
    if (!this.decoder || (this.isLast(place) && !this.stale)) return this.last;
    if (this.slow) this.follow(place);
    else this.last = this.decode(this.decoder, place);
    return this.last;
  }

  /** @param {Place} place */
  isLast([x, y]) {
    return this.last !== null && this.last.at[0] === x && this.last.at[1] === y;
  }

  /**
   * @param {Decoder} decoder
   * @param {Place} place
   * @returns {Image}
   */
  decode(decoder, place) {
    this.stale = false;
    const grey = this.last?.grey ?? new Uint8ClampedArray(PIXELS);
    const start = performance.now();
    decoder.decode(place, grey);
    this.times.push(performance.now() - start);
    if (this.times.length === TIMED) {
      this.pace = this.times.sort((a, b) => a - b)[TIMED >> 1];
      this.slow = this.pace > SLOWEST_MS;
      this.times = [];
    }
    return { at: place, grey };
  }

  /**
   * Have a place decoded by the Worker; when it has come, the next frame asks for the newest.
   * @param {Place} place
   */
  async follow(place) {
    if (this.busy) return;
    this.busy = true;
    this.stale = false;
    const { remote } = this;
    try {
      const grey = await this.many([place], true);
      if (remote !== null && remote !== this.remote) return;
      this.last = { at: place, grey };
      this.busy = false;
      this.store.dispatch(set, {});
    } catch {
      this.busy = false; // another model has come
    }
  }

  /**
   * Images of many places, 784 grey levels each.
   * @param {Place[]} places
   */
  async all(places) {
    if (this.decoder) return this.many(places);
    const { images } = await this.server(places);
    return new Uint8ClampedArray(fromBase64(images));
  }

  /**
   * @param {Place[]} places
   * @param {boolean} first
   * @returns {Promise<Uint8ClampedArray>}
   */
  async many(places, first = false) {
    const { decoder, weights } = this;
    if (!decoder || !weights) throw new Error("there is no decoder here");
    try {
      this.remote ??= new RemoteDecoder(this.script, weights);
      return await this.remote.decode(places, first);
    } catch (error) {
      if (decoder !== this.decoder) throw error;
      return decodeAll(decoder, places); // a page may forbid Workers
    }
  }

  /** How far from PyTorch's image the one is that would be shown here, on 0..255. */
  async compare() {
    const { exact } = this.store.state;
    const { decoder } = this;
    if (!exact || !decoder) return;
    const here = () => decodeAll(decoder, [exact.at]);
    const mine = this.slow ? await this.many([exact.at], true).catch(here) : here();
    if (decoder !== this.decoder) return;
    const apart = mine.map((grey, i) => Math.abs(grey - exact.grey[i]));
    const mean = apart.reduce((sum, one) => sum + one, 0) / PIXELS;
    this.store.dispatch(set, { apart: { mean, most: Math.max(...apart) } });
  }
}
