// What each part of the machine is, in a panel under its name: layers, shapes, parameters, and the code.

import { element, find, findAll } from "../latent_map/elements.js";
import { write } from "./text.js";
import { shapeWords } from "./words.js";

/**
 * @import { LayerRow, Part, PartName, Source } from "../latent_map/protocol.js"
 */

const GAP = 8; // CSS pixels between the machine and a panel: what its layers answer stays in sight
const EDGE = 8; // and between a panel and the window's edge

export class Panels {
  /**
   * @param {HTMLElement} machine
   * @param {AbortSignal} signal
   */
  constructor(machine, signal) {
    this.panels = findAll(machine, ".opened", HTMLElement);
    this.machine = machine;
    for (const panel of this.panels) {
      panel.addEventListener("toggle", () => this.place(panel), { signal });
    }
    // A panel belongs to its name: where the page moves under it, it goes.
    addEventListener("resize", () => this.close(), { signal });
  }

  /**
   * Put a panel under its part, within the window.
   * @param {HTMLElement} panel
   */
  place(panel) {
    if (!panel.matches(":popover-open")) return;
    const name = find(this.machine, `[popovertarget="${panel.id}"]`, HTMLButtonElement);
    const { left } = name.getBoundingClientRect();
    const { bottom } = this.machine.getBoundingClientRect();
    const rightmost = document.documentElement.clientWidth - panel.offsetWidth - EDGE;
    panel.style.left = `${Math.max(EDGE, Math.min(left, rightmost))}px`;
    panel.style.top = `${bottom + GAP}px`;
    panel.style.maxHeight = `calc(100dvh - ${bottom + GAP + EDGE}px)`;
  }

  close() {
    for (const panel of this.panels) if (panel.matches(":popover-open")) panel.hidePopover();
  }

  /** @param {Part[]} parts  of the model that is open */
  show(parts) {
    for (const panel of this.panels) {
      const part = parts.find(({ name }) => name === panel.dataset.part);
      if (!part) continue;
      const table = find(panel, "table", HTMLTableElement);
      table.hidden = !part.layers.length;
      table.tBodies[0].replaceChildren(...part.layers.map(rowOf));
      table.tFoot?.replaceChildren(totalOf(part));
      find(panel, ".sources", HTMLElement).replaceChildren(...part.sources.flatMap(codeOf));
    }
  }

  /**
   * What a panel says of this very digit and place.
   * @param {PartName} name
   * @param {string} words
   */
  say(name, words) {
    const panel = this.panels.find(({ dataset }) => dataset.part === name);
    if (panel) write(find(panel, ".now", HTMLElement), words);
  }
}

/** @param {LayerRow} layer */
function rowOf({ name, kind, shape, parameters }) {
  return row("td", [name, kind, shapeWords(shape), parameters ? parameters.toLocaleString("en") : ""]);
}

/** @param {Part} part */
function totalOf({ parameters }) {
  return row("th", ["In all", "", "", parameters.toLocaleString("en")]);
}

/**
 * @param {"td" | "th"} kind
 * @param {string[]} texts
 */
function row(kind, texts) {
  const made = element("tr");
  made.append(...texts.map((text) => element(kind, text)));
  return made;
}

/** @param {Source} source */
function codeOf({ file, line, name, text }) {
  const place = element("p");
  place.append(element("code", `${file}:${line}`), ` ${name}`);
  const code = element("pre", text);
  code.tabIndex = 0;
  return [place, code];
}
