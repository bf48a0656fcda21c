// The curves beside the map, as SVG: two charts over the same steps, with a mark where a setting was changed.

import { find, findAll } from "../latent_map/elements.js";
import { multiples, niceStep } from "../latent_map/scales.js";
import { round } from "../latent_map/viewport.js";
import { ends, thin, valueAt } from "./curves.js";
import { numbersOf } from "./packed.js";

/**
 * @import { Line } from "./curves.js"
 * @import { Packed } from "./packed.js"
 * @typedef {object} Change  of a setting
 * @property {number} step
 * @property {"learning_rate" | "beta"} name
 * @property {number} old
 * @property {number} new
 * @typedef {{step: number, epoch: number, elbo: number, reconstruction: number, kl: number}} Held
 */

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH] = [1000, 100]; // of a chart's own units, which its box stretches
const TICKS = 3; // labels along a chart's side

export class Chart {
  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    this.root = find(root, ".curves", HTMLElement);
    this.charts = findAll(this.root, ".chart", HTMLElement);
    this.words = find(this.root, ".at", HTMLElement);
    /** @type {Record<string, Line>} */
    this.lines = {};
    /** @type {Change[]} */
    this.changes = [];
    this.last = 1; // step at the right edge
    this.perEpoch = 1;
    /** @type {number | null} */
    this.moment = null; // step that the time machine shows
    for (const chart of this.charts) {
      chart.addEventListener("pointermove", (event) => this.point(event, chart), { signal });
      chart.addEventListener("pointerleave", () => this.mark(this.moment, this.moment), { signal });
    }
  }

  /** @param {Packed} packed */
  take(packed) {
    const { header, parts } = packed;
    const steps = parts.step.values;
    const line = (/** @type {string} */ name) => ({ steps, values: numbersOf(packed, name) });
    /** @type {Held[]} */
    const held = header.held;
    const heldLine = (/** @type {(held: Held) => number} */ of) => ({ steps: held.map(({ step }) => step), values: held.map(of) });
    this.lines = {
      loss: line("loss"),
      reconstruction: line("reconstruction"),
      kl: line("kl"),
      bound: heldLine(({ elbo }) => -elbo),
      heldKl: heldLine(({ kl }) => kl),
    };
    this.changes = header.changes;
    this.perEpoch = header.steps_per_epoch || 1;
    this.last = Math.max(1, ...[steps, this.lines.bound.steps].map((all) => all[all.length - 1] ?? 0));
    this.root.dataset.known = "true";
    this.draw();
  }

  draw() {
    this.charts.forEach((chart) => {
      const names = (chart.dataset.lines ?? "").split(" ");
      const [low, high] = ends(names.map((name) => this.lines[name]));
      const svg = find(chart, "svg", SVGSVGElement);
      const up = (/** @type {number} */ value) => HIGH - (HIGH * (value - low)) / (high - low);
      svg.replaceChildren(
        ...this.ruler(low, high).map((value) => stroke("path", "rule", `M0 ${up(value)}H${WIDE}`)),
        ...this.changes.map(({ step }) => stroke("path", "change", `M${this.across(step)} 0V${HIGH}`)),
        ...names.map((name) => stroke("path", name, trace(thin(this.lines[name]), (step) => this.across(step), up))),
      );
      this.writeSide(chart, low, high);
    });
    this.writeFoot();
    this.mark(this.moment, this.moment);
  }

  /** @param {number} step */
  across(step) {
    return (WIDE * step) / this.last;
  }

  /**
   * Round values along the side.
   * @param {number} low
   * @param {number} high
   */
  ruler(low, high) {
    return multiples(niceStep((high - low) / TICKS), low, high);
  }

  /**
   * @param {HTMLElement} chart
   * @param {number} low
   * @param {number} high
   */
  writeSide(chart, low, high) {
    const labels = this.ruler(low, high).map((value) => {
      const label = document.createElement("span");
      label.textContent = round(value, 2);
      label.style.bottom = `${(100 * (value - low)) / (high - low)}%`;
      return label;
    });
    find(chart, ".side", HTMLElement).replaceChildren(...labels);
  }

  /** Under the charts: epochs, and what was changed where. */
  writeFoot() {
    const epochs = this.last / this.perEpoch;
    const step = niceStep(epochs / 4);
    const labels = multiples(step, 0, epochs).map((epoch) => {
      const label = document.createElement("span");
      label.textContent = round(epoch, 2);
      label.style.left = `${(100 * epoch) / epochs}%`;
      label.dataset.right = String(epoch > 0.96 * epochs);
      return label;
    });
    find(this.root, ".foot", HTMLElement).replaceChildren(...labels);
    const marks = this.changes.map((change) => {
      const label = document.createElement("span");
      label.textContent = wordsOf(change);
      label.style.left = `${(100 * change.step) / this.last}%`;
      label.dataset.right = String(change.step > 0.7 * this.last);
      return label;
    });
    find(this.root, ".changes", HTMLElement).replaceChildren(...marks);
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} chart
   */
  point(event, chart) {
    const box = find(chart, "svg", SVGSVGElement).getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    this.mark(part * this.last, this.moment);
  }

  /**
   * Mark a step on all charts, and say what the curves are there.
   * @param {number | null} step  the last one where it is none
   * @param {number | null} moment  that the time machine shows
   */
  mark(step, moment) {
    this.moment = moment;
    const shown = step ?? this.last;
    this.root.style.setProperty("--at", `${(100 * Math.min(shown, this.last)) / this.last}%`);
    this.root.dataset.marked = String(step !== null);
    if (!this.lines.loss) return;
    const said = (/** @type {string} */ name) => {
      const value = valueAt(this.lines[name], shown);
      return Number.isNaN(value) ? "–" : value.toFixed(1);
    };
    for (const output of findAll(this.root, "[data-value]", HTMLElement)) {
      output.textContent = said(output.dataset.value ?? "");
    }
    this.words.textContent = step === null ? "now" : `epoch ${(shown / this.perEpoch).toFixed(2)}`;
  }
}

/** @param {Change} change */
export function wordsOf(change) {
  return `${change.name === "beta" ? "β" : "rate"} ${Number(change.new.toPrecision(3))}`;
}

/**
 * @param {string} kind
 * @param {string} name
 * @param {string} path
 */
function stroke(kind, name, path) {
  const made = document.createElementNS(SVG, kind);
  made.setAttribute("class", name);
  made.setAttribute("d", path);
  return made;
}

/**
 * @param {[number, number][]} points
 * @param {(step: number) => number} across
 * @param {(value: number) => number} up
 */
function trace(points, across, up) {
  return points.map(([step, value], i) => `${i ? "L" : "M"}${across(step).toFixed(1)} ${up(value).toFixed(2)}`).join("");
}
