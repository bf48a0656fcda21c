// The wheel zooms the map, and does not trap a page that is being scrolled past it.
//
// A turn of the wheel goes on as it began: one that began elsewhere keeps scrolling the page when the
// map comes under the pointer. A new one zooms if the pointer has meanwhile moved, or pressed, on the
// map. With Ctrl, as a touchpad's pinch comes, it always zooms.

import { find } from "./elements.js";
import { placeOf } from "./gestures.js";
import { zoom } from "./state.js";

/** @import { MapStore } from "./state.js" */

const PAUSE = 300; // ms without an event, after which a turn of the wheel is another
const SPEED = 0.0015; // of the zoom, per CSS pixel that the page would be scrolled

/**
 * @param {MapStore} store
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function zoomByWheel(store, root, signal) {
  const map = find(root, ".map", HTMLElement);
  let meant = false; // the pointer has come to the map by itself, not the map to the pointer
  let zooms = false;
  let last = -Infinity;
  const came = (/** @type {PointerEvent} */ { type, movementX, movementY }) => {
    if (type === "pointerdown" || movementX || movementY) meant = true;
  };
  map.addEventListener("pointermove", came, { signal });
  map.addEventListener("pointerdown", came, { signal });
  map.addEventListener("pointerleave", () => (meant = false), { signal });
  addEventListener("scroll", () => (meant = false), { signal, capture: true, passive: true });
  const begin = (/** @type {WheelEvent} */ event) => {
    if (event.timeStamp - last > PAUSE) zooms = meant && event.composedPath().includes(map);
    last = event.timeStamp;
  };
  addEventListener("wheel", begin, { signal, capture: true, passive: true });
  const turn = (/** @type {WheelEvent} */ event) => {
    if (!zooms && !event.ctrlKey) return;
    event.preventDefault();
    store.dispatch(zoom, Math.exp(event.deltaY * SPEED), placeOf(event, map));
  };
  map.addEventListener("wheel", turn, { signal, passive: false });
}
