// The tour's card: what it says, and its buttons.

import { element, find, pushButton } from "../latent_map/elements.js";

/**
 * @typedef {object} Presses  what its buttons do
 * @property {() => void} end
 * @property {() => void} go  the keys to what it points at
 * @property {() => void} back
 * @property {() => void} later
 * @property {() => unknown} next
 * @property {() => void} start
 * @property {() => void} lead  to the page that the step is on
 * @typedef {object} Contents
 * @property {string} step  its name
 * @property {string} title
 * @property {string} [progress]
 * @property {string} [words]
 * @property {string} [keys]  how it is done by keys
 * @property {boolean} [done]
 * @property {Partial<Record<keyof Presses, string>>} buttons  those that are shown, and what they say
 */

/** @type {(keyof Presses)[]} */
const BUTTONS = ["go", "back", "later", "next", "start", "lead"];

export class Card {
  /**
   * @param {HTMLElement} root
   * @param {Presses} presses
   */
  constructor(root, presses) {
    this.ring = layer("div", "tour-ring"); // around what it points at, and under the card
    this.ring.setAttribute("aria-hidden", "true");
    this.box = layer("section", "tour");
    this.box.tabIndex = -1;
    this.box.setAttribute("role", "dialog");
    this.box.setAttribute("aria-labelledby", "tour-title");
    this.box.setAttribute("aria-describedby", "tour-words");
    const [title, words] = [element("h2"), element("p")];
    const parts = { title, words, keys: element("p"), progress: element("span"), spoken: element("p") };
    for (const [name, part] of Object.entries(parts)) part.className = `tour-${name}`;
    title.id = "tour-title";
    words.id = "tour-words";
    this.parts = parts;
    parts.spoken.setAttribute("role", "status");
    const end = pushButton("×", "End the tour", presses.end);
    end.dataset.tour = "end";
    this.buttons = BUTTONS.map((name) => {
      const button = pushButton("", "", presses[name]);
      button.dataset.tour = name;
      return button;
    });
    this.end = end;
    const row = element("div");
    row.className = "tour-row";
    row.append(parts.progress, ...this.buttons);
    this.box.append(title, words, parts.keys, row, end, parts.spoken);
    this.isRead = false; // the pointer has come to it by itself, not the card to the pointer
    this.box.addEventListener("pointermove", ({ movementX, movementY, pointerType }) => {
      if (pointerType === "mouse" && (movementX || movementY)) this.isRead = true;
    });
    this.box.addEventListener("pointerleave", () => (this.isRead = false));
    find(root, ".page", HTMLElement).prepend(this.box, this.ring);
  }

  get isOpen() {
    return !this.box.hidden;
  }

  get hasFocus() {
    return this.isOpen && this.box.matches(":focus-within");
  }

  /** @param {Contents} contents */
  show({ step, title, progress = "", words = "", keys = "", done = false, buttons }) {
    const { box, parts } = this;
    parts.title.textContent = title;
    parts.words.textContent = words;
    parts.keys.textContent = keys;
    parts.progress.textContent = progress;
    Object.assign(box.dataset, { step, done: String(done) });
    const focused = this.buttons.find((button) => button.matches(":focus"));
    this.end.hidden = !progress;
    for (const button of this.buttons) {
      const text = buttons[/** @type {keyof Presses} */ (button.dataset.tour)];
      button.hidden = !text;
      if (text) button.textContent = text;
    }
    this.open();
    if (focused?.hidden) box.focus();
    const spoken = done ? `Done. ${words}` : [progress && `Step ${progress}`, title, words, keys].filter(Boolean).join(". ");
    if (parts.spoken.textContent !== spoken) parts.spoken.textContent = spoken;
  }

  open() {
    if (this.isOpen) return;
    for (const one of [this.ring, this.box]) {
      one.hidden = false;
      one.showPopover?.(); // over everything, whatever it stands in
    }
  }

  close() {
    if (!this.isOpen) return;
    for (const one of [this.box, this.ring]) {
      one.hidePopover?.();
      one.hidden = true;
    }
  }
}

/**
 * @param {"div" | "section"} kind
 * @param {string} name
 * @returns {HTMLElement}
 */
function layer(kind, name) {
  const made = element(kind);
  made.className = made.dataset.testid = name;
  made.hidden = true;
  made.setAttribute("popover", "manual");
  return made;
}
