// The test digits that cost least, the median and the most of each class, with what comes back.

import { element, find, findAll, fromBase64, paintGrey } from "../latent_map/elements.js";
import { withArticle } from "../latent_map/neighbours.js";
import { move } from "../latent_map/state.js";

/**
 * @import { Example, Place } from "../latent_map/protocol.js"
 * @import { MapStore } from "../latent_map/state.js"
 */

export class Examples {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   */
  constructor(store, root) {
    this.store = store;
    this.section = find(root, ".examples", HTMLElement);
    /** @type {Map<number, HTMLElement[]>} */
    this.buttons = new Map(); // by the index of their digit
    store.subscribe(({ selected }, before) => selected !== before.selected && this.mark(selected));
  }

  /**
   * Keep their room while they are on their way, and none where there will not be any.
   * @param {boolean} pending
   */
  wait(pending) {
    this.section.hidden = !pending;
    this.section.dataset.known = "false";
    this.buttons.clear();
    const blank = (/** @type {HTMLElement} */ row) => row.replaceChildren(...Array.from({ length: 10 }, () => element("i")));
    findAll(this.section, ".ten", HTMLElement).forEach(blank);
  }

  /** @param {Example[]} examples */
  show(examples) {
    this.section.hidden = false;
    this.section.dataset.known = "true";
    this.buttons.clear();
    for (const standing of /** @type {const} */ (["cheapest", "median", "dearest"])) {
      const row = find(this.section, `[data-standing=${standing}] .ten`, HTMLElement);
      const members = examples.filter((example) => example.standing === standing);
      row.replaceChildren(...members.map((example) => this.button(example)));
    }
    this.mark(this.store.state.selected);
  }

  /** @param {Example} example */
  button({ index, label, cost, original, reconstruction }) {
    const button = element("button");
    button.type = "button";
    button.className = "example";
    const words = `Test digit ${index.toLocaleString("en")}, ${withArticle(label)}: ${cost.toFixed(1)} nats`;
    button.title = words;
    button.setAttribute("aria-label", words);
    button.append(picture(original), picture(reconstruction), element("span", cost.toFixed(0)));
    button.onclick = () => this.select(index);
    this.buttons.set(index, [...(this.buttons.get(index) ?? []), button]);
    return button;
  }

  /** @param {number} index */
  select(index) {
    const { plane } = this.store.state;
    if (!plane) return;
    const place = /** @type {Place} */ ([plane.points[2 * index], plane.points[2 * index + 1]]);
    this.store.dispatch(move, place, index);
  }

  /** @param {number | null} selected */
  mark(selected) {
    for (const [index, buttons] of this.buttons) {
      for (const button of buttons) button.setAttribute("aria-pressed", String(index === selected));
    }
  }
}

/** @param {string} grey  784 levels in base64 */
function picture(grey) {
  const canvas = element("canvas");
  canvas.width = canvas.height = 28;
  paintGrey(canvas, fromBase64(grey));
  return canvas;
}
