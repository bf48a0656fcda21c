// Answers what the map asks, where there is no server: from the page's files, or by its own model.

import { toBase64 } from "../latent_map/elements.js";
import { likeness, withArticle } from "../latent_map/neighbours.js";
import { FRAMES, PIXELS } from "../latent_map/protocol.js";
import { goTo, set } from "../latent_map/state.js";
import { Encoder, expected } from "../vae/model.js";
import { observe } from "../vae/pixels.js";
import { Weights } from "../vae/weights.js";
import { readAddress } from "./address.js";
import { readFile } from "./files.js";
import { normals } from "./random.js";

/**
 * @import { Images } from "../latent_map/images.js"
 * @import { Plane } from "../latent_map/plane.js"
 * @import { FilmResult, LayerResult, Place, RequestMessage, Results, SavedData, SelectedDigit } from "../latent_map/protocol.js"
 * @import { MapStore, Server } from "../latent_map/state.js"
 * @typedef {{encoder: Encoder, config: Record<string, any>}} Opened
 */

const CHORDS = 8; // between two frames, whose images' distances add up to the length of a path

/** @implements {Server} */
export class Offline {
  /**
   * @param {MapStore} store
   * @param {Images} images
   * @param {SavedData} data
   * @param {(name: string) => Promise<Uint8Array>} [read]  a file of the page
   */
  constructor(store, images, data, read = readFile) {
    this.read = read;
    this.store = store;
    this.images = images;
    this.data = data;
    /** @type {Promise<Record<string, LayerResult>> | undefined} */
    this.layers = undefined;
    /** @type {Promise<Uint8Array> | undefined} */
    this.originals = undefined;
    /** @type {Promise<Opened> | undefined} */
    this.encoder = undefined;
    store.subscribe(({ plane, selected, decoder }, before) => {
      if (plane && plane !== before.plane) store.dispatch(goTo, readAddress(location.search));
      if (selected !== before.selected || decoder !== before.decoder) this.describe(selected);
    });
  }

  close() {}

  /**
   * @template {keyof Results} W
   * @param {W} what
   * @param {Omit<RequestMessage, "what">} details
   * @returns {Promise<Results[W]>}
   */
  async get(what, details = {}) {
    if (what === "layer") return /** @type {any} */ (await this.layer(details.of ?? ""));
    if (what === "samples") return /** @type {any} */ (draw(details));
    if (what === "path") return /** @type {any} */ (await this.path());
    if (what === "images") return /** @type {any} */ (await this.decode(details.places ?? []));
    throw new Error("This page has no server to ask.");
  }

  /**
   * Images that were asked for before the decoder was there.
   * @param {Place[]} places
   */
  async decode(places) {
    const { store } = this;
    if (store.state.decoder !== "browser") {
      await new Promise((resolve) => {
        store.subscribe(({ decoder }) => decoder === "browser" && resolve(null));
      });
    }
    return { images: toBase64(await this.images.all(places)) };
  }

  /** @param {string} name */
  async layer(name) {
    this.layers ??= this.read(this.data.layers).then((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
    return (await this.layers)[name];
  }

  /** The straight path between the pins; the shortest one takes thousands of images to find. */
  async path() {
    const { plane, view } = this.store.state;
    const { a, b } = view;
    if (!plane || !a || !b) throw new Error("Pin both ends.");
    const count = (FRAMES - 1) * CHORDS;
    const along = Array.from({ length: count + 1 }, (_, i) => between(a, b, i / count));
    const images = await this.images.all(along);
    const places = along.filter((_, i) => i % CHORDS === 0);
    const votes = places.map((place) => likeness(plane, place));
    /** @type {FilmResult} */
    const straight = {
      length: distance(images),
      places,
      classes: votes.map(({ label }) => label),
      shares: votes.map(({ share }) => share),
    };
    return { straight, geodesic: null };
  }

  /**
   * The test digit that was clicked, as far as the page has it.
   * @param {number | null} index
   */
  async describe(index) {
    const { plane, decoder } = this.store.state;
    if (index === null || !plane || decoder !== "browser") {
      this.store.dispatch(set, { digit: null });
      return;
    }
    const [x, y] = plane.points.subarray(2 * index, 2 * index + 2);
    const reconstruction = await this.images.all([[x, y]]);
    const original = await this.original(index);
    const label = plane.labels[index];
    const words = [`Test digit ${index.toLocaleString("en")}, ${withArticle(label)}, and how it comes back.`];
    if (original) words.push(...(await this.costs(original)));
    else words.push("Its original is not in this file, which has some of them.");
    /** @type {SelectedDigit} */
    const digit = {
      index,
      label,
      words,
      pending: false,
      original: original && toBase64(original),
      reconstruction: toBase64(reconstruction),
    };
    if (this.store.state.selected === index) this.store.dispatch(set, { digit });
  }

  /** @param {number} index */
  async original(index) {
    const at = this.data.indices.indexOf(index);
    if (at < 0) return null;
    this.originals ??= this.read(this.data.originals);
    return (await this.originals).subarray(PIXELS * at, PIXELS * (at + 1));
  }

  /**
   * Both terms of the bound, where the page has the encoder.
   * @param {Uint8Array} original
   */
  async costs(original) {
    const { encoder: name } = this.data;
    const { decoder } = this.images;
    if (!name || !decoder) return [];
    this.encoder ??= this.read(name).then((bytes) => {
      const weights = new Weights(bytes);
      return { encoder: new Encoder(weights), config: weights.config };
    });
    const { encoder, config } = await this.encoder;
    const image = observe(original, config);
    const { reconstruction, kl } = expected(decoder, image, encoder.posterior(image));
    return [
      `Reconstruction ${reconstruction.toFixed(1)} nats.`,
      `KL ${kl.toFixed(2)} nats, ${(kl / Math.LN2).toFixed(1)} bits.`,
    ];
  }
}

/**
 * Samples of z: the same seed draws the same places, nearer or farther, more or fewer.
 * @param {Omit<RequestMessage, "what">} details
 */
function draw({ count = 1, temperature = 1, seed = 0 }) {
  const next = normals(seed);
  const z = Array.from({ length: count }, () => [temperature * next(), temperature * next()]);
  return { z };
}

/**
 * @param {Place} a
 * @param {Place} b
 * @param {number} part
 * @returns {Place}
 */
function between(a, b, part) {
  return [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])];
}

/**
 * The distances from each image to the next, added up; pixels in 0..1.
 * @param {Uint8ClampedArray} images
 */
function distance(images) {
  let total = 0;
  for (let from = 0; from + PIXELS < images.length; from += PIXELS) {
    let square = 0;
    for (let i = from; i < from + PIXELS; i++) square += (images[i + PIXELS] - images[i]) ** 2;
    total += Math.sqrt(square) / 255;
  }
  return total;
}
