// Noise: pixels are flipped, and two ways to take that back are compared with the digit as it was.

import { writeTerms } from "../glossary/term.js";
import { find, findAll, paintGrey, writeBeside } from "../latent_map/elements.js";
import { set } from "../latent_map/state.js";
import { enlarge } from "../vae/model.js";

/**
 * @import { YourDigit } from "./page.js"
 * @import { Reading } from "./reader.js"
 */

const PIXELS = 784;

export class NoisePanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-noise", HTMLElement);
    this.share = find(panel, ".share", HTMLInputElement);
    this.canvases = findAll(panel, "canvas", HTMLCanvasElement);
    this.captions = findAll(panel, "figcaption", HTMLElement);
    this.dice = Float32Array.from({ length: PIXELS }, Math.random); // a pixel flips where its die is below the share
    this.share.oninput = () => this.follow(page.reading);
    find(panel, ".again", HTMLButtonElement).onclick = () => {
      this.dice = this.dice.map(() => Math.random());
      this.follow(page.reading);
    };
  }

  /** @param {Reading | null} reading */
  follow(reading) {
    const share = this.share.valueAsNumber;
    writeBeside(this.share, `${Math.round(100 * share)}%`);
    const { reader, truth, store } = this.page;
    const { decoder } = this.page.map.images;
    if (!reading || !reader || !decoder) return;
    const noisy = reading.grey.map((level, i) => (this.dice[i] < share ? 255 - level : level));
    const read = reader.read(noisy);
    const guessed = new Uint8ClampedArray(PIXELS);
    decoder.decode(read.posterior.mean, guessed);
    this.show(0, "with noise", noisy, reading.grey);
    this.show(1, "encoder", guessed, reading.grey);
    truth?.ask(read.image, null, (answer) => {
      if (reading !== this.page.reading) return;
      store.dispatch(set, { truth: answer });
      const mean = new Uint8ClampedArray(PIXELS);
      if (answer.mean) enlarge(answer.mean, decoder.side, (level) => level, mean);
      this.show(2, "posterior", mean, reading.grey);
    }, { share, mean: true });
  }

  /**
   * @param {number} which
   * @param {string} words
   * @param {Uint8Array | Uint8ClampedArray} grey
   * @param {Uint8Array} original
   */
  show(which, words, grey, original) {
    paintGrey(this.canvases[which], grey);
    writeTerms(this.captions[which], `${words}: off by ${rmse(grey, original).toFixed(1)}`);
  }
}

/**
 * The root of the mean square of the differences, in grey levels.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function rmse(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / a.length);
}
