// What the encoder of the open model says of the picture that went in.

import { Encoder, expected } from "../vae/model.js";
import { at } from "../vae/nn/posterior.js";
import { observe } from "../vae/pixels.js";
import { Weights } from "../vae/weights.js";
import { normals } from "../saved_page/random.js";
import { Observed, near, nearestDigit, readOwn } from "./input.js";

/**
 * @import { Mounted } from "../latent_map/mount.js"
 * @import { Part, Place } from "../latent_map/protocol.js"
 * @import { Posterior } from "../vae/nn/posterior.js"
 * @import { Strip } from "./strip.js"
 * @import { Costs } from "./words.js"
 * @typedef {object} Encoded
 * @property {number | null} index  of the test digit; none for the visitor's own
 * @property {number | null} label
 * @property {Place} z  where the hand rests
 * @property {Posterior} posterior
 * @property {Place} sample  drawn from it
 * @property {Costs | null} costs
 * @property {boolean} drawn  its pixels are a draw from its grey levels
 * @typedef {{encoder: Encoder, config: Record<string, any>}} Opened
 * @typedef {{number: number, grey: Uint8Array, mean: number[]}} Own  the visitor's drawing
 */

export class Encoding {
  /**
   * @param {Mounted} map
   * @param {(address: string) => Promise<Uint8Array>} fetchFile
   * @param {Strip} strip
   * @param {(parts: Part[]) => void} arrived
   */
  constructor(map, fetchFile, strip, arrived) {
    this.map = map;
    this.fetchFile = fetchFile;
    this.strip = strip;
    this.arrived = arrived;
    this.noise = normals(1);
    this.observed = new Observed(map.server);
    this.problem = ""; // why nothing is encoded
    /** @type {Encoded | null} */
    this.encoded = null;
    /** @type {Promise<Opened | null> | null} */
    this.opened = null;
    /** @type {Own | null} */
    this.own = null;
    this.forget();
  }

  /** Another model has come, or is about to. */
  forget() {
    this.strip.build([]);
    this.encoded = this.opened = this.own = null;
    this.observed = new Observed(this.map.server);
    this.problem = "loading…";
  }

  /** @returns {Promise<Opened | null>}  nothing where the encoder is too large to travel */
  async open() {
    const { parts, encoder, megabytes } = await this.map.server.get("machine");
    this.arrived(parts);
    this.strip.build(parts);
    if (!encoder) {
      this.problem = `too large (${megabytes.toFixed(0)} MB)`;
      return null;
    }
    const weights = new Weights(await this.fetchFile(encoder));
    return { encoder: new Encoder(weights), config: weights.config };
  }

  /** Encode what the hand rests on, unless that was done. */
  async follow() {
    const { store } = this.map;
    const { plane, z } = store.state;
    const current = () => store.state.plane === plane && store.state.z === z;
    try {
      const opened = await (this.opened ??= this.open());
      const own = opened && (await this.readOwn(opened));
      if (!opened || !plane || !current()) return;
      const { selected } = store.state;
      if (this.isDone(z, selected)) return;
      const isOwn = selected === null && own !== null && near(own.mean, z);
      const index = isOwn ? null : (selected ?? nearestDigit(plane, z));
      this.encoded = null;
      this.problem = "no digit near";
      const grey = isOwn ? own.grey : index === null ? null : await this.observed.get(index);
      if (!grey || !current()) return;
      this.encode(opened, grey, { index, label: index === null ? null : plane.labels[index], z });
    } catch (error) {
      if (store.state.plane !== plane) return;
      if (!this.strip.answers.decoder.length) this.opened = null; // to be tried again
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  /**
   * @param {Place} z
   * @param {number | null} selected
   */
  isDone(z, selected) {
    const { encoded } = this;
    if (!encoded || encoded.z[0] !== z[0] || encoded.z[1] !== z[1]) return false;
    return selected === null || selected === encoded.index;
  }

  /**
   * @param {Opened} opened
   * @param {Uint8Array} grey
   * @param {{index: number | null, label: number | null, z: Place}} what
   */
  encode({ encoder, config }, grey, what) {
    const { decoder } = this.map.images;
    const image = observe(grey, config);
    const posterior = encoder.posterior(image, this.strip.painter("encoder"));
    const costs = decoder && expected(decoder, image, posterior);
    const drawn = config.pixels === "binarised" && what.index !== null;
    this.encoded = { ...what, posterior, costs, drawn, sample: [0, 0] };
    this.draw();
    this.strip.showInput(grey, posterior, costs);
  }

  /** Draw z from the posterior. */
  draw() {
    if (!this.encoded) return;
    const sample = /** @type {Place} */ (at(this.encoded.posterior, [this.noise(), this.noise()]));
    this.encoded = { ...this.encoded, sample };
  }

  /**
   * The hand goes on to a place that was drawn: what went in is the same.
   * @param {Place} z
   */
  stay(z) {
    if (this.encoded) this.encoded = { ...this.encoded, z };
  }

  /** @param {Opened} opened */
  async readOwn({ encoder, config }) {
    const given = this.map.store.state.exact?.given;
    if (!given || given.number === this.own?.number) return this.own;
    const grey = await readOwn(given).catch(() => null);
    const mean = grey && encoder.posterior(observe(grey, config)).mean;
    this.own = grey && mean && { number: given.number, grey, mean };
    return this.own;
  }
}
