// Points from the card at what it speaks of: a ring around it, the card beside it, both in sight.

import { find } from "../latent_map/elements.js";
import { GAP, placeCard, widened } from "./place.js";

/**
 * @import { Card } from "./card.js"
 * @import { Rect } from "./place.js"
 * @typedef {object} Spot
 * @property {Element} target  that the card does not cover
 * @property {Rect} [ring]  a part of it that is ringed, if not all of it
 * @property {Element[]} keep  what is better seen as well
 */

const NARROW = 680; // CSS pixels of the window below which the card is a sheet at its foot
const AGAIN_MS = 250; // until it is looked whether something has moved
const SETTLED_MS = 2500; // until a page that has just been opened has found its shape

export class Pointer {
  /**
   * @param {HTMLElement} root
   * @param {Card} card
   * @param {() => Spot | null} spot  nothing where the card points at nothing
   * @param {AbortSignal} signal
   */
  constructor(root, card, spot, signal) {
    this.card = card;
    this.spot = spot;
    this.page = find(root, ".page", HTMLElement);
    this.frame = 0;
    this.until = 0; // when what is pointed at is left to the visitor to keep in sight
    const theirs = () => (this.until = 0);
    for (const name of ["pointerdown", "wheel", "keydown"]) {
      addEventListener(name, theirs, { signal, capture: true, passive: true });
    }
    const soon = () => this.soon();
    addEventListener("scroll", soon, { signal, capture: true, passive: true });
    addEventListener("resize", soon, { signal });
    const timer = setInterval(soon, AGAIN_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** What the card says has changed: everything is placed, and brought into sight. */
  follow() {
    const { box, isOpen } = this.card;
    const isSheet = innerWidth < NARROW;
    box.dataset.sheet = String(isSheet);
    box.dataset.compact = "false";
    const target = isOpen ? this.spot()?.target : null;
    if (target) {
      const rest = innerHeight - target.getBoundingClientRect().height - 2 * GAP;
      box.dataset.compact = String(isSheet && box.offsetHeight > rest);
    }
    // A sheet's height is added to the page's, for its end to be seen over the sheet.
    this.page.style.setProperty("--tour-sheet", isOpen && isSheet ? `${box.offsetHeight + GAP}px` : "0px");
    this.layout();
    this.until = performance.now() + SETTLED_MS;
    this.bring();
  }

  /** Places everything before the next frame. */
  soon() {
    if (!this.card.isOpen || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const isSheet = String(innerWidth < NARROW);
      if (this.card.box.dataset.sheet !== isSheet) return this.follow();
      this.layout();
      if (performance.now() < this.until) this.bring();
    });
  }

  /** Scroll until what is pointed at is seen, over the sheet. */
  bring() {
    const { box, isOpen } = this.card;
    const target = isOpen ? this.spot()?.target : null;
    if (!(target instanceof HTMLElement)) return;
    const { scrollMargin } = target.style;
    const below = box.dataset.sheet === "true" ? box.offsetHeight + GAP : GAP;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.style.scrollMargin = `${GAP}px 0 ${below}px`;
    target.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
    target.style.scrollMargin = scrollMargin;
  }

  layout() {
    const { box, ring, isOpen } = this.card;
    if (!isOpen) return;
    const spot = this.spot();
    ring.dataset.on = String(spot !== null);
    ring.dataset.round = String(Boolean(spot?.ring));
    if (spot) put(ring, widened(spot.ring ?? rectOf(spot.target), 4));
    if (box.dataset.sheet === "true") return put(box, null);
    const size = { width: box.offsetWidth, height: box.offsetHeight };
    const view = { width: innerWidth, height: innerHeight };
    const corner = { left: view.width - size.width - GAP, top: view.height - size.height - GAP };
    put(box, spot ? placeCard(rectOf(spot.target), size, view, spot.keep.map(rectOf)) : corner);
  }
}

/** @param {Element} element */
function rectOf(element) {
  return element.getBoundingClientRect();
}

/**
 * @param {HTMLElement} element
 * @param {Partial<Rect> | null} rect  nothing: where its style sheet says
 */
function put({ style }, rect) {
  for (const part of /** @type {const} */ (["left", "top", "width", "height"])) {
    const length = rect?.[part] === undefined ? "" : `${rect[part]}px`;
    if (style[part] !== length) style[part] = length;
  }
}
