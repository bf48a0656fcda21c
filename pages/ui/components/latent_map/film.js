// The films along the paths between the pins.

import { find, findAll } from "./elements.js";
import { EVERY, FRAME_MS } from "./protocol.js";
import { playFrame, stopFilm } from "./state.js";

/**
 * @import { FilmResult } from "./protocol.js"
 * @import { MapStore, State } from "./state.js"
 */

export class FilmPlayer {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   */
  constructor(store, root) {
    this.store = store;
    this.map = find(root, ".map", HTMLElement);
    this.parts = findAll(root, ".path", HTMLElement);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    store.subscribe((state, before) => {
      if (state.film !== before.film) this.mark(state);
      if (!state.film) clearTimeout(this.timer);
    });
  }

  close() {
    clearTimeout(this.timer);
  }

  /**
   * Play a film, or stop it.
   * @param {FilmResult} path
   * @param {Uint8ClampedArray[]} frames
   */
  play(path, frames) {
    const stops = this.store.state.film?.path === path;
    this.store.dispatch(stopFilm);
    if (stops) return;
    this.map.scrollIntoView({ block: "nearest", behavior: "smooth" });
    const next = (/** @type {number} */ frame) => {
      if (frame === frames.length) {
        this.store.dispatch(stopFilm);
        return;
      }
      this.store.dispatch(playFrame, path, frame, frames[frame]);
      this.timer = setTimeout(() => next(frame + 1), FRAME_MS);
    };
    next(0);
  }

  /**
   * Which film is shown, and where it is.
   * @param {State} state
   */
  mark({ film, paths }) {
    for (const part of this.parts) {
      const playing = film !== null && film.path === paths?.[nameOf(part)];
      for (const button of findAll(part, "[data-play]", HTMLElement)) {
        button.textContent = playing ? "Stop" : "Play";
      }
      findAll(part, ".thumbnail", HTMLElement).forEach((tile, i) => {
        tile.dataset.now = String(playing && i === Math.round(film.frame / EVERY));
      });
    }
  }
}

/**
 * Which path a part of the page is about.
 * @param {HTMLElement} part
 */
export function nameOf(part) {
  return part.dataset.path === "straight" ? "straight" : "geodesic";
}
