// Is it strange? What each pixel costs, where the cost stands among test digits, and which lie nearest.

import { writeTerms } from "../glossary/term.js";
import { find, fromBase64, paintGrey, pushButton, thumbnail, toBase64 } from "../latent_map/elements.js";
import { PIXELS } from "../latent_map/protocol.js";
import { move } from "../latent_map/state.js";
import { enlarge } from "../vae/model.js";
import { EXAMPLES } from "./examples.js";
import { writeFigures } from "./posterior_panel.js";

/**
 * @import { Place, ReadingResult } from "../latent_map/protocol.js"
 * @import { YourDigit } from "./page.js"
 * @import { Reading } from "./reader.js"
 */

const NEAREST = 8; // test digits that are shown

export class StrangePanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-strange", HTMLElement);
    this.surprise = find(panel, ".surprise", HTMLCanvasElement);
    this.caption = find(panel, "figcaption", HTMLElement);
    this.ranks = find(panel, ".ranks", HTMLElement);
    this.neighbours = find(panel, ".neighbours", HTMLElement);
    const examples = Object.entries(EXAMPLES).map(([name, strokes]) =>
      pushButton(name, `Draw ${name}`, () => page.pad.take({ picture: null, strokes })),
    );
    find(panel, ".examples", HTMLElement).append(...examples);
  }

  /**
   * @param {Reading | null} reading
   * @param {boolean} finished
   */
  follow(reading, finished) {
    if (!reading) return this.forget();
    this.paintSurprise(reading);
    if (finished) this.ask(reading);
  }

  forget() {
    paintGrey(this.surprise, new Uint8Array(PIXELS));
    this.ranks.replaceChildren();
    this.neighbours.replaceChildren();
  }

  /**
   * -log p of each pixel where the digit lies, nats; black is none and white the most.
   * @param {Reading} reading
   */
  paintSurprise({ image }) {
    const { decoder } = this.page.map.images;
    if (!decoder || !this.page.best) return;
    const logits = decoder.logits(this.page.best);
    const { natural, logPartition, base } = decoder.likelihood;
    const costs = Float32Array.from(logits, (l, i) => logPartition(l) - image[i] * natural(l) - base(image[i]));
    const [least, most] = [Math.min(...costs), Math.max(...costs)];
    const grey = new Uint8ClampedArray(PIXELS);
    enlarge(costs, decoder.side, (cost) => (cost - least) / (most - least || 1), grey);
    paintGrey(this.surprise, grey);
    writeTerms(this.caption, `white: ${most.toFixed(1)} nats per pixel`);
  }

  /** @param {Reading} reading */
  async ask(reading) {
    const { server } = this.page.map;
    const digit = toBase64(reading.grey);
    try {
      const said = await server.get("reading", { digit });
      if (reading === this.page.reading) this.write(said);
      const nearest = nearestPoints(this.page.store.state.plane, this.page.best ?? reading.posterior.mean, NEAREST);
      const { images } = await server.get("originals", { indices: nearest });
      if (reading === this.page.reading) this.showNeighbours(nearest, fromBase64(images));
    } catch (error) {
      writeFigures(this.ranks, [["", error instanceof Error ? error.message : String(error)]]);
    }
  }

  /** @param {ReadingResult} said */
  write({ cost, share, label, class_share, cost_share }) {
    const rank = (/** @type {number | null} */ part) => (part === null ? "…" : `${Math.floor(100 * part)}%`);
    writeFigures(this.ranks, [
      ["stranger than", ""],
      ["of all test digits", rank(share)],
      [`of the ${label}s`, rank(class_share)],
      ["costs", `${cost.toFixed(1)} nats`],
      ["more than, of all", rank(cost_share)],
    ]);
  }

  /**
   * @param {number[]} indices
   * @param {Uint8Array} images
   */
  showNeighbours(indices, images) {
    const { plane } = this.page.store.state;
    if (!plane || images.length < PIXELS * indices.length) return;
    const buttons = indices.map((index, i) => {
      const place = /** @type {Place} */ ([plane.points[2 * index], plane.points[2 * index + 1]]);
      const grey = images.subarray(PIXELS * i, PIXELS * (i + 1));
      return thumbnail(grey, `Test digit ${index}, a ${plane.labels[index]}`, () =>
        this.page.store.dispatch(move, place, index),
      );
    });
    this.neighbours.replaceChildren(...buttons);
  }
}

/**
 * The test digits that are encoded nearest to a place, the nearest first.
 * @param {{points: Float32Array, labels: Uint8Array} | null} plane
 * @param {number[]} place
 * @param {number} count
 */
export function nearestPoints(plane, [x, y], count) {
  if (!plane) return [];
  const squares = Float64Array.from(plane.labels, (_, i) => (plane.points[2 * i] - x) ** 2 + (plane.points[2 * i + 1] - y) ** 2);
  return [...squares.keys()].sort((a, b) => squares[a] - squares[b]).slice(0, count);
}
