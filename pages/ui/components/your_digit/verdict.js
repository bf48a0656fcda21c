// What is said of a digit: where it lies, what it costs, and whether it is unlike all that the model knows.

import { writeTerms } from "../glossary/term.js";
import { find, toBase64 } from "../latent_map/elements.js";
import { likeness } from "../latent_map/neighbours.js";
import { STRANGE } from "../latent_map/protocol.js";

/**
 * @import { Place, ReadingResult } from "../latent_map/protocol.js"
 * @import { YourDigit } from "./page.js"
 * @import { Reading } from "./reader.js"
 */

const AGAIN_MS = 1000; // until shares that are not known yet are asked for again
const REST_MS = 120; // without a stroke, after which the costs are worth computing

export class Verdict {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    this.place = find(root, ".verdict .place", HTMLElement);
    this.strange = find(root, ".verdict .strange", HTMLElement);
    this.back = find(root, ".verdict .back", HTMLButtonElement);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReadingResult | null} */
    this.said = null; // by the server, of the digit that is on the pad
    this.asked = ""; // the digit that it was asked about
    this.costs = ""; // in words
    this.back.onclick = () => page.best && page.goTo(page.best);
    page.store.subscribe(({ z }) => {
      const { best } = page;
      this.back.hidden = !best || (best[0] === z[0] && best[1] === z[1]);
    });
  }

  /**
   * @param {Reading | null} reading
   * @param {boolean} finished
   */
  follow(reading, finished) {
    clearTimeout(this.timer);
    this.said = null;
    this.strange.textContent = "";
    this.strange.dataset.warn = "false";
    if (!reading) {
      if (!this.page.grey) writeTerms(this.place, "Draw a digit, and see where it lands and how it comes back.");
      return;
    }
    this.costs = "";
    this.write();
    this.timer = setTimeout(() => this.cost(reading), REST_MS);
    if (finished) this.askServer(reading.grey);
  }

  write() {
    const { page } = this;
    const { plane } = page.store.state;
    if (!plane || !page.best) return;
    const { label, share } = likeness(plane, page.best);
    const among = `It lies among the ${label}s (${Math.round(100 * share)}% of the nearest test digits)`;
    writeTerms(this.place, `${among}.${this.costs}`);
  }

  /** @param {Reading} reading */
  cost(reading) {
    const { decoder } = this.page.map.images;
    if (!decoder || !this.page.reader || reading !== this.page.reading) return;
    const { reconstruction, kl } = this.page.reader.costs(reading, decoder);
    const all = (reconstruction + kl).toFixed(1);
    this.costs = ` By the encoder it costs ${all} nats: ${reconstruction.toFixed(1)} for the picture, ${kl.toFixed(1)} to say where.`;
    this.write();
  }

  /**
   * What PyTorch says of it, and how strange it is among the test digits.
   * @param {Uint8Array} grey
   */
  async askServer(grey) {
    const digit = toBase64(grey);
    if (this.asked === digit && this.said) return;
    this.asked = digit;
    try {
      const said = await this.page.map.server.get("reading", { digit });
      if (this.asked !== digit || !this.page.grey || toBase64(this.page.grey) !== digit) return;
      this.said = said;
      if (!this.page.reader) this.takePlace(said);
      this.writeStrange(said);
    } catch {
      if (this.asked === digit) this.asked = ""; // a page without a server says less
    }
  }

  askAgain() {
    this.asked = "";
    if (this.page.grey) this.askServer(this.page.grey);
  }

  /**
   * Where the encoder is on the server, it says where the digit lies.
   * @param {ReadingResult} said
   */
  takePlace({ mean, log_var, correlation }) {
    this.page.store.dispatch(() => ({ own: { mean, log_var, correlation } }));
    this.page.best = mean;
    this.page.goTo(mean);
    this.write();
  }

  /** @param {ReadingResult} said */
  writeStrange({ share }) {
    if (share === null) {
      this.timer = setTimeout(() => this.askAgain(), AGAIN_MS); // all test digits are being read
      return;
    }
    const strange = share >= STRANGE;
    const percent = Math.floor(100 * share);
    this.strange.dataset.warn = String(strange);
    this.strange.textContent = strange
      ? `It is stranger than ${percent}% of the test digits: the model knows nothing like it. What comes back is ` +
        "the nearest that it can draw, and what it lies among says little."
      : `It is stranger than ${percent}% of the test digits.`;
  }
}
