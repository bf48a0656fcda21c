// The pad: what mouse, pen, finger and keys draw on it.

import { brush, find, findAll } from "../latent_map/elements.js";
import { BLANK, History } from "./history.js";
import { PAD, simplify } from "./strokes.js";

/**
 * @import { Drawing } from "./history.js"
 * @import { Point, Stroke } from "./strokes.js"
 */

const STEPS = { small: 8, large: 40 }; // units that a key moves the brush
const NEAREST = 3; // units between two points of a stroke, at least
const MOST = 1500; // points of one stroke
const LIGHTEST = 0.35; // of the width, where a pen hardly presses

export class Pad {
  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   * @param {(drawing: Drawing, finished: boolean) => void} changed
   */
  constructor(root, signal, changed) {
    this.changed = changed;
    this.history = new History();
    this.area = find(root, ".pad", HTMLElement);
    this.canvas = find(this.area, "canvas", HTMLCanvasElement);
    this.invite = find(this.area, ".invite", HTMLElement);
    this.width = find(root, ".breadth input", HTMLInputElement);
    this.buttons = findAll(root, "[data-pen]", HTMLButtonElement);
    this.erases = false;
    /** @type {Stroke | null} */
    this.stroke = null; // that is being drawn
    /** @type {number | null} */
    this.pointer = null; // that draws it
    /** @type {[number, number]} */
    this.brush = [PAD / 2, PAD / 4]; // that the keys move
    this.keyed = false; // they have been used
    this.frame = 0;
    this.waits = false; // the stroke has grown since that was told
    this.grown = 0; // points of the stroke that are on the canvas
    const { area } = this;
    area.addEventListener("pointerdown", (event) => this.press(event), { signal });
    area.addEventListener("pointermove", (event) => this.drag(event), { signal });
    area.addEventListener("pointerup", (event) => this.lift(event), { signal });
    area.addEventListener("pointercancel", (event) => this.lift(event), { signal });
    // Safari scrolls the page under a finger unless this is refused.
    area.addEventListener("touchmove", (event) => event.preventDefault(), { signal, passive: false });
    area.addEventListener("keydown", (event) => this.key(event), { signal });
    area.addEventListener("focus", () => this.paint(), { signal });
    area.addEventListener("blur", () => this.finish(), { signal });
    for (const button of this.buttons) button.onclick = () => this.useTool(button.dataset.pen ?? "");
    const watcher = new ResizeObserver(() => this.paint());
    watcher.observe(area);
    signal.addEventListener("abort", () => watcher.disconnect());
  }

  /** What is drawn, with the stroke that is being drawn. */
  get drawing() {
    const { picture, strokes } = this.history.now;
    return { picture, strokes: this.stroke ? [...strokes, this.stroke] : strokes };
  }

  /**
   * Take another drawing; the one before can be had back.
   * @param {Drawing} drawing
   */
  take(drawing) {
    this.stroke = this.pointer = null;
    this.history.add(drawing);
    this.told(true);
  }

  /**
   * The same drawing in the words of its address.
   * @param {Drawing} drawing
   */
  replace(drawing) {
    if (this.stroke) return;
    this.history.now = drawing;
    this.paint();
  }

  /** @param {string} name */
  useTool(name) {
    this.finish();
    const { history } = this;
    if (name === "erase") this.erases = !this.erases;
    if (name === "undo") history.undo();
    if (name === "redo") history.redo();
    if (name === "clear" && history.now !== BLANK) history.add(BLANK);
    this.told(name !== "erase");
  }

