// The slider over the life of a run, and what plays it.

import { find } from "../latent_map/elements.js";
import { wordsOf } from "./chart.js";
import { positionOf } from "./life.js";

/**
 * @import { Change } from "./chart.js"
 * @import { Mark } from "./life.js"
 */

const WHOLE_S = 20; // seconds that a life takes at the usual speed
const FINE = 0.01; // of the way from a mark to the next: what the slider can be put to

export class TimeMachine {
  /**
   * @param {HTMLElement} root
   * @param {(position: number | null) => void} show  a place on the slider, or now
   * @param {AbortSignal} signal
   */
  constructor(root, show, signal) {
    this.show = show;
    this.root = find(root, ".life", HTMLElement);
    this.slider = find(this.root, ".moment", HTMLInputElement);
    this.changed = find(this.root, ".changed", HTMLElement);
    this.when = find(this.root, ".when", HTMLElement);
    this.play = find(this.root, ".play", HTMLButtonElement);
    this.now = find(this.root, ".back", HTMLButtonElement);
    this.speed = find(this.root, ".speed", HTMLSelectElement);
    this.live = false;
    this.playing = false;
    /** @type {number | null} */
    this.position = null; // null: now
    /** @type {Mark[]} */
    this.marks = [];
    this.slider.step = String(FINE);
    this.slider.addEventListener("input", () => this.put(this.slider.valueAsNumber), { signal });
    this.slider.addEventListener("keydown", (event) => this.press(event), { signal });
    this.play.addEventListener("click", () => this.toggle(), { signal });
    this.now.addEventListener("click", () => this.put(null), { signal });
  }

  /** @param {boolean} live  the run is going on */
  open(live) {
    this.live = live;
    this.marks = [];
    this.playing = false;
    this.position = null;
    this.root.hidden = true;
    this.changed.replaceChildren();
    this.write();
  }

  /** @param {Mark[]} marks */
  take(marks) {
    const atEnd = this.position !== null && this.position >= this.marks.length - 1;
    this.marks = marks;
    this.root.hidden = marks.length < 2;
    this.slider.max = String(Math.max(marks.length - 1, 0));
    if (this.live ? this.position === null : this.position === null || atEnd) {
      this.slider.value = this.slider.max;
      if (!this.live && marks.length) this.position = marks.length - 1;
    }
    this.write();
  }

  /** @param {Change[]} changes */
  markChanges(changes) {
    const last = this.marks.length - 1;
    const ticks = changes.map((change) => {
      const tick = document.createElement("i");
      tick.style.left = `${(100 * positionOf(this.marks, change.step)) / Math.max(last, 1)}%`;
      tick.title = `${wordsOf(change)} from step ${change.step.toLocaleString("en")}`;
      return tick;
    });
    this.changed.replaceChildren(...(last > 0 ? ticks : []));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const last = this.marks.length - 1;
    const at = this.position ?? last;
    /** @type {Record<string, number>} */
    const jumps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -last / 10, PageUp: last / 10 };
    if (event.key === " ") this.toggle();
    else if (event.key in jumps) this.put(at + jumps[event.key]);
    else return;
    event.preventDefault();
  }

  /**
   * Look at a place on the slider; playing ends.
   * @param {number | null} position
   */
  put(position) {
    this.playing = false;
    this.go(position);
  }

  /** @param {number | null} position */
  go(position) {
    const last = this.marks.length - 1;
    this.position = position === null ? (this.live ? null : last) : Math.min(Math.max(position, 0), last);
    this.slider.value = String(this.position ?? last);
    this.write();
    this.show(this.position);
  }

  toggle() {
    const last = this.marks.length - 1;
    this.playing = !this.playing && last > 0;
    if (this.playing && (this.position ?? last) >= last) this.go(0);
    else this.go(this.position);
  }

  /**
   * Go on while it plays.
   * @param {number} seconds  since the last frame
   */
  advance(seconds) {
    if (!this.playing) return;
    const last = this.marks.length - 1;
    const next = (this.position ?? 0) + (seconds * Number(this.speed.value) * last) / WHOLE_S;
    if (next >= last) this.playing = false;
    this.go(this.live && next >= last ? null : next);
  }

  write() {
    const { position, marks, playing } = this;
    this.play.textContent = playing ? "Stop" : "Play";
    this.play.setAttribute("aria-label", playing ? "Stop the time machine" : "Play the whole training");
    this.now.hidden = !this.live || position === null;
    const words = position === null ? (this.live ? "now" : "") : wordsAt(marks, position);
    this.when.textContent = words;
    this.slider.setAttribute("aria-valuetext", words || "no moment yet");
  }
}

/**
 * Where in a training a place on the slider is.
 * @param {Mark[]} marks
 * @param {number} position
 */
export function wordsAt(marks, position) {
  const from = marks[Math.floor(position)];
  const to = marks[Math.min(Math.floor(position) + 1, marks.length - 1)];
  if (!from) return "";
  const part = position - Math.floor(position);
  const mix = (/** @type {number} */ a, /** @type {number} */ b) => a + part * (b - a);
  const epoch = mix(from[1] + from[2], to[1] + to[2]);
  return `epoch ${epoch.toFixed(2)}, step ${Math.round(mix(from[0], to[0])).toLocaleString("en")}`;
}
