// The true posterior beside the encoder's guess: log p(x), the bound and the gap, peaks, a magnifier.

import { writeTerms } from "../glossary/term.js";
import { brush, element, find, findAll, pushButton, thumbnail } from "../latent_map/elements.js";
import { drawOwn, drawTruth } from "../latent_map/marks.js";
import { likeness } from "../latent_map/neighbours.js";
import { set } from "../latent_map/state.js";
import { Viewport } from "../latent_map/viewport.js";
import { decodeAll } from "../vae/model.js";
import { logLikelihood } from "../vae/nn/likelihoods.js";

/**
 * @import { Answer } from "./posterior_worker.js"
 * @import { Place } from "../latent_map/protocol.js"
 * @import { YourDigit } from "./page.js"
 * @import { Reading } from "./reader.js"
 */

const BETTER = 0.5; // nats by which the exact answer must be better than the encoder's to be the one shown
const TAIL = 0.002; // of all mass, that the magnifier may leave out on each side

export class PosteriorPanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-posterior", HTMLElement);
    this.canvas = find(panel, "canvas", HTMLCanvasElement);
    this.caption = find(panel, "figcaption", HTMLElement);
    this.figures = find(panel, ".figures", HTMLElement);
    this.peaks = find(panel, ".peaks", HTMLElement);
    this.answers = find(panel, ".answers", HTMLElement);
    /** @type {Answer | null} */
    this.answer = null;
    page.store.subscribe(({ truth, own, theme }, before) => {
      if (truth !== before.truth || own !== before.own || theme !== before.theme) this.paint();
    });
  }

  /**
   * @param {Reading | null} reading
   * @param {boolean} finished
   */
  follow(reading, finished) {
    if (!reading) return this.forget();
    this.page.truth?.ask(reading.image, null, (answer) => {
      if (reading !== this.page.reading) return;
      this.answer = answer;
      this.page.store.dispatch(set, { truth: answer });
      this.write(reading, answer);
      if (answer.fine) this.settle(reading, answer);
    }, { brief: !finished });
  }

  forget() {
    this.answer = null;
    this.figures.replaceChildren();
    this.peaks.replaceChildren();
    this.answers.replaceChildren();
    this.caption.textContent = "";
  }

  /**
   * @param {Reading} reading
   * @param {Answer} answer
   */
  write(reading, answer) {
    const { decoder } = this.page.map.images;
    if (!decoder || !this.page.reader) return;
    const about = answer.fine ? "" : "≈ ";
    const rows = [["log p(x)", `${about}${answer.evidence.toFixed(1)} nats`]];
    if (answer.fine) {
      const { reconstruction, kl } = this.page.reader.costs(reading, decoder);
      const bound = -reconstruction - kl;
      rows.push(["ELBO", `${bound.toFixed(1)} nats`], ["gap", `${(answer.evidence - bound).toFixed(1)} nats`]);
    } else rows.push(["ELBO", "…"], ["gap", "…"]);
    writeFigures(this.figures, rows);
    const { plane } = this.page.store.state;
    if (!plane || !answer.step) return;
    const buttons = answer.peaks.map(({ at, share }) => {
      const words = `${Math.round(100 * share)}% among the ${likeness(plane, at).label}s`;
      return pushButton(words, `Go to the peak with ${words}`, () => this.page.goTo(at));
    });
    this.peaks.replaceChildren(...buttons);
  }

  /**
   * The three answers side by side; the exact one counts where it is better.
   * @param {Reading} reading
   * @param {Answer} answer
   */
  settle({ image, posterior }, { mode, cells }) {
    const { decoder } = this.page.map.images;
    if (!decoder) return;
    const mean = /** @type {Place} */ (posterior.mean);
    const joint = (/** @type {Place} */ z) =>
      logLikelihood(decoder.likelihood, image, decoder.logits(z)) - 0.5 * (z[0] ** 2 + z[1] ** 2);
    const gain = joint(mode) - joint(mean);
    const answers = /** @type {[string, () => Place][]} */ ([
      ["encoder", () => mean],
      ["exact", () => mode],
      ["a draw", () => sample(cells, 1, Math.random)],
    ]);
    const buttons = answers.map(([words, where]) => {
      const place = where();
      const go = () => this.page.goTo(words === "a draw" ? where() : place);
      return thumbnail(decodeAll(decoder, [place]), `Go to ${words === "a draw" ? words : `the ${words} answer`}`, go);
    });
    const better = gain > BETTER;
    const said = element("p", better ? `The exact answer is better by ${gain.toFixed(1)} nats.` : "The encoder found it.");
    this.answers.replaceChildren(...buttons, ...answers.map(([words]) => element("span", words)), said);
    if (better) this.page.settle(mode);
  }

  paint() {
    const { own, truth, theme } = this.page.store.state;
    const side = this.canvas.clientWidth;
    if (!theme || !side) return;
    const density = globalThis.devicePixelRatio || 1;
    this.canvas.width = this.canvas.height = Math.round(side * density);
    const context = brush(this.canvas);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, side, side);
    if (!own && !truth) return;
    const view = windowOf(truth, own);
    const viewport = new Viewport({ side, view });
    if (truth) drawTruth(context, viewport, truth, theme);
    if (own) drawOwn(context, viewport, own, theme);
    const wide = (2 * view.half).toPrecision(2);
    this.caption.textContent = `${wide} × ${wide} around (${view.x.toFixed(2)}, ${view.y.toFixed(2)})`;
  }
}