  /** @param {boolean} finished */
  told(finished) {
    this.paint();
    const { before, after, now } = this.history;
    const off = { undo: !before.length, redo: !after.length, clear: now === BLANK };
    for (const button of this.buttons) {
      const name = button.dataset.pen ?? "";
      if (name in off) button.disabled = off[/** @type {keyof typeof off} */ (name)];
      if (name === "erase") button.setAttribute("aria-pressed", String(this.erases));
    }
    this.changed(this.drawing, finished);
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    const units = PAD / box.width;
    const pressed = event.pointerType === "pen" && event.pressure > 0 ? LIGHTEST + (1 - LIGHTEST) * event.pressure : 1;
    const width = this.width.valueAsNumber * (this.erases ? 1.6 : pressed);
    return [(event.clientX - box.left) * units, (event.clientY - box.top) * units, width];
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button > 0 || this.pointer !== null) return;
    this.finish();
    this.area.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.keyed = false;
    this.stroke = { erase: this.erases, points: [this.pointOf(event)] };
    this.told(false);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (event.pointerId !== this.pointer || !this.stroke) return;
    const { points } = this.stroke;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) {
      const [x, y, width] = this.pointOf(one);
      const [px, py] = points[points.length - 1];
      if (Math.hypot(x - px, y - py) >= NEAREST && points.length < MOST) points.push([x, y, width]);
    }
    this.waits = true;
    if (!this.frame) this.followPen(); // at once, for the picture to be in the next frame
  }

  /** Tells how the stroke has grown, once in a frame. */
  followPen() {
    this.frame = 0;
    if (!this.stroke || !this.waits) return;
    this.waits = false;
    this.paintOn(this.stroke);
    this.changed(this.drawing, false);
    this.frame = requestAnimationFrame(() => this.followPen());
  }

  /** @param {PointerEvent} event */
  lift(event) {
    if (event.pointerId === this.pointer) this.finish();
  }

  /** The stroke that is being drawn becomes part of the drawing. */
  finish() {
    const { stroke, history } = this;
    this.stroke = this.pointer = null;
    if (!stroke) return;
    const { picture, strokes } = history.now;
    history.add({ picture, strokes: [...strokes, simplify(stroke)] });
    this.told(true);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { key, shiftKey } = event;
    const size = shiftKey ? STEPS.large : STEPS.small;
    const step = { ArrowLeft: [-size, 0], ArrowRight: [size, 0], ArrowUp: [0, -size], ArrowDown: [0, size] }[key];
    const names = /** @type {Record<string, string>} */ ({ e: "erase", z: "undo", Z: "redo", Delete: "clear", Backspace: "clear" });
    if (step) this.moveBrush(step);
    else if (key === " ") this.putBrush();
    else if (names[key]) this.useTool(names[key]);
    else return;
    this.keyed = true;
    event.preventDefault();
    this.paint();
  }

  /** @param {number[]} step */
  moveBrush([dx, dy]) {
    const clamp = (/** @type {number} */ v) => Math.min(Math.max(v, 0), PAD);
    this.brush = [clamp(this.brush[0] + dx), clamp(this.brush[1] + dy)];
    if (!this.stroke) return;
    this.stroke.points.push([...this.brush, this.width.valueAsNumber]);
    this.told(false);
  }

  /** Puts the brush of the keys down, or lifts it. */
  putBrush() {
    if (this.stroke) return this.finish();
    this.stroke = { erase: this.erases, points: [[...this.brush, this.width.valueAsNumber]] };
    this.told(false);
  }

  /**
   * Paint what a stroke has grown by.
   * @param {Stroke} stroke
   */
  paintOn(stroke) {
    drawStroke(brush(this.canvas), { ...stroke, points: stroke.points.slice(Math.max(this.grown - 1, 0)) });
    this.grown = stroke.points.length;
  }

  paint() {
    const { canvas } = this;
    this.grown = this.stroke?.points.length ?? 0;
    const side = this.area.clientWidth;
    const pixels = Math.round(side * (globalThis.devicePixelRatio || 1));
    if (!pixels) return;
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const context = brush(canvas);
    const { picture, strokes } = this.drawing;
    context.setTransform(pixels / PAD, 0, 0, pixels / PAD, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, PAD, PAD);
    if (picture) drawPicture(context, picture);
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) drawStroke(context, stroke);
    this.invite.hidden = picture !== null || strokes.length > 0;
    const keyed = this.keyed && this.area.matches(":focus");
    if (keyed) drawBrush(context, this.brush, this.width.valueAsNumber, this.stroke !== null);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Uint8Array} picture
 */
function drawPicture(context, picture) {
  const size = PAD / 28;
  picture.forEach((level, i) => {
    if (!level) return;
    context.fillStyle = `rgb(${level} ${level} ${level})`;
    context.fillRect((i % 28) * size, Math.floor(i / 28) * size, size + 0.5, size + 0.5);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 */
function drawStroke(context, { erase, points }) {
  context.strokeStyle = erase ? "#000" : "#fff";
  const even = points.every(([, , width]) => width === points[0][2]);
  const line = (/** @type {Point[]} */ some) => {
    context.lineWidth = some[some.length - 1][2];
    context.beginPath();
    for (const [x, y] of [some[0], ...some]) context.lineTo(x, y);
    context.stroke();
  };
  if (even) line(points);
  else points.forEach((point, i) => line([points[Math.max(i - 1, 0)], point]));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} at
 * @param {number} width
 * @param {boolean} down
 */
function drawBrush(context, [x, y], width, down) {
  context.strokeStyle = down ? "#fff" : "#8ab4ff";
  context.lineWidth = 3;
  context.beginPath();
  context.arc(x, y, width / 2 + 3, 0, 2 * Math.PI);
  context.stroke();
}
