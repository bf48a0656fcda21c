// Images drawn from the prior, and where on the map they fell.

import { find, setRange, thumbnail, writeBeside } from "./elements.js";
import { PIXELS, SAMPLES, TEMPERATURE } from "./protocol.js";
import { move, set } from "./state.js";

/**
 * @import { Images } from "./images.js"
 * @import { MapStore, Server, State } from "./state.js"
 * @import { Takeaway } from "./takeaway.js"
 */

export class SamplesPanel {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Server} server
   * @param {Takeaway} takeaway
   * @param {Images} images
   */
  constructor(store, root, server, takeaway, images) {
    this.store = store;
    this.images = images;
    this.server = server;
    this.takeaway = takeaway;
    this.panel = find(root, "#panel-samples", HTMLElement);
    this.count = find(this.panel, ".count", HTMLInputElement);
    this.temperature = find(this.panel, ".temperature", HTMLInputElement);
    this.clear = find(this.panel, ".clear", HTMLButtonElement);
    this.zip = find(this.panel, "[data-file]", HTMLButtonElement);
    this.drawn = find(this.panel, ".drawn", HTMLElement);
    setRange(this.count, SAMPLES);
    setRange(this.temperature, TEMPERATURE);
    for (const input of [this.count, this.temperature]) {
      input.oninput = () => this.writeRanges();
      input.onchange = () => store.state.samples && this.draw(store.state.samples.draw.seed);
    }
    find(this.panel, ".draw", HTMLButtonElement).onclick = () => this.draw();
    this.clear.onclick = () => store.dispatch(set, { samples: null });
    store.subscribe(({ samples }, before) => samples !== before.samples && this.show(samples));
    this.writeRanges();
  }

  writeRanges() {
    writeBeside(this.count, this.count.value);
    writeBeside(this.temperature, this.temperature.valueAsNumber.toFixed(2));
  }

  /** The same seed draws the same places, nearer or farther, more or fewer. */
  async draw(seed = crypto.getRandomValues(new Uint32Array(1))[0] >>> 1) {
    const count = this.count.valueAsNumber;
    const draw = { count, temperature: this.temperature.valueAsNumber, seed };
    try {
      const { z } = await this.server.get("samples", draw);
      this.store.dispatch(set, { samples: { draw, z, images: await this.images.all(z) } });
    } catch (error) {
      this.takeaway.say(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {State["samples"]} samples */
  show(samples) {
    const tiles = samples?.z.map((z, i) => {
      const grey = samples.images.subarray(i * PIXELS, (i + 1) * PIXELS);
      return thumbnail(grey, `Sample ${i + 1}`, () => this.store.dispatch(move, z));
    });
    this.drawn.replaceChildren(...(tiles ?? []));
    this.zip.disabled = this.clear.disabled = !samples;
  }
}
