// More like this: places drawn from the true posterior, flattened or sharpened, and their images.

import { find, thumbnail, writeBeside } from "../latent_map/elements.js";
import { PIXELS } from "../latent_map/protocol.js";
import { move, set } from "../latent_map/state.js";
import { sample } from "./posterior_panel.js";

/**
 * @import { Answer } from "./posterior_worker.js"
 * @import { Place } from "../latent_map/protocol.js"
 * @import { YourDigit } from "./page.js"
 * @import { Reading } from "./reader.js"
 */

const COUNT = 24;

export class MorePanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-more", HTMLElement);
    this.temperature = find(panel, ".temperature", HTMLInputElement);
    this.drawn = find(panel, ".drawn", HTMLElement);
    this.zip = find(panel, ".zip", HTMLButtonElement);
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {Place[]} */
    this.places = [];
    this.temperature.oninput = () => this.writeTemperature();
    this.temperature.onchange = () => this.places.length && this.draw();
    find(panel, ".draw", HTMLButtonElement).onclick = () => this.draw();
    this.zip.onclick = () => page.map.takeaway.save(this.zip, { of: "variations", places: this.places });
    this.writeTemperature();
  }

  writeTemperature() {
    writeBeside(this.temperature, this.temperature.valueAsNumber.toFixed(2));
  }

  /** @param {Reading | null} reading */
  follow(reading) {
    this.answer = null;
    this.forget();
    if (!reading) return;
    this.page.truth?.ask(reading.image, null, (answer) => {
      if (reading !== this.page.reading) return;
      this.answer = answer;
      this.page.store.dispatch(set, { truth: answer });
    });
  }

  forget() {
    this.places = [];
    this.zip.disabled = true;
    this.drawn.replaceChildren();
  }

  async draw() {
    const { answer } = this;
    if (!answer) return;
    const places = Array.from({ length: COUNT }, () => sample(answer.cells, this.temperature.valueAsNumber, Math.random));
    this.places = places;
    const images = await this.page.map.images.all(places);
    if (this.places !== places) return;
    const buttons = places.map((place, i) => {
      const grey = images.subarray(PIXELS * i, PIXELS * (i + 1));
      return thumbnail(grey, `Variation ${i + 1}`, () => this.page.store.dispatch(move, place));
    });
    this.drawn.replaceChildren(...buttons);
    this.zip.disabled = false;
  }
}
