// What was drawn, and what was taken back.

/**
 * @import { Stroke } from "./strokes.js"
 * @typedef {{picture: Uint8Array | null, strokes: Stroke[]}} Drawing  strokes over a picture of 28×28, or over nothing
 */

/** @type {Drawing} */
export const BLANK = { picture: null, strokes: [] };
const MOST = 300; // steps that can be taken back

export class History {
  constructor() {
    this.now = BLANK;
    /** @type {Drawing[]} */
    this.before = [];
    /** @type {Drawing[]} */
    this.after = [];
  }

  /** @param {Drawing} drawing */
  add(drawing) {
    this.before = [...this.before.slice(-MOST), this.now];
    this.after = [];
    this.now = drawing;
  }

  undo() {
    const drawing = this.before.pop();
    if (!drawing) return;
    this.after.push(this.now);
    this.now = drawing;
  }

  redo() {
    const drawing = this.after.pop();
    if (!drawing) return;
    this.before.push(this.now);
    this.now = drawing;
  }
}
