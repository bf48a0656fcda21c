// The tour: one step after the other, each until the visitor has done it.

import { findAll, find, pushButton } from "../latent_map/elements.js";
import { set } from "../latent_map/state.js";
import { findBorder } from "./border.js";
import { Card } from "./card.js";
import { going, goOn, isKnown, know } from "./memory.js";
import { linkTo } from "./pages.js";
import { Pointer } from "./pointer.js";
import { spotOf } from "./spot.js";
import { begin, follow, stepsFor } from "./steps.js";

/**
 * @import { MapStore, State } from "../latent_map/state.js"
 * @import { Plane } from "../latent_map/plane.js"
 * @import { Border } from "./border.js"
 * @import { Page, Step } from "./steps.js"
 */

const COUNTS = ["no", "one", "two", "three", "four", "five", "six"];
const AGAIN_MS = 400; // until the next step, while the card is read or the hand is held
const NAMES = { explore: "the map", digit: "the pad" };

export class Tour {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   * @param {Page} page  that it is on
   * @param {boolean} [isAlone]  there is no other
   */
  constructor(store, root, signal, page, isAlone = false) {
    this.store = store;
    this.root = root;
    this.page = page;
    this.isAlone = isAlone;
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Border | null} */
    this.border = null;
    /** @type {Step | null} */
    this.step = null;
    this.trail = begin(store.state);
    this.done = false;
    /** @type {State["view"]["top"] | undefined} */
    this.borrowed = undefined; // what was on top of the map, where a step has changed it
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.card = new Card(root, {
      start: () => this.start(),
      later: () => this.end(),
      end: () => this.end(),
      back: () => this.turn(-1),
      next: () => this.turn(1),
      go: () => this.step && find(root, this.step.focus, HTMLElement).focus(),
      lead: () => this.lead(),
    });
    this.pointer = new Pointer(root, this.card, () => this.spot(), signal);
    this.button = this.addButton();
    store.subscribe((state, before) => this.changed(state, before));
    addEventListener("keydown", (event) => this.key(event), { signal });
    addEventListener("pointerdown", () => this.markKeys(false), { signal, capture: true });
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  /** The button that begins the tour again, beside the map's others. */
  addButton() {
    const button = pushButton("?", "Tour", () => this.start());
    button.title = "Tour";
    button.dataset.tour = "again";
    // A press on a button is not a press on the map under it.
    button.addEventListener("pointerdown", (event) => event.stopPropagation());
    find(this.root, ".tools", HTMLElement).append(button);
    return button;
  }

  /** Whether the step is on another page. */
  get isElsewhere() {
    return this.step !== null && !this.isAlone && this.step.page !== this.page;
  }

  spot() {
    const { step, root, done, border, store } = this;
    if (!step) return null;
    const link = this.isElsewhere && linkTo(step.page);
    if (this.isElsewhere) return link ? { target: link, keep: [] } : null;
    return spotOf(step, root, done, store.state, border);
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    const { step, done } = this;
    if (state.plane && state.plane !== before.plane) return this.opened(state.plane);
    if (state.viewport !== before.viewport) this.pointer.soon();
    if (!step || done || this.isElsewhere) return;
    if (state.revision !== before.revision) this.prepare(step); // the server has said how the map is looked at
    this.trail = follow(this.trail, state, before, step.name === "change" ? this.border : null);
    if (!step.done(state, this.trail)) return;
    this.done = true;
    this.write();
    this.wait(step.moment);
  }

  /**
   * A map is there: a tour that was going on goes on, and a first visitor is offered one.
   * @param {Plane} plane
   */
  opened(plane) {
    const was = going();
    const isOffered = !was && !isKnown() && (this.isAlone || this.page === "explore");
    if (was || isOffered) this.plan(plane);
    if (was) {
      this.enter(this.steps.find(({ name }) => name === was.step) ?? this.steps[0]);
      if (was.arrives) this.card.box.focus();
    } else if (isOffered) {
      const title = `New here? A tour in ${COUNTS[this.steps.length]} steps`;
      this.card.show({ step: "offer", title, buttons: { later: "Not now", start: "Start" } });
      this.pointer.follow();
    }
  }

  /**
   * The steps that there are on this map.
   * @param {Plane} plane
   */
  plan(plane) {
    this.border = findBorder(plane);
    const has = (/** @type {string} */ target) => !this.isAlone || this.root.querySelector(target) !== null;
    this.steps = stepsFor(this.border, has);
  }

