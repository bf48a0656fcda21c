// What the colours mean, and what the digit that is selected costs.

import { writeTerms } from "../glossary/term.js";
import { brush, find, findAll } from "../latent_map/elements.js";
import { withArticle } from "../latent_map/neighbours.js";
import { TONES, tones } from "../latent_map/tint.js";

/** @import { MapStore, State } from "../latent_map/state.js" */

export class CostKey {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   */
  constructor(store, root) {
    const key = find(root, ".costs", HTMLElement);
    this.key = key;
    this.ramp = find(key, ".tones", HTMLCanvasElement);
    this.ends = findAll(key, ".ends span", HTMLElement);
    this.state = find(key, ".state", HTMLElement);
    this.total = find(root, ".total", HTMLElement);
    store.subscribe((state, before) => this.changed(state, before));
  }

  /**
   * Why there are no costs, or that they are on their way.
   * @param {string} words
   */
  say(words) {
    this.state.textContent = words;
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    const { tint, theme, selected, plane } = state;
    if (tint === before.tint && theme === before.theme && selected === before.selected && plane === before.plane) return;
    this.key.dataset.known = String(Boolean(tint));
    this.writeTotal(state);
    if (!tint || !theme) return;
    this.ends[0].textContent = `≤ ${tint.low.toFixed(0)}`;
    this.ends[1].textContent = `≥ ${tint.high.toFixed(0)}`;
    const context = brush(this.ramp);
    const wide = this.ramp.width / TONES;
    tones(theme).forEach((tone, i) => {
      context.fillStyle = tone;
      context.fillRect(Math.floor(i * wide), 0, Math.ceil(wide), 1);
    });
  }

  /** @param {State} state */
  writeTotal({ tint, selected, plane }) {
    const known = tint && plane && selected !== null && selected < tint.values.length;
    this.total.hidden = !known;
    if (!known) return;
    const cost = tint.values[selected];
    const share = tint.values.filter((other) => other < cost).length / tint.values.length;
    const which = `This ${withArticle(plane.labels[selected]).split(" ")[1]}`;
    writeTerms(this.total, `${which} costs ${cost.toFixed(1)} nats: more than ${Math.floor(100 * share)}% of the test digits.`);
  }
}
