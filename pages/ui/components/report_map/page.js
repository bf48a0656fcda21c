// The map with each test digit in the colour of its cost. One that is clicked is shown beside it.

import { fromBase64 } from "../latent_map/elements.js";
import { mount } from "../latent_map/mount.js";
import { set } from "../latent_map/state.js";
import { CostKey } from "./cost_key.js";
import { Examples } from "./examples.js";

/**
 * @import { Served } from "../latent_map/mount.js"
 * @import { ReportData, Scores } from "../latent_map/protocol.js"
 */

export class ReportMap {
  /**
   * @param {HTMLElement} root
   * @param {Served} served
   */
  constructor(root, served) {
    this.fetchFile = served.fetchFile;
    this.map = mount(root, served);
    this.key = new CostKey(this.map.store, root);
    this.examples = new Examples(this.map.store, root);
    this.shown = ""; // key of the checkpoint that is here
    this.scores = ""; // address of the costs that are here, or on their way
  }

  close() {
    this.map.close();
  }

  /** @param {ReportData} data */
  show(data) {
    if (data.key !== this.shown) this.forget(data.key);
    this.map.opening.show(data);
    this.key.say(data.words);
    if (!data.scores) this.examples.wait(data.pending);
    if (data.scores && data.scores !== this.scores) this.load(data.scores);
  }

  /** @param {string} key  of the checkpoint that comes */
  forget(key) {
    this.shown = key;
    this.scores = "";
    this.map.store.dispatch(set, { tint: null });
  }

  /** @param {string} address */
  async load(address) {
    this.scores = address;
    try {
      const bytes = await this.fetchFile(address);
      if (address !== this.scores) return;
      /** @type {Scores} */
      const { costs, low, high, examples } = JSON.parse(new TextDecoder().decode(bytes));
      const values = new Float32Array(fromBase64(costs).buffer);
      this.map.store.dispatch(set, { tint: { values, low, high } });
      this.examples.show(examples);
    } catch (error) {
      if (address !== this.scores) return;
      this.scores = ""; // to be tried again when it comes again
      const why = error instanceof Error ? error.message : String(error);
      this.key.say(`This browser could not load the costs (${why}). Reload the page.`);
    }
  }
}
