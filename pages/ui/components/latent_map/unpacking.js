// Has an atlas unpacked by a Worker, or here where there are none.

import { readHeader, unpackAtlas } from "./atlas.js";
import { load, set } from "./state.js";

/**
 * @import { Atlas } from "./atlas.js"
 * @import { MapStore } from "./state.js"
 */

export class Unpacking {
  /**
   * @param {MapStore} store
   * @param {string} script  of the Worker
   */
  constructor(store, script) {
    this.store = store;
    this.script = script;
    this.key = ""; // of the atlas that is here, or on its way
    /** @type {Worker | undefined} */
    this.worker = undefined;
  }

  /**
   * Show the map of a packed atlas, unless it is the one that is here.
   * @param {Uint8Array | undefined} bytes
   */
  async show(bytes) {
    if (!bytes) return;
    let key = this.key;
    try {
      key = readHeader(bytes).key;
      if (key === this.key) return;
      this.key = key;
      this.close();
      const atlas = await this.unpack(bytes);
      if (this.key === key) this.store.dispatch(load, atlas);
    } catch (error) {
      if (this.key === key) this.fail(error);
    }
  }

  /** @param {unknown} error */
  fail(error) {
    this.key = ""; // to be tried again when it comes again
    const reason = error instanceof Error ? error.message : String(error);
    const failure =
      `This browser could not unpack the map (${reason}). Reload the page; if that does not help, ` +
      "take a newer browser: Chrome 80, Firefox 113, Safari 16.4 or later.";
    this.store.dispatch(set, { failure, atlas: null });
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {Promise<Atlas>}
   */
  unpack(bytes) {
    if (typeof Worker === "undefined") return unpackAtlas(bytes);
    const address = URL.createObjectURL(new Blob([this.script], { type: "text/javascript" }));
    const worker = (this.worker = new Worker(address));
    const unpacked = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.atlas ? resolve(data.atlas) : reject(new Error(data.error)));
      worker.onerror = () => resolve(unpackAtlas(bytes)); // a page may forbid Workers
      worker.postMessage(bytes);
    });
    return unpacked.finally(() => {
      worker.terminate();
      URL.revokeObjectURL(address);
    });
  }

  close() {
    this.worker?.terminate();
  }
}
