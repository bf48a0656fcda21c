// For a projector: the map, the digit and what it looks like, as large as the screen, and nothing else.

import { find } from "./elements.js";

const NOT_KEYS = "input, select, textarea, [contenteditable]"; // where a P is a letter

export class Presenter {
  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal  ends it all
   */
  constructor(root, signal) {
    this.page = find(root, ".page", HTMLElement);
    this.button = find(root, ".present", HTMLButtonElement);
    this.button.onclick = () => this.present(!this.on);
    this.button.addEventListener("pointerdown", (event) => event.stopPropagation(), { signal });
    document.addEventListener("keydown", (event) => this.press(event), { signal });
    // Who leaves the full screen by the browser's own way has done presenting.
    const left = () => !document.fullscreenElement && this.full && this.present(false);
    document.addEventListener("fullscreenchange", left, { signal });
    signal.addEventListener("abort", () => this.on && this.present(false));
    this.full = false;
  }

  get on() {
    return "presenting" in this.page.dataset;
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { key, ctrlKey, metaKey, altKey } = event;
    const [target] = event.composedPath();
    if (ctrlKey || metaKey || altKey || event.defaultPrevented) return;
    if (target instanceof Element && target.matches(NOT_KEYS)) return;
    if (key === "Escape" && this.on) this.present(false);
    else if (key.toLowerCase() === "p") this.present(!this.on);
    else return;
    event.preventDefault();
  }

  /** @param {boolean} on */
  present(on) {
    // The page's own rows are outside the map, and hide by the same word on the whole document.
    for (const one of [this.page, document.documentElement]) one.toggleAttribute("data-presenting", on);
    this.button.setAttribute("aria-pressed", String(on));
    if (!document.fullscreenEnabled) return;
    if (on) document.documentElement.requestFullscreen().then(() => (this.full = this.on)).catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    if (!on) this.full = false;
  }
}
