// What fingers and mouse do on the map.

import { find } from "./elements.js";
import { pinAt } from "./marks.js";
import { nearestPoint } from "./points.js";
import { hoverAt, inside, move, pan, pin, set, topShown, zoom } from "./state.js";
import { tileAt } from "./tiles.js";

/**
 * @import { Place } from "./protocol.js"
 * @import { MapStore } from "./state.js"
 */

const CLICK = 5; // CSS pixels a finger may slip and still have clicked
const REACH = 9; // CSS pixels around a point that belong to it
const GRASP = 44; // CSS pixels around the hand in which a finger means the hand

export class Gestures {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {AbortSignal} signal  ends it all
   */
  constructor(store, root, signal) {
    this.store = store;
    this.map = find(root, ".map", HTMLElement);
    /** @type {Map<number, Place>} */
    this.fingers = new Map();
    /** @type {"move" | "pan" | "pinch" | "pin" | null} */
    this.gesture = null;
    /** @type {"a" | "b" | null} */
    this.pin = null;
    this.slipped = false;
    /** @type {Place} */
    this.pressed = [0, 0];
    this.before = store.state.z;
    this.map.addEventListener("pointerdown", (event) => this.press(event), { signal });
    this.map.addEventListener("pointermove", (event) => this.drag(event), { signal });
    this.map.addEventListener("pointerup", (event) => this.lift(event, true), { signal });
    for (const name of /** @type {const} */ (["pointercancel", "lostpointercapture"])) {
      this.map.addEventListener(name, (event) => this.lift(event, false), { signal });
    }
    this.map.addEventListener("pointerleave", () => store.dispatch(hoverAt, null), { signal });
    this.map.addEventListener("touchstart", (event) => this.grasp(event), { signal, passive: false });
    this.map.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  }

  /**
   * A finger up or down the map scrolls the page, as the style sheet lets it, unless it is on the hand
   * or on a pin, or not alone.
   * @param {TouchEvent} event
   */
  grasp(event) {
    const { state } = this.store;
    const at = placeOf(event.touches[0], this.map);
    const [left, top] = state.viewport.toScreen(state.z);
    const held = Math.hypot(at[0] - left, at[1] - top) < GRASP || pinAt(state, at);
    if (held || event.touches.length > 1) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  press(event) {
    const { store } = this;
    if (!store.state.plane) return;
    this.map.setPointerCapture(event.pointerId);
    if (this.fingers.size === 0) this.before = store.state.z;
    this.pressed = placeOf(event, this.map);
    this.fingers.set(event.pointerId, this.pressed);
    this.slipped = false;
    this.pin = pinAt(store.state, this.pressed);
    const pans = event.shiftKey || event.button > 0;
    if (this.fingers.size > 1) this.gesture = "pinch";
    else this.gesture = pans ? "pan" : this.pin ? "pin" : "move";
    store.dispatch(set, { held: true, hover: null, film: null });
    // A finger may be about to scroll the page; it has meant the map when it moves along it, or lifts.
    if (this.gesture === "move" && event.pointerType !== "touch") this.moveTo(this.pressed);
    if (this.gesture === "pinch") store.dispatch(move, this.before); // the first finger meant no place
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const { store } = this;
    const now = placeOf(event, this.map);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") store.dispatch(hoverAt, overTools(event) ? null : store.state.viewport.toPlane(now));
      return;
    }
    this.slipped ||= Math.hypot(now[0] - this.pressed[0], now[1] - this.pressed[1]) > CLICK;
    if (this.gesture === "move") this.moveTo(now);
    if (this.gesture === "pin" && this.slipped) this.dragPin(now);
    if (this.gesture === "pan") store.dispatch(pan, now[0] - before[0], now[1] - before[1]);
    if (this.gesture === "pinch") this.pinch(event.pointerId, before, now);
    this.fingers.set(event.pointerId, now);
  }

  /** @param {Place} at */
  moveTo(at) {
    this.store.dispatch(move, this.store.state.viewport.toPlane(at));
  }

  /** @param {Place} at */
  dragPin(at) {
    const { plane, viewport } = this.store.state;
    if (plane && this.pin) this.store.dispatch(pin, { [this.pin]: inside(plane, viewport.toPlane(at)) });
  }

  /**
   * @param {number} id
   * @param {Place} before
   * @param {Place} now
   */
  pinch(id, before, now) {
    const other = [...this.fingers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const apart = (/** @type {Place} */ a) => Math.max(20, Math.hypot(a[0] - other[0], a[1] - other[1]));
    this.store.dispatch(pan, (now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    const middle = /** @type {Place} */ ([(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
    this.store.dispatch(zoom, apart(before) / apart(now), middle);
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} meant  the finger was lifted, not taken away
   */
  lift(event, meant) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size > 0) return;
    const { gesture } = this;
    this.gesture = null;
    if (meant && !this.slipped) this.click(gesture);
    else if (event.type === "pointercancel" && gesture === "move") this.store.dispatch(move, this.before);
    this.store.dispatch(set, { held: false });
  }

  /**
   * A pin, a point or a tile that was only clicked takes the cursor.
   * @param {Gestures["gesture"]} gesture
   */
  click(gesture) {
    const { store, pressed } = this;
    const { state } = store;
    const { plane, view, viewport } = state;
    const pinned = this.pin && view[this.pin];
    if (gesture === "pin" && pinned) store.dispatch(move, pinned);
    if (gesture !== "move" || !plane) return;
    this.moveTo(pressed);
    const [index, distance] = nearestPoint(state, plane, pressed);
    if (topShown(state) === "points" && index >= 0 && distance <= REACH) {
      store.dispatch(move, [plane.points[2 * index], plane.points[2 * index + 1]], index);
    } else if (view.layer === "images") {
      store.dispatch(move, tileAt(viewport, view.tiles, pressed));
    }
  }
}

/**
 * Whether a pointer is on the buttons over the map, where it means no place.
 * @param {PointerEvent} event
 */
function overTools({ target }) {
  return target instanceof Element && target.closest(".tools") !== null;
}

/**
 * Where on the map an event is, in CSS pixels from inside its border.
 * @param {MouseEvent | Touch} event
 * @param {Element} map
 * @returns {Place}
 */
export function placeOf(event, map) {
  const box = map.getBoundingClientRect();
  return [event.clientX - box.left - 1, event.clientY - box.top - 1];
}