/**
 * What holds nearly all of the posterior, and the encoder's ellipse.
 * @param {Answer | null} truth
 * @param {import("../vae/nn/posterior.js").Posterior | null} own
 */
function windowOf(truth, own) {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  const hold = (/** @type {number[]} */ [l, b, r, t]) => {
    [left, bottom, right, top] = [Math.min(left, l), Math.min(bottom, b), Math.max(right, r), Math.max(top, t)];
  };
  if (own) {
    const [wide, high] = own.log_var.map((v) => 2.5 * Math.exp(0.5 * v));
    const [x, y] = own.mean;
    hold([x - wide, y - high, x + wide, y + high]);
  }
  const { cells } = truth ?? { cells: new Float32Array() };
  for (let i = 0; i < cells.length; i += 5) if (cells[i + 4] > TAIL) hold([...cells.subarray(i, i + 4)]);
  return { x: (left + right) / 2, y: (bottom + top) / 2, half: Math.max(right - left, top - bottom, 0.02) * 0.55 };
}

/**
 * A place drawn from the posterior at a temperature.
 * @param {Float32Array} cells
 * @param {number} temperature
 * @param {() => number} random  in 0..1
 * @returns {Place}
 */
export function sample(cells, temperature, random) {
  const weights = Float64Array.from({ length: cells.length / 5 }, (_, i) => {
    const [left, bottom, right, top, share] = cells.subarray(5 * i, 5 * i + 5);
    const area = (right - left) * (top - bottom);
    return area * (share / area) ** (1 / temperature); // the density is flattened, not the mass
  });
  let left = random() * weights.reduce((a, b) => a + b, 0);
  const chosen = weights.findIndex((weight) => (left -= weight) < 0);
  const [x0, y0, x1, y1] = cells.subarray(5 * Math.max(chosen, 0), 5 * Math.max(chosen, 0) + 4);
  return [x0 + random() * (x1 - x0), y0 + random() * (y1 - y0)];
}

/**
 * @param {HTMLElement} list
 * @param {string[][]} rows  a term and its value each
 */
export function writeFigures(list, rows) {
  const said = new Set(); // each term is marked once
  const kinds = /** @type {const} */ (["dt", "dd"]);
  if (list.children.length !== 2 * rows.length) {
    list.replaceChildren(...rows.flatMap(() => kinds.map((kind) => element(kind))));
  }
  const places = findAll(list, "dt, dd", HTMLElement);
  rows.flat().forEach((text, i) => writeTerms(places[i], text, said));
}
