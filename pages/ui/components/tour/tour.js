// The tour: one step after the other, each until the visitor has done it.

import { findAll, find, pushButton } from "../latent_map/elements.js";
import { Borrowed } from "./borrowed.js";
import { Card } from "./card.js";
import { Course } from "./course.js";
import { going, goOn, isKnown, know } from "./memory.js";
import { leaveBy, linkTo } from "./pages.js";
import { Pointer } from "./pointer.js";
import { spotIn } from "./spot.js";

/**
 * @import { MapStore, State } from "../latent_map/state.js"
 * @import { Plane } from "../latent_map/plane.js"
 * @import { Page, Step } from "./steps.js"
 */

const COUNTS = ["no", "one", "two", "three", "four", "five", "six"];
const STALE_MS = 700; // after the tour has gone on by itself, a press that was meant for the step before
const AGAIN_MS = 400; // until the next step, while the card is read or the hand is held

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
    this.course = new Course(root, page, isAlone, store.state);
    this.borrowed = new Borrowed(store);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    const [start, end] = [() => this.start(), () => this.end()];
    const next = () => performance.now() > this.went + STALE_MS && this.turn(1);
    this.went = -Infinity; // when the tour last went on by itself
    const go = () => this.course.step && find(root, this.course.step.focus, HTMLElement).focus();
    this.card = new Card(root, { start, later: end, end, back: () => this.turn(-1), next, go, lead: () => this.lead() });
    this.pointer = new Pointer(root, this.card, () => spotIn(this.course, root, store.state), signal);
    this.button = addButton(root, start);
    store.subscribe((state, before) => this.changed(state, before));
    listenToKeys(this.card, this.pointer, end, signal);
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    const { course } = this;
    if (state.plane && state.plane !== before.plane) return this.opened(state.plane);
    if (state.viewport !== before.viewport) this.pointer.soon();
    if (!course.step) return;
    // The server, or the room there is, has changed how the map is looked at.
    if (state.revision !== before.revision || state.narrow !== before.narrow) this.prepare();
    if (!course.follow(state, before)) return;
    this.write();
    this.wait(course.step.moment);
  }

  /**
   * A map is there: a tour that was going on goes on, and a first visitor is offered one.
   * @param {Plane} plane
   */
  opened(plane) {
    const { course } = this;
    const was = going();
    const isOffered = !was && !isKnown() && (course.isAlone || course.page === "explore");
    if (was || isOffered) course.plan(plane);
    if (was) {
      this.enter(course.named(was.step));
      if (was.arrives) this.card.box.focus();
    } else if (isOffered) {
      const title = `New here? A tour in ${COUNTS[course.steps.length]} steps`;
      this.card.show({ step: "offer", title, buttons: { later: "Not now", start: "Start" } });
      this.pointer.follow();
    }
  }

  start() {
    const { plane } = this.store.state;
    if (!plane) return;
    know();
    this.course.plan(plane);
    this.enter(this.course.steps[0]);
    this.card.box.focus();
  }

  /** @param {Step} step */
  enter(step) {
    const left = this.leave(step);
    this.course.step = step;
    this.course.done = false;
    goOn(step.name);
    this.prepare();
    this.course.begin(this.store.state);
    this.write();
    if (left) this.card.box.focus();
  }

  /** Show what must be seen for the step to be possible. */
  prepare() {
    const { step, done, isElsewhere } = this.course;
    if (step && !done && !isElsewhere) this.borrowed.take(step);
  }

  /**
   * Leave the step.
   * @param {Step | null} next
   * @returns {boolean} whether the keys were on it, and have nothing to do at the next
   */
  leave(next) {
    clearTimeout(this.timer);
    this.borrowed.giveBack();
    if (this.card.hasFocus) return true;
    const { step } = this.course;
    const at = step && findAll(this.root, step.focus, HTMLElement).find((one) => one.matches(":focus-visible"));
    return Boolean(at && (step?.focus !== next?.focus || step?.page !== next?.page));
  }

  write() {
    const { step } = this.course;
    if (step) this.card.show(this.course.contents(step, this.store.state));
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
      if (this.store.state.held || this.card.isRead) return this.wait(AGAIN_MS);
      this.went = performance.now();
      this.turn(1);
    }, ms);
  }

  /** @param {-1 | 1} by */
  turn(by) {
    const next = this.course.beside(by);
    if (next) this.enter(next);
    else this.end();
  }

  /** Follow the page's own link to the page that the step is on. */
  lead() {
    const { step } = this.course;
    const link = step && linkTo(step.page);
    if (!step || !(link instanceof HTMLElement)) return;
    goOn(step.name, true);
    leaveBy(link);
  }

  end() {
    const hadFocus = this.card.hasFocus;
    this.leave(null);
    this.course.step = null;
    know();
    goOn("");
    this.card.close();
    this.pointer.follow();
    if (hadFocus) this.button.focus();
  }
}

/**
 * The button that begins the tour again, beside the map's others.
 * @param {HTMLElement} root
 * @param {() => void} start
 */
function addButton(root, start) {
  const button = pushButton("?", "Tour", start);
  button.title = "Tour";
  button.dataset.tour = "again";
  // A press on a button is not a press on the map under it.
  button.addEventListener("pointerdown", (event) => event.stopPropagation());
  find(root, ".tools", HTMLElement).append(button);
  return button;
}

/**
 * Escape ends the tour; who uses keys is told what they do.
 * @param {Card} card
 * @param {Pointer} pointer
 * @param {() => void} end
 * @param {AbortSignal} signal
 */
function listenToKeys(card, pointer, end, signal) {
  const mark = (/** @type {boolean} */ used) => {
    if (card.box.dataset.keys === String(used)) return;
    card.box.dataset.keys = String(used);
    if (card.isOpen) pointer.follow();
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const { key, defaultPrevented } = event;
    const isChoosing = event.composedPath()[0] instanceof HTMLSelectElement; // and may mean its list
    if (key === "Escape" && card.isOpen && !defaultPrevented && !isChoosing) end();
    else if (key === "Tab" || key.startsWith("Arrow")) mark(true);
  };
  addEventListener("keydown", press, { signal });
  addEventListener("pointerdown", () => mark(false), { signal, capture: true });
}
