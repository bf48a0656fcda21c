// The course of a tour: its steps, the one it is at, and whether that is done.

import { findBorder } from "./border.js";
import { begin, follow, stepsFor } from "./steps.js";

/**
 * @import { Plane } from "../latent_map/plane.js"
 * @import { State } from "../latent_map/state.js"
 * @import { Border } from "./border.js"
 * @import { Contents } from "./card.js"
 * @import { Page, Step } from "./steps.js"
 */

export class Course {
  /**
   * @param {HTMLElement} root
   * @param {Page} page  that it is on
   * @param {boolean} isAlone  there is no other
   * @param {State} state
   */
  constructor(root, page, isAlone, state) {
    this.root = root;
    this.page = page;
    this.isAlone = isAlone;
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Border | null} */
    this.border = null;
    /** @type {Step | null} */
    this.step = null;
    this.trail = begin(state);
    this.done = false;
  }

  /** Whether the step is on another page. */
  get isElsewhere() {
    return this.step !== null && !this.isAlone && this.step.page !== this.page;
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

  /** @param {string} name */
  named(name) {
    return this.steps.find((step) => step.name === name) ?? this.steps[0];
  }

  /**
   * The step after this one, or before it.
   * @param {-1 | 1} by
   */
  beside(by) {
    return this.step ? this.steps[this.steps.indexOf(this.step) + by] : undefined;
  }

  /**
   * Be at a step, from now on.
   * @param {State} state
   */
  begin(state) {
    this.trail = begin(state);
    this.done = this.step !== null && !this.isElsewhere && this.step.done(state, this.trail);
  }

  /**
   * @param {State} state
   * @param {State} before
   * @returns {boolean} whether the step has become done
   */
  follow(state, before) {
    const { step } = this;
    if (!step || this.done || this.isElsewhere) return false;
    this.trail = follow(this.trail, state, before, step.name === "change" ? this.border : null);
    this.done = step.done(state, this.trail);
    return this.done;
  }

  /**
   * What the card says.
   * @param {Step} step
   * @param {State} state
   * @returns {Contents}
   */
  contents(step, state) {
    const at = this.steps.indexOf(step);
    const common = { step: step.name, title: step.title, progress: `${at + 1} of ${this.steps.length}` };
    const back = at > 0 ? "Back" : "";
    if (this.isElsewhere) return { ...common, ...leading(step), buttons: { back, next: "Skip", lead: leading(step).lead } };
    if (this.done) {
      const next = at === this.steps.length - 1 ? "Finish" : "Next";
      return { ...common, words: step.after(state), done: true, buttons: { back, next } };
    }
    return { ...common, words: step.words(this.root), keys: step.keys, buttons: { go: step.go, back, next: "Skip" } };
  }
}

/**
 * What is said of a step on another page.
 * @param {Step} step
 */
function leading({ page, title }) {
  if (page === "explore") return { title: "Back to the map", words: "The tour goes on there.", lead: "Open the map" };
  return { title, words: "The pad is on a page of its own, with the same map beside it.", lead: "Open the pad" };
}
