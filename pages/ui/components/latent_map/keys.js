// What keys do on the map and on its sliders, and what the sliders and the zoom buttons do.

import { findAll, find } from "./elements.js";
import { nearestPoint } from "./points.js";
import { move, pin, set, zoom } from "./state.js";
import { AXES } from "./viewport.js";

/**
 * @import { Place } from "./protocol.js"
 * @import { MapStore } from "./state.js"
 */

const STEP = 0.05; // prior deviations for an arrow key
/** @type {Record<string, number | "fit">} */
const ZOOMS = { "+": 0.7, "=": 0.7, "-": 1 / 0.7, 0: "fit" };
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {MapStore} store
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function listenToKeys(store, root, signal) {
  const map = find(root, ".map", HTMLElement);
  const release = () => store.state.held && store.dispatch(set, { held: false });
  const released = (/** @type {KeyboardEvent} */ { key }) => key in MOVES && release();
  map.addEventListener("keydown", (event) => press(store, event), { signal });
  map.addEventListener("keyup", released, { signal });
  map.addEventListener("blur", release, { signal });
  findAll(root, ".sliders input", HTMLInputElement).forEach((slider, axis) => {
    const input = () => slide(store, axis, slider.valueAsNumber);
    slider.addEventListener("input", input, { signal });
    slider.addEventListener("keydown", (event) => press(store, event, axis), { signal });
    slider.addEventListener("keyup", released, { signal });
    slider.addEventListener("change", release, { signal });
    slider.addEventListener("blur", release, { signal });
  });
  for (const button of findAll(root, "[data-zoom]", HTMLElement)) {
    const factor = ZOOMS[button.dataset.zoom ?? ""];
    button.addEventListener("click", () => store.dispatch(zoom, factor), { signal });
    // A press on a button is not a press on the map under it.
    button.addEventListener("pointerdown", (event) => event.stopPropagation(), { signal });
  }
}

/**
 * @param {MapStore} store
 * @param {KeyboardEvent} event
 * @param {number} [axis]  of the slider that has the focus
 */
function press(store, event, axis) {
  if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
  const { key, shiftKey } = event;
  const name = key.toLowerCase();
  if (key in MOVES) step(store, MOVES[key], shiftKey ? 5 * STEP : STEP, axis);
  else if (axis !== undefined) return;
  else if (key in ZOOMS) store.dispatch(zoom, ZOOMS[key]);
  else if (name === "a" || name === "b") store.dispatch(pin, { [name]: store.state.z });
  else if (key === "Enter" && event.target === event.currentTarget) takeNearest(store);
  else return;
  event.preventDefault();
}

/**
 * What a click on a point does: the hand takes the test digit that is nearest.
 * @param {MapStore} store
 */
function takeNearest(store) {
  const { plane, viewport, z } = store.state;
  if (!plane) return;
  const [index] = nearestPoint(store.state, plane, viewport.toScreen(z));
  if (index >= 0) store.dispatch(move, [plane.points[2 * index], plane.points[2 * index + 1]], index);
}

/**
 * @param {MapStore} store
 * @param {[number, number]} direction
 * @param {number} size
 * @param {number} [axis]
 */
function step(store, [right, up], size, axis) {
  const [x, y] = store.state.z;
  const along = (right + up) * size;
  store.dispatch(set, { held: true });
  if (axis === 0) store.dispatch(move, [x + along, y]);
  else if (axis === 1) store.dispatch(move, [x, y + along]);
  else store.dispatch(move, [x + right * size, y + up * size]);
}

/**
 * @param {MapStore} store
 * @param {number} axis
 * @param {number} value
 */
function slide(store, axis, value) {
  if (Number.isNaN(value)) return;
  const { z, viewport } = store.state;
  const moved = AXES[viewport.axes].back(value);
  store.dispatch(set, { held: true });
  store.dispatch(move, axis === 0 ? [moved, z[1]] : [z[0], moved]);
}
