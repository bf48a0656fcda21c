// Paints the map and the image, once in a frame and only what has changed.

import { brush, find, paintGrey } from "./elements.js";
import { drawLabels, visibleLabels } from "./labels.js";
import { drawMarks } from "./marks.js";
import { drawLayer } from "./overlays.js";
import { drawPoints } from "./points.js";
import { seenPlace, showsExact, topShown } from "./state.js";

/**
 * @import { Plane } from "./plane.js"
 * @import { Theme } from "./colour.js"
 * @import { Images } from "./images.js"
 * @import { MapStore, State } from "./state.js"
 * @import { Viewport } from "./viewport.js"
 */

export class Painter {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Images} images
   * @param {(state: State, plane: Plane) => void} read  what else follows the cursor
   */
  constructor(store, root, images, read) {
    this.store = store;
    this.images = images;
    this.read = read;
    this.map = find(root, ".map", HTMLElement);
    const canvas = (/** @type {string} */ name) => find(root, name, HTMLCanvasElement);
    this.canvases = [".layer", ".points", ".labels", ".marks"].map(canvas);
    this.image = canvas(".image");
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
    const { plane, theme } = state;
    if (!plane || !theme) return;
    if (!this.painted || layerDiffers(state, this.painted)) this.paintLayer(state, theme);
    if (!this.painted || pointsDiffer(state, this.painted)) this.paintPoints(state, plane, theme);
    this.painted = state;
    this.paintLabels(state, plane, theme);
    this.paintImage(state);
    drawMarks(brush(this.canvases[3]), state, theme);
    this.read(state, plane);
  }

  /**
   * What lies under the points; `data-drawn` says when all of it is there.
   * @param {State} state
   * @param {Theme} theme
   */
  paintLayer(state, theme) {
    this.fit(state.viewport);
    drawLayer(brush(this.canvases[0]), state, theme);
    const { layer } = state.view;
    const whole = layer !== "images" || state.tiles.some((sheet) => sheet.complete && sheet.fits(state));
    this.map.dataset.drawn = [whole ? layer : "some", topShown(state), state.viewport.axes].join(" ");
  }

  /**
   * What does not move with the cursor.
   * @param {State} state
   * @param {Plane} plane
   * @param {Theme} theme
   */
  paintPoints(state, plane, theme) {
    this.roomy = drawPoints(this.canvases[1], state, plane, theme);
    this.labelled = null;
  }

  /**
   * Give the canvases as many pixels as the screen has.
   * @param {Viewport} viewport
   */
  fit({ side }) {
    const density = globalThis.devicePixelRatio || 1;
    const pixels = Math.round(side * density);
    for (const canvas of this.canvases) {
      if (canvas.width === pixels) continue;
      canvas.width = canvas.height = pixels;
      brush(canvas).setTransform(density, 0, 0, density, 0, 0);
    }
  }

  /**
   * @param {State} state
   * @param {Plane} plane
   * @param {Theme} theme
   */
  paintLabels(state, plane, theme) {
    const labels = this.roomy ? visibleLabels(state, plane) : [];
    const wanted = labels.map(({ label, at }) => `${label} ${at}`).join();
    if (wanted === this.labelled) return;
    drawLabels(this.canvases[2], state.viewport, labels, theme);
    this.labelled = wanted;
  }

  /**
   * PyTorch's image where it is known, and else this browser's; without a decoder here, the last one.
   * @param {State} state
   */
  paintImage(state) {
    const { film, exact } = state;
    const seen = seenPlace(state);
    const isExact = showsExact(state);
    const own = film ? { at: seen, grey: film.grey } : isExact ? exact : this.images.at(seen);
    const shown = own ?? exact;
    if (shown) {
      paintGrey(this.image, shown.grey);
      this.image.dataset.z = shown.at.join(",");
    }
    this.image.dataset.exact = String(isExact);
  }
}

/**
 * Whether the layer would look otherwise, or say something else of itself.
 * @param {State} state
 * @param {State} before
 */
function layerDiffers(state, before) {
  const { view, fields, tiles } = state;
  return (
    pointsDiffer(state, before) ||
    view.layer !== before.view.layer ||
    view.tiles !== before.view.tiles ||
    fields !== before.fields ||
    tiles !== before.tiles
  );
}

/**
 * Whether the points would look otherwise.
 * @param {State} state
 * @param {State} before
 */
function pointsDiffer({ view, viewport, plane, narrow, theme, tint }, before) {
  return (
    tint !== before.tint ||
    viewport !== before.viewport ||
    view.top !== before.view.top ||
    view.hidden !== before.view.hidden ||
    narrow !== before.narrow ||
    plane !== before.plane ||
    theme !== before.theme
  );
}
