// Erase and imagine: the posterior given the pixels that are left, and what it completes them to.

import { classColour } from "../latent_map/colour.js";
import { brush, element, find, findAll } from "../latent_map/elements.js";
import { set } from "../latent_map/state.js";
import { enlarge } from "../vae/model.js";

/** @import { YourDigit } from "./page.js" */

const SIDE = 28;
const RADIUS = 2.2; // pixels that the brush hides around it
const HIDDEN = [58, 84, 128]; // colour of what is hidden
const TOLD = 0.01; // of all mass: a completion with less is not told

export class ErasePanel {
  /**
   * @param {YourDigit} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    const panel = find(root, "#panel-erase", HTMLElement);
    this.mask = find(panel, ".mask", HTMLCanvasElement);
    this.imagined = find(panel, ".imagined", HTMLCanvasElement);
    this.completions = find(panel, ".completions", HTMLElement);
    this.hidden = new Uint8Array(SIDE * SIDE);
    /** @type {[number, number]} */
    this.at = [14, 14]; // where the keys have the brush
    this.drags = false;
    const { mask } = this;
    mask.onpointerdown = (event) => {
      mask.setPointerCapture(event.pointerId);
      this.drags = true;
      this.rub(event);
    };
    mask.onpointermove = (event) => this.drags && this.rub(event);
    mask.onpointerup = mask.onpointercancel = () => (this.drags = false);
    mask.onkeydown = (event) => this.key(event);
    for (const button of findAll(panel, "[data-hide]", HTMLButtonElement)) {
      button.onclick = () => {
        const half = button.dataset.hide === "half";
        this.hidden = Uint8Array.from(this.hidden, (_, i) => Number(half && i >= (SIDE * SIDE) / 2));
        this.ask();
      };
    }
  }

  /** A new digit is seen whole. */
  follow() {
    this.hidden.fill(0);
    this.ask();
  }

  /** @param {PointerEvent} event */
  rub(event) {
    const box = this.mask.getBoundingClientRect();
    this.hide(((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    if (step) this.at = [this.at[0] + step[0], this.at[1] + step[1]];
    else this.hide(...this.at);
    this.paint();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  hide(x, y) {
    for (let i = 0; i < this.hidden.length; i++) {
      const [dx, dy] = [(i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y];
      if (Math.hypot(dx, dy) <= RADIUS) this.hidden[i] = 1;
    }
    this.ask();
  }

  ask() {
    this.paint();
    const { reading, truth, store } = this.page;
    if (!reading || !truth) return this.forget();
    const seen = shrinkMask(this.hidden, Math.sqrt(reading.image.length));
    truth.ask(reading.image, seen, (answer) => {
      if (reading !== this.page.reading) return;
      store.dispatch(set, { truth: answer });
      const filled = new Uint8ClampedArray(SIDE * SIDE);
      if (answer.mean) enlarge(answer.mean, Math.sqrt(answer.mean.length), (level) => level, filled);
      for (let i = 0; i < filled.length; i++) if (!this.hidden[i]) filled[i] = reading.grey[i];
      paintMasked(this.imagined, filled, null);
      this.write(answer.classes);
    }, { mean: true });
  }

  /** @param {number[]} shares */
  write(shares) {
    const ranked = shares.map((share, label) => ({ share, label })).sort((a, b) => b.share - a.share);
    const rows = ranked
      .filter(({ share }) => share >= TOLD)
      .slice(0, 5)
      .flatMap(({ share, label }) => {
        const bar = element("i");
        bar.style.width = `${100 * share}%`;
        bar.style.background = classColour(label);
        const line = element("span");
        line.append(bar);
        return [element("b", String(label)), line, element("output", `${(100 * share).toFixed(0)}%`)];
      });
    this.completions.replaceChildren(...rows);
  }

  forget() {
    this.completions.replaceChildren();
    paintMasked(this.imagined, new Uint8Array(SIDE * SIDE), null);
  }

  paint() {
    const grey = this.page.reading?.grey ?? new Uint8Array(SIDE * SIDE);
    paintMasked(this.mask, grey, this.hidden);
    if (!this.mask.matches(":focus-visible")) return;
    const context = brush(this.mask);
    context.strokeStyle = "#8ab4ff";
    context.strokeRect(this.at[0] - RADIUS, this.at[1] - RADIUS, 2 * RADIUS, 2 * RADIUS);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} grey
 * @param {Uint8Array | null} hidden
 */
function paintMasked(canvas, grey, hidden) {
  const pixels = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const colour = hidden?.[i] ? HIDDEN : [grey[i], grey[i], grey[i]];
    pixels.data.set([...colour, 255], 4 * i);
  }
  brush(canvas).putImageData(pixels, 0, 0);
}

/**
 * Which pixels are seen at the network's size: those of which nothing is hidden.
 * @param {Uint8Array} hidden (784,)
 * @param {number} side
 */
export function shrinkMask(hidden, side) {
  const times = Math.floor(SIDE / side);
  const start = Math.floor((SIDE - times * side) / 2);
  const seen = new Uint8Array(side * side).fill(1);
  hidden.forEach((one, i) => {
    const row = Math.floor((Math.floor(i / SIDE) - start) / times);
    const column = Math.floor(((i % SIDE) - start) / times);
    if (one && row >= 0 && row < side && column >= 0 && column < side) seen[row * side + column] = 0;
  });
  return seen;
}
