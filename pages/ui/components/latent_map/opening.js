// Opens a checkpoint: its plane first, which is small, and its decoder, which a browser keeps.

import { readPlane } from "./plane.js";
import { load, set } from "./state.js";

/**
 * @import { Images } from "./images.js"
 * @import { MapData } from "./protocol.js"
 * @import { MapStore } from "./state.js"
 */

export class Opening {
  /**
   * @param {MapStore} store
   * @param {Images} images
   * @param {(address: string) => Promise<Uint8Array>} fetchFile
   */
  constructor(store, images, fetchFile) {
    this.store = store;
    this.images = images;
    this.fetchFile = fetchFile;
    this.key = ""; // of the checkpoint that is here, or on its way
  }

  /**
   * Show the map of a checkpoint, unless it is the one that is here.
   * @param {MapData | undefined} data
   */
  async show(data) {
    if (!data || data.key === this.key) return;
    this.key = data.key;
    const decoder = this.loadDecoder(data);
    try {
      const plane = readPlane(await this.fetchFile(data.plane), data.key);
      if (this.key === data.key) this.store.dispatch(load, plane);
      await decoder;
    } catch (error) {
      if (this.key === data.key) this.fail(error);
    }
  }

  /**
   * The server's images serve where there is no decoder here.
   * @param {MapData} data
   */
  async loadDecoder({ key, decoder, megabytes }) {
    this.images.close();
    this.store.dispatch(set, { decoder: "loading", apart: null });
    if (!decoder) {
      const refusal = `this model is too large to travel (${megabytes.toFixed(0)} MB)`;
      this.store.dispatch(set, { decoder: "server", refusal });
      return;
    }
    try {
      const bytes = await this.fetchFile(decoder);
      if (this.key !== key) return;
      this.images.take(bytes);
      this.store.dispatch(set, { decoder: "browser" });
    } catch (error) {
      const refusal = `this browser could not load the model (${wordsOf(error)})`;
      if (this.key === key) this.store.dispatch(set, { decoder: "server", refusal });
    }
  }

  /** @param {unknown} error */
  fail(error) {
    this.key = ""; // to be tried again when it comes again
    const failure = `This browser could not open the map (${wordsOf(error)}). Reload the page.`;
    this.store.dispatch(set, { failure, plane: null });
  }
}

/**
 * @param {string} address
 * @returns {Promise<Uint8Array>}
 */
export async function fetchFile(address) {
  const response = await fetch(new URL(address, document.baseURI));
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** @param {unknown} error */
function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
