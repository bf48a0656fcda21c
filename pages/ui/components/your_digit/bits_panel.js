// In few bits: a digit as the characters of its place, what that costs and how well it comes back.

import { writeTerms } from "../glossary/term.js";
import { find, paintGrey, writeBeside } from "../latent_map/elements.js";
import { cell, spell } from "../latent_map/geocode.js";
import { quantile } from "../latent_map/normal.js";
import { CHARACTERS } from "../latent_map/protocol.js";
import { rmse } from "./noise_panel.js";

/**
 * @import { Place } from "../latent_map/protocol.js"
 * @import { YourDigit } from "./page.js"
 * @import { Reading } from "./reader.js"
 */

const PIXELS = 784;
const BITS = 4; // of a character
const BOX = { left: 34, top: 8, width: 178, height: 92 }; // of the curve in its picture

export class BitsPanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-bits", HTMLElement);
    this.characters = find(panel, ".characters", HTMLInputElement);
    this.canvas = find(panel, "canvas", HTMLCanvasElement);
    this.caption = find(panel, "figcaption", HTMLElement);
    this.curve = find(panel, ".curve", SVGElement);
    this.code = find(panel, ".own-code", HTMLOutputElement);
    this.sizes = find(panel, ".sizes", HTMLElement);
    this.characters.oninput = () => this.follow(page.reading);
    find(panel, ".copy", HTMLButtonElement).onclick = () => page.map.takeaway.copy(this.code.value);
  }

  /** @param {Reading | null} reading */
  follow(reading) {
    const count = this.characters.valueAsNumber;
    writeBeside(this.characters, `${count}, ${BITS * count} bits`);
    const { decoder } = this.page.map.images;
    if (!reading || !decoder) return;
    const { grey } = reading;
    const z = this.page.best ?? /** @type {Place} */ (reading.posterior.mean);
    const rates = Array.from({ length: CHARACTERS.high }, (_, i) => i + 1);
    const errors = rates.map((some) => {
      const image = new Uint8ClampedArray(PIXELS);
      decoder.decode(middle(spell(z, some)), image);
      return { image, error: rmse(image, grey) };
    });
    const { image, error } = errors[count - 1];
    const exact = new Uint8ClampedArray(PIXELS);
    decoder.decode(z, exact);
    paintGrey(this.canvas, image);
    this.caption.textContent = `off by ${error.toFixed(1)} of 255`;
    this.code.value = spell(z, count);
    this.draw(errors.map(({ error: one }) => one), count, rmse(exact, grey));
    this.measure(grey, count);
  }

  /**
   * How many bytes the same picture takes otherwise.
   * @param {Uint8Array} grey
   * @param {number} count
   */
  async measure(grey, count) {
    const sheet = new OffscreenCanvas(28, 28);
    const context = sheet.getContext("2d");
    if (!context) return;
    const pixels = new ImageData(28, 28);
    grey.forEach((level, i) => pixels.data.set([level, level, level, 255], 4 * i));
    context.putImageData(pixels, 0, 0);
    const png = await sheet.convertToBlob({ type: "image/png" });
    writeTerms(
      this.sizes,
      `As a PNG this digit has ${png.size} bytes, as grey levels 784. Its code has ${(BITS * count) / 8}: who has the ` +
        "decoder reads it back. Type it into Share on Explore.",
    );
  }

  /**
   * Rate against distortion, with the number of characters that is chosen.
   * @param {number[]} errors
   * @param {number} count
   * @param {number} exact  error of the place itself
   */
  draw(errors, count, exact) {
    const most = Math.max(...errors, exact) * 1.05;
    const at = (/** @type {number} */ i) => [
      BOX.left + (BOX.width * i) / (errors.length - 1),
      BOX.top + BOX.height * (1 - errors[i] / most),
    ];
    const line = errors.map((_, i) => at(i).map((v) => v.toFixed(1)).join(",")).join(" ");
    const floor = BOX.top + BOX.height * (1 - exact / most);
    const [x, y] = at(count - 1);
    const bottom = BOX.top + BOX.height;
    const ticks = errors.map((_, i) => `<text x="${at(i)[0]}" y="${bottom + 13}" text-anchor="middle">${BITS * (i + 1)}</text>`);
    this.curve.innerHTML =
      `<path d="M${BOX.left},${BOX.top}V${bottom}H${BOX.left + BOX.width}" class="axis" />` +
      `<path d="M${BOX.left},${floor}h${BOX.width}" class="floor" /><polyline points="${line}" />` +
      `<circle cx="${x}" cy="${y}" r="4" />${ticks.join("")}` +
      `<text x="${BOX.left + BOX.width / 2}" y="${bottom + 27}" text-anchor="middle">bits of the code</text>` +
      `<text x="${BOX.left - 5}" y="${BOX.top + 9}" text-anchor="end">${most.toFixed(0)}</text>` +
      `<text x="${BOX.left - 5}" y="${bottom}" text-anchor="end">0</text>`;
  }
}

/**
 * The middle of the cell of a code.
 * @param {string} code
 * @returns {Place}
 */
function middle(code) {
  const [left, bottom, side] = cell(code);
  return [quantile(left + side / 2), quantile(bottom + side / 2)];
}
