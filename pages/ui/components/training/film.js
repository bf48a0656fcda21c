// The whole life as a file: a GIF that the server makes, or a film that this browser records as it plays.

import { brush, element, findAll } from "../latent_map/elements.js";

/** @import { Training } from "./page.js" */

const SIDE = 720; // pixels of the film
const INSET = 168; // of the decoded image in its corner
const RATE = 30; // frames a second
const SECONDS = 10; // that a film lasts
const KINDS = ["video/webm;codecs=vp9", "video/webm", "video/mp4"];

export class Film {
  /**
   * @param {Training} page
   * @param {HTMLElement} root
   */
  constructor(page, root) {
    this.page = page;
    this.root = root;
    this.buttons = findAll(root, "[data-film]", HTMLButtonElement);
    /** @type {MediaRecorder | null} */
    this.recorder = null;
    for (const button of this.buttons) {
      const isGif = button.dataset.film === "gif";
      button.hidden = !isGif && !kind();
      button.onclick = () => (isGif ? this.saveGif(button) : this.record(button));
    }
  }

  stop() {
    if (this.recorder?.state === "recording") this.recorder.stop();
    this.recorder = null;
  }

  /** @param {HTMLButtonElement} button */
  async saveGif(button) {
    const { data, life, map } = this.page;
    if (!data || !life) return;
    button.disabled = true;
    map.takeaway.say("The film is being made…");
    try {
      const bytes = await life.bytes("film.gif");
      download(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: "image/gif" }), `${data.name}.gif`);
      map.takeaway.say("");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      map.takeaway.say(`The film could not be made (${why}).`);
    }
    button.disabled = false;
  }

  /**
   * Play the whole life once, and record what the map shows.
   * @param {HTMLButtonElement} button
   */
  record(button) {
    const { machine, data, map } = this.page;
    const type = kind();
    if (!data || !type || this.recorder || machine.marks.length < 2) return;
    const canvas = element("canvas");
    canvas.width = canvas.height = SIDE;
    const recorder = (this.recorder = new MediaRecorder(canvas.captureStream(RATE), { mimeType: type }));
    /** @type {Blob[]} */
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      button.disabled = false;
      map.takeaway.say("");
      const whole = new Blob(parts, { type });
      if (whole.size) download(whole, `${data.name}.${type.includes("mp4") ? "mp4" : "webm"}`);
    };
    button.disabled = true;
    recorder.start();
    const start = performance.now();
    const last = machine.marks.length - 1;
    const next = () => {
      if (this.recorder !== recorder) return;
      const part = (performance.now() - start) / 1000 / SECONDS;
      machine.put(Math.min(part, 1) * last);
      map.takeaway.say(`Recording the film: ${Math.round(100 * Math.min(part, 1))}%`);
      this.paint(canvas);
      if (part < 1.03) requestAnimationFrame(next);
      else this.stop();
    };
    next();
  }

  /** @param {HTMLCanvasElement} canvas */
  paint(canvas) {
    const context = brush(canvas);
    const { theme } = this.page.store.state;
    if (!theme) return;
    context.fillStyle = theme.background;
    context.fillRect(0, 0, SIDE, SIDE);
    for (const layer of findAll(this.root, ".map canvas", HTMLCanvasElement)) context.drawImage(layer, 0, 0, SIDE, SIDE);
    const [image] = findAll(this.root, "canvas.image", HTMLCanvasElement);
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 12, SIDE - INSET - 12, INSET, INSET);
    context.fillStyle = theme.text;
    context.font = `600 20px ${theme.font}`;
    context.fillText(this.page.machine.when.textContent ?? "", INSET + 28, SIDE - 20);
  }
}

/** A kind of film that this browser can record. */
function kind() {
  if (typeof MediaRecorder === "undefined") return null;
  return KINDS.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/**
 * @param {Blob} content
 * @param {string} name
 */
function download(content, name) {
  const link = element("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
