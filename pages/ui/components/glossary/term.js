// Terms of the glossary in a text: each can be hovered, focused or tapped, and then says its sentence.

import { element, findAll } from "../latent_map/elements.js";
import { FORMS, SENTENCES } from "./terms.js";

const LINGER_MS = 250; // after the pointer has left a term: time to reach its sentence
const MARGIN = 8; // CSS pixels between a sentence and its term, and the window's edges
const words = Object.keys(FORMS)
  .sort((a, b) => b.length - a.length)
  .map((form) => form.replace(/[()]/g, "\\$&"));
const TERM = new RegExp(`(?<![\\w-])(${words.join("|")})(?![\\w-])`, "gi");
const NAMES = new Map(Object.entries(FORMS).map(([form, name]) => [form.toLowerCase(), name]));

/**
 * A text in parts, one after the other: each term once, where it first stands, and what is between.
 * @param {string} text
 * @param {Set<string>} said  terms that need no mark any more; those of this text are added
 */
export function split(text, said = new Set()) {
  /** @type {{text: string, name?: string}[]} */
  const parts = [];
  let end = 0;
  for (const { 0: form, index } of text.matchAll(TERM)) {
    const name = NAMES.get(form.toLowerCase()) ?? form;
    if (said.has(name)) continue;
    said.add(name);
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: form, name });
    end = index + form.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/**
 * Write a text with its terms marked. Where only what is between them has changed, the terms stay the
 * elements that they were: one that is focused, or says its sentence, goes on doing so.
 * @param {HTMLElement} place
 * @param {string} text
 * @param {Set<string>} [said]  terms that need no mark any more
 */
export function writeTerms(place, text, said) {
  const parts = split(text, said);
  const nodes = [...place.childNodes];
  const nameOf = (/** @type {Node} */ node) => (node instanceof HTMLElement ? node.dataset.term : undefined);
  if (nodes.length === parts.length && nodes.every((node, i) => nameOf(node) === parts[i].name)) {
    nodes.forEach((node, i) => node.textContent !== parts[i].text && (node.textContent = parts[i].text));
    return;
  }
  place.replaceChildren(...parts.map(({ text: some, name }) => (name ? term(some, name) : document.createTextNode(some))));
}

/**
 * @param {string} text
 * @param {string} name
 */
function term(text, name) {
  const marked = element("span", text);
  marked.className = "term";
  marked.dataset.term = name;
  marked.tabIndex = 0;
  marked.setAttribute("role", "button");
  marked.setAttribute("aria-describedby", "said-of-term");
  return marked;
}

/** @param {EventTarget | null} target */
function termOf(target) {
  return target instanceof Element ? target.closest(".term") : null;
}

/** What a term means, beside it, over everything else and within the window. */
export class Glossary {
  /**
   * @param {HTMLElement} root  whose `data-terms` are texts to be marked
   * @param {AbortSignal} signal  ends it all
   */
  constructor(root, signal) {
    this.tip = element("div");
    Object.assign(this.tip, { id: "said-of-term", className: "said-of-term", role: "tooltip", popover: "manual" });
    root.querySelector(".page")?.append(this.tip);
    /** @type {Element | null} */
    this.term = null; // the one whose sentence is open
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.leaving = undefined;
    // A term that has gone, or was scrolled away, has nothing more to say.
    this.seen = new IntersectionObserver((found) => found.at(-1)?.isIntersecting === false && this.hide());
    for (const place of findAll(root, "[data-terms]", HTMLElement)) markIn(place);
    this.listen(root, signal);
    signal.addEventListener("abort", () => this.hide());
  }

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  listen(root, signal) {
    const byMouse = (/** @type {PointerEvent} */ event) => event.pointerType !== "touch";
    const stay = (/** @type {PointerEvent} */ event) => byMouse(event) && this.show(termOf(event.target));
    const leave = (/** @type {PointerEvent} */ event) => {
      const { target } = event;
      const left = termOf(target) || (target instanceof Node && this.tip.contains(target));
      if (left && byMouse(event)) this.hideSoon();
    };
    root.addEventListener("pointerover", stay, { signal });
    root.addEventListener("pointerout", leave, { signal });
    this.tip.addEventListener("pointerover", () => clearTimeout(this.leaving), { signal });
    root.addEventListener("focusin", ({ target }) => this.show(termOf(target)), { signal });
    root.addEventListener("focusout", ({ target }) => termOf(target) && this.hide(), { signal });
    root.addEventListener("click", ({ target }) => this.show(termOf(target)), { signal });
    const outside = (/** @type {PointerEvent} */ event) => {
      const [target] = event.composedPath();
      if (termOf(target) !== this.term && !(target instanceof Node && this.tip.contains(target))) this.hide();
    };
    document.addEventListener("pointerdown", outside, { signal, capture: true });
    document.addEventListener("keydown", (event) => this.press(event), { signal, capture: true });
    for (const moved of ["scroll", "resize"]) {
      window.addEventListener(moved, () => this.place(), { signal, capture: true, passive: true });
    }
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.key !== "Escape" || !this.term) return;
    event.preventDefault(); // the page behind has its own Escape
    event.stopPropagation();
    this.hide();
  }

  /** @param {Element | null} term */
  show(term) {
    if (!(term instanceof HTMLElement)) return;
    clearTimeout(this.leaving);
    if (term === this.term) return;
    this.hide();
    const name = term.dataset.term ?? "";
    this.term = term;
    this.tip.replaceChildren(element("b", name), element("span", SENTENCES[name]));
    this.tip.showPopover();
    this.seen.observe(term);
    this.place();
  }

  /** Under the term, or over it where there is no room. */
  place() {
    if (!this.term) return;
    const { left, top, bottom } = this.term.getBoundingClientRect();
    const { width, height } = this.tip.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const x = Math.max(MARGIN, Math.min(left, clientWidth - width - MARGIN));
    const under = bottom + MARGIN;
    const y = under + height + MARGIN > clientHeight ? Math.max(MARGIN, top - height - MARGIN) : under;
    Object.assign(this.tip.style, { left: `${x}px`, top: `${y}px` });
  }

  hideSoon() {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => this.hide(), LINGER_MS);
  }

  hide() {
    clearTimeout(this.leaving);
    this.seen.disconnect();
    if (this.term && this.tip.isConnected) this.tip.hidePopover();
    this.term = null;
  }
}

/**
 * Mark the terms of a text that is there already, in what it consists of.
 * @param {HTMLElement} place
 */
function markIn(place) {
  const said = new Set();
  for (const node of [...place.childNodes]) {
    if (!(node instanceof Text)) continue;
    const part = element("span");
    writeTerms(part, node.data, said);
    node.replaceWith(...part.childNodes);
  }
}
