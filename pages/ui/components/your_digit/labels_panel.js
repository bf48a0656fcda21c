// Few labels: what ten known points of the map tell about all others.

import { classColour } from "../latent_map/colour.js";
import { element, find, findAll } from "../latent_map/elements.js";
import { LABELS } from "../latent_map/protocol.js";
import { writeFigures } from "./posterior_panel.js";

/** @import { YourDigit } from "./page.js" */

export class LabelsPanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-labels", HTMLElement);
    this.labelled = find(panel, ".labelled", HTMLElement);
    this.accuracy = find(panel, ".accuracy", HTMLElement);
    /** @type {number[]} */
    this.indices = []; // of the test digits whose labels are known
    for (const button of findAll(panel, "[data-random]", HTMLButtonElement)) {
      button.onclick = () => this.addRandom(Number(button.dataset.random));
    }
    find(panel, ".forget", HTMLButtonElement).onclick = () => this.set([]);
    page.store.subscribe(({ selected, tab, plane }, before) => {
      if (plane !== before.plane) this.set([]);
      if (tab === "labels" && selected !== null && selected !== before.selected) this.add([selected]);
    });
  }

  follow() {}

  /**
   * As many as are wanted, with those that are known already.
   * @param {number} count
   */
  addRandom(count) {
    const { plane } = this.page.store.state;
    const indices = new Set(count > this.indices.length ? this.indices : []);
    if (!plane) return;
    while (indices.size < Math.min(count, plane.labels.length)) indices.add(Math.floor(Math.random() * plane.labels.length));
    this.set([...indices]);
  }

  /** @param {number[]} indices */
  add(indices) {
    this.set([...new Set([...this.indices, ...indices])].slice(0, LABELS));
  }

  /** @param {number[]} indices */
  async set(indices) {
    this.indices = indices;
    const { plane } = this.page.store.state;
    const counts = new Array(10).fill(0);
    for (const index of indices) counts[plane?.labels[index] ?? 0] += 1;
    const chips = counts.map((count, label) => {
      const chip = element("span", `${label}${count > 1 ? ` ×${count}` : ""}`);
      chip.dataset.known = String(count > 0);
      chip.style.borderColor = classColour(label);
      return chip;
    });
    this.labelled.replaceChildren(...chips);
    const known = counts.filter((count) => count > 0).length;
    if (known < 2) {
      writeFigures(this.accuracy, [[`${indices.length} labels`, "label two classes at least"]]);
      return;
    }
    try {
      const { nearest, spreading } = await this.page.map.server.get("labels", { indices });
      if (indices !== this.indices) return;
      const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)}% of the other test digits`;
      writeFigures(this.accuracy, [
        ["labels", String(indices.length)],
        ["nearest neighbour", percent(nearest)],
        ["label spreading", percent(spreading)],
      ]);
    } catch (error) {
      writeFigures(this.accuracy, [["", error instanceof Error ? error.message : String(error)]]);
    }
  }
}
