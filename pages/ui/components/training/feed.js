// What a run that is going on leaves for browsers: its frames as they come, and the files beside them.

import { unpack } from "./packed.js";

/**
 * @import { Packed } from "./packed.js"
 * @typedef {object} Listener
 * @property {(frame: Packed) => Promise<void> | void} frame
 * @property {(name: Beside, bytes: Uint8Array) => Promise<void> | void} file
 * @typedef {"decoder" | "grid" | "curves"} Beside
 */

const AGAIN_MS = 1000; // until a server that did not answer is asked again
/** @type {Record<Beside, number>} */
const PACE_MS = { decoder: 900, grid: 900, curves: 900 }; // between two fetches of a file
const DEAR_MS = 5000; // the same, of a file that takes a slow line too long
const SLOW_MS = 500; // a line that takes longer for the decoder is slow

export class Feed {
  /**
   * @param {string} name  of the run
   * @param {Listener} listener
   */
  constructor(name, listener) {
    this.name = name;
    this.listener = listener;
    this.ending = new AbortController();
    this.version = "";
    /** @type {Record<Beside, {has: number, at: number, busy: boolean, wanted: boolean}>} */
    this.beside = {
      decoder: { has: 0, at: -Infinity, busy: false, wanted: true },
      grid: { has: 0, at: -Infinity, busy: false, wanted: true },
      curves: { has: 0, at: -Infinity, busy: false, wanted: true },
    };
    this.slow = false;
    this.follow();
  }

  close() {
    this.ending.abort();
  }

  /** Ask for one frame after the other, while the page can be seen. */
  async follow() {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        if (document.hidden) await becomesVisible(signal);
        await this.ask();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  async ask() {
    const after = encodeURIComponent(this.version);
    const response = await this.get(`frame.bin?after=${after}`);
    if (response.status === 204) return;
    const frame = unpack(new Uint8Array(await response.arrayBuffer()));
    if (this.ending.signal.aborted) return;
    await this.listener.frame(frame);
    this.version = response.headers.get("X-Version") ?? "";
    for (const name of /** @type {const} */ (["grid", "decoder", "curves"])) this.renew(name, frame.header[name]);
  }

  /**
   * @param {string} file
   * @throws if it is not there
   */
  async get(file) {
    const address = new URL(`live/${encodeURIComponent(this.name)}/${file}`, document.baseURI);
    const response = await fetch(address, { signal: this.ending.signal });
    if (!response.ok) throw new Error(`${response.status}`);
    return response;
  }

  /** @param {string} file */
  async bytes(file) {
    return new Uint8Array(await (await this.get(file)).arrayBuffer());
  }

  /**
   * Fetch a file again where a frame says that it has changed, but not too often.
   * @param {Beside} name
   * @param {number} version  0 where there is none yet
   */
  async renew(name, version) {
    const state = this.beside[name];
    const pace = name === "decoder" && this.slow ? DEAR_MS : PACE_MS[name];
    const start = performance.now();
    if (state.busy || !state.wanted || version <= state.has || start - state.at < pace) return;
    Object.assign(state, { busy: true, at: start });
    try {
      const bytes = await this.bytes(`${name}.bin`);
      if (name === "decoder") this.slow = lineTook(`${encodeURIComponent(this.name)}/decoder.bin`, start) > SLOW_MS;
      if (!this.ending.signal.aborted) await this.listener.file(name, bytes);
      state.has = version;
    } catch {
      state.at = performance.now(); // to be tried again when it is due
    }
    state.busy = false;
  }
}

/**
 * How long the line took for a file, ms: what the page or the server were busy with before it came does not
 * count.
 * @param {string} path  the end of its address
 * @param {number} start  when it was asked for
 */
function lineTook(path, start) {
  const known = performance.getEntriesByType("resource").filter((one) => one.name.endsWith(path));
  performance.clearResourceTimings(); // or there would soon be no room for more
  const last = known[known.length - 1];
  return last instanceof PerformanceResourceTiming ? last.responseEnd - last.responseStart : performance.now() - start;
}

/** @param {AbortSignal} signal */
function becomesVisible(signal) {
  return new Promise((resolve, reject) => {
    document.addEventListener("visibilitychange", resolve, { once: true, signal });
    signal.addEventListener("abort", () => reject(new Error("closed")), { once: true });
  });
}
