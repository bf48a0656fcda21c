// Whether the machine is open: as its visitor left it, and else where there is room.

import { find } from "../latent_map/elements.js";

const KEY = "latent-atlas.machine";
const ROOM = "(min-width: 1200px) and (min-height: 680px)";

export class Fold {
  /**
   * @param {HTMLElement} machine
   * @param {(open: boolean) => void} turned
   */
  constructor(machine, turned) {
    this.machine = machine;
    this.turned = turned;
    this.button = find(machine, ".fold", HTMLButtonElement);
    this.brief = find(machine, ".brief", HTMLElement);
    this.flow = find(machine, ".flow", HTMLElement);
    this.refused = ""; // why the machine cannot be opened
    this.wanted = remembered() ?? matchMedia(ROOM).matches;
    this.button.onclick = () => {
      this.wanted = !this.open;
      remember(this.wanted);
      this.turn();
    };
    this.turn();
  }

  get open() {
    return this.wanted && !this.refused;
  }

  /**
   * Keep it folded and say why, or let it open again.
   * @param {string} words
   */
  refuse(words) {
    if (words === this.refused) return;
    this.refused = words;
    this.turn();
  }

  turn() {
    const { open } = this;
    this.machine.toggleAttribute("data-open", open);
    this.flow.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    this.button.disabled = Boolean(this.refused);
    this.brief.textContent = this.refused || "picture → encoder → plane → decoder → picture";
    this.turned(open);
  }
}

/** Whether it was open when its visitor last said so; nothing if never, or where it is not kept. */
function remembered() {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? null : kept === "open";
  } catch {
    return null;
  }
}

/** @param {boolean} open */
function remember(open) {
  try {
    localStorage.setItem(KEY, open ? "open" : "folded");
  } catch {
    // A browser may forbid it; then it is so for this visit.
  }
}