  start() {
    const { plane } = this.store.state;
    if (!plane) return;
    know();
    this.plan(plane);
    this.enter(this.steps[0]);
    this.card.box.focus();
  }

  /** @param {Step} step */
  enter(step) {
    const left = this.leave(step);
    this.step = step;
    this.done = false;
    goOn(step.name);
    if (!this.isElsewhere) this.prepare(step);
    this.trail = begin(this.store.state);
    this.done = !this.isElsewhere && step.done(this.store.state, this.trail);
    this.write();
    if (left) this.card.box.focus();
  }

  /**
   * Show what must be seen for a step to be possible.
   * @param {Step} step
   */
  prepare(step) {
    const { state } = this.store;
    const prepared = step.prepare?.(state);
    if (prepared?.view) this.borrowed = state.view.top;
    if (prepared) this.store.dispatch(set, prepared);
  }

  /**
   * Leave a step.
   * @param {Step | null} next
   * @returns {boolean} whether the keys were on it, and have nothing to do at the next
   */
  leave(next) {
    clearTimeout(this.timer);
    const { view } = this.store.state;
    if (this.borrowed !== undefined && view.top === "points") {
      this.store.dispatch(set, { view: { ...view, top: this.borrowed } });
    }
    this.borrowed = undefined;
    if (this.card.hasFocus) return true;
    const at = this.step && findAll(this.root, this.step.focus, HTMLElement).find((one) => one.matches(":focus-visible"));
    return Boolean(at && (this.step?.focus !== next?.focus || this.step?.page !== next?.page));
  }

  /** The card says where the tour is. */
  write() {
    const { step, steps, done, isElsewhere } = this;
    if (!step) return;
    const at = steps.indexOf(step);
    const progress = `${at + 1} of ${steps.length}`;
    const back = at > 0 ? "Back" : "";
    const common = { step: step.name, progress };
    if (isElsewhere) {
      const title = step.page === "explore" ? "Back to the map" : step.title;
      const words = step.page === "explore" ? "The tour goes on there." : "The pad is on a page of its own, with the same map beside it.";
      this.card.show({ ...common, title, words, buttons: { back, next: "Skip", lead: `Open ${NAMES[step.page]}` } });
    } else if (done) {
      const next = at === steps.length - 1 ? "Finish" : "Next";
      this.card.show({ ...common, title: step.title, words: step.after(this.store.state), done, buttons: { back, next } });
    } else {
      const { title, keys, go } = step;
      this.card.show({ ...common, title, words: step.words(this.root), keys, buttons: { go, back, next: "Skip" } });
    }
    this.pointer.follow();
  }

  /**
   * Go on by itself after a moment, but not from under a hand that is busy, or eyes that are reading.
   * @param {number} ms
   */
  wait(ms) {
    clearTimeout(this.timer);
    if (ms === Infinity) return;
    this.timer = setTimeout(() => {
      if (this.store.state.held || this.card.isRead) this.wait(AGAIN_MS);
      else this.turn(1);
    }, ms);
  }

  /** @param {-1 | 1} by */
  turn(by) {
    const next = this.step && this.steps[this.steps.indexOf(this.step) + by];
    if (next) this.enter(next);
    else this.end();
  }

  /** Follow the page's own link to the page that the step is on. */
  lead() {
    const { step } = this;
    const link = step && linkTo(step.page);
    if (!step || !(link instanceof HTMLElement)) return;
    goOn(step.name, true);
    link.click();
  }

  end() {
    const hadFocus = this.card.hasFocus;
    this.leave(null);
    this.step = null;
    know();
    goOn("");
    this.card.close();
    this.pointer.follow();
    if (hadFocus) this.button.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { key, defaultPrevented } = event;
    const isChoosing = event.composedPath()[0] instanceof HTMLSelectElement; // and may mean its list
    if (key === "Escape" && this.card.isOpen && !defaultPrevented && !isChoosing) this.end();
    else if (key === "Tab" || key.startsWith("Arrow")) this.markKeys(true);
  }

  /** @param {boolean} used  keys, and not a pointer */
  markKeys(used) {
    if (this.card.box.dataset.keys === String(used)) return;
    this.card.box.dataset.keys = String(used);
    if (this.card.isOpen) this.pointer.follow();
  }
}
