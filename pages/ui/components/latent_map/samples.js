// Images drawn from the prior, and where on the map they fell.

class Samples {
  constructor(instrument, tools) {
    this.map = instrument;
    this.tools = tools;
    this.find = (selector) => instrument.root.querySelector(selector);
    this.drawn = null; // what they were drawn with
    tools.on("[data-testid=draw]", "click", () => this.draw());
    tools.on("[data-testid=clear]", "click", () => this.show([]));
    tools.on("#panel-samples input", "input", () => this.writeRanges());
    tools.on("#panel-samples input", "change", () => this.drawn && this.draw(this.drawn.seed));
  }

  load() {
    this.show([]);
    this.writeRanges();
  }

  writeRanges() {
    const [count, temperature] = ["count", "temperature"].map((name) => this.find(`[data-testid=${name}]`));
    count.nextElementSibling.value = count.value;
    temperature.nextElementSibling.value = temperature.valueAsNumber.toFixed(2);
  }

  // The same seed draws the same places, nearer or farther, more or fewer.
  async draw(seed = crypto.getRandomValues(new Uint32Array(1))[0] >>> 1) {
    const number = (name) => this.find(`[data-testid=${name}]`).valueAsNumber;
    const request = { count: number("count"), temperature: number("temperature"), seed };
    const found = await this.tools.get("samples", request);
    if (found.error) {
      this.tools.say(found.error.message);
      return;
    }
    this.drawn = request;
    const images = fromBase64(found.images);
    this.show(found.z, images);
  }

  show(places, images) {
    this.map.samples = places;
    if (!places.length) this.drawn = null;
    const tiles = places.map((z, i) => {
      const button = thumbnail(images.subarray(i * PIXELS, (i + 1) * PIXELS), `Sample ${i + 1}`);
      button.onclick = () => this.map.moveTo(z);
      return button;
    });
    this.find(".drawn").replaceChildren(...tiles);
    this.find("[data-file=samples]").disabled = this.find("[data-testid=clear]").disabled = !places.length;
    this.map.paintSoon();
  }
}
