// What a step changes of how the map is looked at, to be possible; afterwards it is as it was.

import { set } from "../latent_map/state.js";

/**
 * @import { MapStore, State } from "../latent_map/state.js"
 * @import { Step } from "./steps.js"
 */

export class Borrowed {
  /** @param {MapStore} store */
  constructor(store) {
    this.store = store;
    /** @type {State["view"]["top"] | undefined} */
    this.top = undefined; // what was on top of the map, where that has been changed
  }

  /** @param {Step} step */
  take(step) {
    const { state } = this.store;
    const prepared = step.prepare?.(state);
    if (prepared?.view) this.top = state.view.top;
    if (prepared) this.store.dispatch(set, prepared);
  }

  giveBack() {
    const { view } = this.store.state;
    if (this.top !== undefined && view.top === "points") this.store.dispatch(set, { view: { ...view, top: this.top } });
    this.top = undefined;
  }
}
