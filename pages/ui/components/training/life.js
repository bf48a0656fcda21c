// The moments that were kept of a run: fetched one after the other, first far apart, then closer.

import { between, readGrid } from "./grid.js";
import { bytesOf, numbersOf, unpack } from "./packed.js";

/**
 * @import { Grid } from "./grid.js"
 * @typedef {[step: number, epoch: number, part: number]} Mark
 * @typedef {object} Moment
 * @property {Record<string, any>} header
 * @property {Float32Array} points
 * @property {Uint8Array} strip
 * @property {Grid} grid
 */

const AT_ONCE = 3;

export class Life {
  /**
   * @param {string} name  of the run
   * @param {() => void} arrived  one more moment, or more marks, are here
   */
  constructor(name, arrived) {
    this.name = name;
    this.arrived = arrived;
    this.ending = new AbortController();
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Map<number, Moment | null>} */
    this.moments = new Map(); // by their steps; null: on its way, or not to be had
    this.fetching = 0;
    this.wanted = 0; // index of the mark that is looked at
    this.awaited = true; // the moments themselves are; of a run that goes on its present comes first
  }

  close() {
    this.ending.abort();
  }

  /** Look again what there is. */
  async look() {
    const { moments } = JSON.parse(new TextDecoder().decode(await this.bytes("index.json")));
    if (this.ending.signal.aborted) return;
    this.marks = moments;
    this.arrived();
    this.fetchMore();
  }

  /** @param {string} file */
  async bytes(file) {
    const address = new URL(`timeline/${encodeURIComponent(this.name)}/${file}`, document.baseURI);
    const response = await fetch(address, { signal: this.ending.signal });
    if (!response.ok) throw new Error(`${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  fetchMore() {
    if (!this.awaited) return;
    for (; this.fetching < AT_ONCE; this.fetching++) {
      const next = nextOf(this.marks, this.moments, this.wanted);
      if (next === null) return;
      this.fetch(next);
    }
  }

  /** @param {number} step */
  async fetch(step) {
    this.moments.set(step, null);
    try {
      const packed = unpack(await this.bytes(`${step}.bin`));
      const { header } = packed;
      const grid = await readGrid(header, /** @type {Uint8Array<ArrayBuffer>} */ (bytesOf(packed, "sheet")));
      this.moments.set(step, {
        header,
        points: numbersOf(packed, "points"),
        strip: bytesOf(packed, "reconstructions"),
        grid,
      });
    } catch {
      // It was thinned out meanwhile, or cannot be read: its neighbours serve.
    }
    this.fetching--;
    if (this.ending.signal.aborted) return;
    this.arrived();
    this.fetchMore();
  }

  /**
   * The two moments around a place on the slider, and how far it is from one to the other; nothing where
   * none is here yet.
   * @param {number} position  0 is the first mark, 1 the next
   * @returns {{from: Moment, to: Moment, part: number} | null}
   */
  at(position) {
    this.wanted = Math.round(position);
    if (!this.awaited) {
      this.awaited = true;
      this.fetchMore();
    }
    const here = this.marks.flatMap(([step], index) => (this.moments.get(step) ? [index] : []));
    if (!here.length) return null;
    const [found, part] = between(here, position);
    const moment = (/** @type {number} */ i) => /** @type {Moment} */ (this.moments.get(this.marks[here[i]][0]));
    return { from: moment(found), to: moment(Math.min(found + 1, here.length - 1)), part };
  }
}

/**
 * Which moment is to be fetched next: the one looked at and those beside it, then all, halving the gaps.
 * @param {Mark[]} marks
 * @param {Map<number, unknown>} known
 * @param {number} wanted  index
 * @returns {number | null} its step
 */
export function nextOf(marks, known, wanted) {
  for (const index of [wanted, wanted + 1, wanted - 1, ...halving(marks.length)]) {
    const mark = marks[index];
    if (mark && !known.has(mark[0])) return mark[0];
  }
  return null;
}

/**
 * 0 to count − 1, the ends first, then the middle, then the middles between: each once.
 * @param {number} count
 */
export function halving(count) {
  const order = new Set([0, count - 1]);
  for (let gap = 2 ** Math.ceil(Math.log2(Math.max(count, 1))); gap >= 1; gap /= 2) {
    for (let index = 0; index < count; index += gap) order.add(index);
  }
  return [...order].filter((index) => index >= 0 && index < count);
}

/**
 * Where on the slider a step is: between the marks around it.
 * @param {Mark[]} marks
 * @param {number} step
 */
export function positionOf(marks, step) {
  const [index, part] = between(
    marks.map(([at]) => at),
    step,
  );
  return index + part;
}
