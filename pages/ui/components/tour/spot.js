// Where on the page a step points, as it is laid out now.

import { find, findAll } from "../latent_map/elements.js";
import { linkTo } from "./pages.js";

/**
 * @import { State } from "../latent_map/state.js"
 * @import { Border } from "./border.js"
 * @import { Course } from "./course.js"
 * @import { Spot } from "./pointer.js"
 * @import { Step } from "./steps.js"
 */

const HALF = 0.3; // prior deviations: half of the ring around where two classes meet
const LEAST = 24; // CSS pixels of it, at least

/**
 * Where the step of a tour is, or the link to the page that it is on.
 * @param {Course} course
 * @param {HTMLElement} root
 * @param {State} state
 * @returns {Spot | null}
 */
export function spotIn({ step, isElsewhere, done, border }, root, state) {
  if (!step) return null;
  if (!isElsewhere) return spotOf(step, root, done, state, border);
  const link = linkTo(step.page);
  return link && { target: link, keep: [] };
}

/**
 * @param {Step} step
 * @param {HTMLElement} root
 * @param {boolean} done
 * @param {State} state
 * @param {Border | null} border
 * @returns {Spot | null}
 */
function spotOf(step, root, done, state, border) {
  const seen = (/** @type {string} */ selector) => findAll(root, selector, HTMLElement).filter(isSeen);
  const [result] = done && step.result ? seen(step.result) : [];
  const [target = result] = seen(step.target);
  if (!target) return null;
  const shown = result ?? target.closest("label") ?? target;
  const keep = step.keep.flatMap(seen);
  const ring = step.name === "change" && border ? ringAround(border, root, state) : undefined;
  return { target: shown, ring, keep };
}

/** @param {HTMLElement} element */
function isSeen(element) {
  return element.getClientRects().length > 0;
}

/**
 * Where two classes meet, on the screen; nothing where that part of the map is not seen.
 * @param {Border} border
 * @param {HTMLElement} root
 * @param {State} state
 */
function ringAround({ place: [x, y] }, root, { viewport }) {
  const map = find(root, ".map", HTMLElement).getBoundingClientRect();
  const [left, top] = viewport.toScreen([x, y]);
  if (Math.min(left, top) < 0 || Math.max(left, top) > viewport.side) return undefined;
  const half = Math.max(LEAST, Math.min(viewport.toScreen([x + HALF, y])[0] - left, viewport.side / 4));
  return { left: map.left + 1 + left - half, top: map.top + 1 + top - half, width: 2 * half, height: 2 * half };
}
