// Paints the map and the image, once in a frame and only what has changed.

import { PIXELS, blend } from "./atlas.js";
import { brush, find, paintGrey } from "./elements.js";
import { drawMarks } from "./marks.js";
import { drawLayer } from "./overlays.js";
import { drawLabels, drawPoints, visibleLabels } from "./points.js";
import { seenPlace, showsExact, topShown } from "./state.js";

/**
 * @import { Atlas } from "./atlas.js"
 * @import { Theme } from "./colour.js"
 * @import { MapStore, State } from "./state.js"
 */

export class Painter {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {(state: State, atlas: Atlas) => void} read  what else follows the cursor
   */
  constructor(store, root, read) {
    this.store = store;
    this.read = read;
    this.map = find(root, ".map", HTMLElement);
    const canvas = (/** @type {string} */ name) => find(root, name, HTMLCanvasElement);
    this.canvases = [".layer", ".points", ".labels", ".marks"].map(canvas);
    this.image = canvas(".image");
    this.grey = new Uint8ClampedArray(PIXELS);
    /** @type {State | null} */
    this.painted = null; // the state whose layer and points are on the map
    /** @type {string | null} */
    this.labelled = null; // which labels are
    this.roomy = false; // there is room for labels
    this.frame = 0;
    store.subscribe(() => (this.frame ||= requestAnimationFrame(() => this.paint())));
  }

  close() {
    cancelAnimationFrame(this.frame);
  }

  paint() {
    this.frame = 0;
    const { state } = this.store;
    const { atlas, theme } = state;
    if (!atlas || !theme) return;
    if (!this.painted || differs(state, this.painted)) this.paintGround(state, atlas, theme);
    this.paintLabels(state, atlas, theme);
    this.paintImage(state, atlas);
    drawMarks(brush(this.canvases[3]), state, theme);
    this.read(state, atlas);
  }

  /**
   * What does not move with the cursor.
   * @param {State} state
   * @param {Atlas} atlas
   * @param {Theme} theme
   */
  paintGround(state, atlas, theme) {
    const [layer, points] = this.canvases;
    const { side, axes } = state.viewport;
    const density = globalThis.devicePixelRatio || 1;
    const pixels = Math.round(side * density);
    for (const canvas of this.canvases) {
      if (canvas.width === pixels) continue;
      canvas.width = canvas.height = pixels;
      brush(canvas).setTransform(density, 0, 0, density, 0, 0);
    }
    drawLayer(brush(layer), state, atlas, theme);
    this.roomy = drawPoints(points, state, atlas, theme);
    this.labelled = null;
    this.painted = state;
    this.map.dataset.drawn = [state.view.layer, topShown(state), axes].join(" ");
  }

  /**
   * @param {State} state
   * @param {Atlas} atlas
   * @param {Theme} theme
   */
  paintLabels(state, atlas, theme) {
    const labels = this.roomy ? visibleLabels(state, atlas) : [];
    const wanted = labels.map(({ label, at }) => `${label} ${at}`).join();
    if (wanted === this.labelled) return;
    drawLabels(this.canvases[2], state.viewport, labels, theme);
    this.labelled = wanted;
  }

  /**
   * @param {State} state
   * @param {Atlas} atlas
   */
  paintImage(state, atlas) {
    const { film, exact, viewport } = state;
    const seen = seenPlace(state);
    const isExact = showsExact(state);
    if (film) this.grey.set(film.grey);
    else if (isExact && exact) this.grey.set(exact.grey);
    else blend(atlas, seen, this.grey);
    paintGrey(this.image, this.grey);
    this.image.dataset.z = seen.join(",");
    this.image.dataset.exact = String(isExact);
    // On a phone the image floats over the map: keep it away from the hand.
    const [left, top] = viewport.toScreen(seen);
    const under = top < viewport.side * 0.4;
    if (under && left > viewport.side * 0.58) this.image.dataset.side = "left";
    if (under && left < viewport.side * 0.42) this.image.dataset.side = "right";
  }
}

/**
 * Whether layer or points would look otherwise.
 * @param {State} state
 * @param {State} before
 */
function differs(state, before) {
  const { view, viewport, atlas, narrow, shown, fields, theme } = state;
  return (
    viewport !== before.viewport ||
    view.layer !== before.view.layer ||
    view.top !== before.view.top ||
    view.tiles !== before.view.tiles ||
    fields !== before.fields ||
    shown !== before.shown ||
    narrow !== before.narrow ||
    atlas !== before.atlas ||
    theme !== before.theme
  );
}
