// A place in a few characters, and the address of the view.

import { writeTerms } from "../glossary/term.js";
import { find, setRange, writeBeside } from "./elements.js";
import { cellMiddle, spell } from "./geocode.js";
import { CHARACTERS } from "./protocol.js";
import { addressOf, inside, move, set } from "./state.js";

/**
 * @import { MapStore, State } from "./state.js"
 * @import { Takeaway } from "./takeaway.js"
 */

export class SharePanel {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Takeaway} takeaway
   */
  constructor(store, root, takeaway) {
    this.store = store;
    this.panel = find(root, "#panel-share", HTMLElement);
    this.characters = find(this.panel, ".characters", HTMLInputElement);
    this.code = find(this.panel, ".code output", HTMLOutputElement);
    this.bits = find(this.panel, ".bits", HTMLElement);
    this.typed = find(this.panel, ".typed", HTMLInputElement);
    this.complaint = find(this.panel, ".complaint", HTMLElement);
    setRange(this.characters, CHARACTERS);
    this.typed.maxLength = CHARACTERS.high;
    this.characters.oninput = () =>
      store.dispatch(set, { characters: this.characters.valueAsNumber });
    find(this.panel, "form", HTMLFormElement).onsubmit = (event) => this.go(event);
    const copies = {
      code: () => this.code.value,
      address: () => addressOf(store.state, location.href),
    };
    for (const [what, text] of Object.entries(copies)) {
      const button = find(this.panel, `[data-copy=${what}]`, HTMLButtonElement);
      button.onclick = () => takeaway.copy(text());
    }
    store.subscribe((state, before) => this.changed(state, before));
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed({ tab, z, characters, plane }, before) {
    if (tab !== "share" || !plane) return;
    if (z !== before.z || characters !== before.characters || tab !== before.tab) {
      this.code.value = spell(z, characters);
    }
    if (characters === before.characters && tab === before.tab && plane === before.plane) return;
    const bits = 4 * characters;
    this.characters.value = String(characters);
    writeBeside(this.characters, `${characters}: ${bits} bits`);
    writeTerms(
      this.bits,
      `${bits} bits name one of ${(2 ** bits).toLocaleString("en")} equally likely cells, the dashed box. ` +
        `The encoder spends ${plane.kl.toFixed(1)} bits on an average test digit: its KL.`,
    );
  }

  /** @param {SubmitEvent} event */
  go(event) {
    event.preventDefault();
    const { plane } = this.store.state;
    const typed = this.typed.value.trim();
    this.complaint.textContent = complain(typed);
    if (this.complaint.textContent || !plane) return;
    const place = cellMiddle(typed);
    this.store.dispatch(set, { characters: typed.length });
    this.store.dispatch(move, place);
    if (String(inside(plane, place)) !== String(place)) {
      this.complaint.textContent = "That place lies beyond this map; the hand is at its edge.";
    }
  }
}

/**
 * Why what was typed is no code; nothing where it is one.
 * @param {string} typed
 */
export function complain(typed) {
  const { low, high } = CHARACTERS;
  if (/^[0-9a-f]+$/i.test(typed) && typed.length >= low && typed.length <= high) return "";
  const came = typed ? `“${typed}” is not` : "none was typed";
  return `A code is ${low} to ${high} of the characters 0–9 and A–F; ${came}.`;
}
