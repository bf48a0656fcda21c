// The view as PyTorch: code for what is seen now, or none.

import { find } from "./elements.js";

/**
 * @import { MapStore, Server, State } from "./state.js"
 * @import { Takeaway } from "./takeaway.js"
 */

const STILL_MS = 200; // without a change, after which the code is asked for
/** @type {(keyof State)[]} */
const PARTS = ["plane", "z", "view", "selected", "samples", "characters"]; // that the code may be about

export class SnippetPanel {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Server} server
   * @param {Takeaway} takeaway
   */
  constructor(store, root, server, takeaway) {
    this.store = store;
    this.server = server;
    this.panel = find(root, "#panel-python", HTMLElement);
    this.of = find(this.panel, ".of", HTMLSelectElement);
    this.text = find(this.panel, "pre", HTMLElement);
    this.wanted = 0; // counts what it was to be about
    this.written = -1; // which of these stands there
    /** @type {(() => void)[]} */
    this.readers = []; // who wait for it
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.of.onchange = () => this.outdate();
    find(this.panel, "[data-copy]", HTMLButtonElement).onclick = () => takeaway.copy(this.current());
    store.subscribe((state, before) => {
      const seen = state.viewport.view !== before.viewport.view;
      if (seen || PARTS.some((part) => state[part] !== before[part])) this.outdate();
      else if (state.tab !== before.tab) this.writeSoon();
    });
  }

  close() {
    clearTimeout(this.timer);
  }

  /** What stands there is not for what is seen: nobody shall read or copy it. */
  outdate() {
    if (this.text.textContent) {
      this.text.style.minHeight = `${this.text.offsetHeight}px`; // nothing below it jumps
      this.text.textContent = "";
    }
    this.wanted += 1;
    this.text.setAttribute("aria-busy", "true");
    this.writeSoon();
  }

  writeSoon() {
    clearTimeout(this.timer);
    if (this.store.state.tab !== "python" || this.written === this.wanted) return;
    this.timer = setTimeout(() => this.write(this.wanted), STILL_MS);
  }

  /** @param {number} wanted */
  async write(wanted) {
    const { characters, samples } = this.store.state;
    const details = { of: this.of.value, characters, ...samples?.draw };
    const found = await this.server.get("snippet", details).catch((error) => ({
      text: `# ${error.message}`,
    }));
    if (this.wanted !== wanted) return;
    this.written = wanted;
    this.text.textContent = found.text;
    this.text.style.minHeight = "";
    this.text.removeAttribute("aria-busy");
    this.readers.splice(0).forEach((tell) => tell());
  }

  /**
   * The code for what is seen, once it has come.
   * @returns {Promise<string>}
   */
  async current() {
    while (this.written !== this.wanted) {
      await new Promise((resolve) => this.readers.push(() => resolve(null)));
    }
    return this.text.textContent ?? "";
  }
}
