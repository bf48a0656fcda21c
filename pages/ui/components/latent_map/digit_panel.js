// The test digit whose point was clicked: its original, its reconstruction, and what they cost.

import { writeTerms } from "../glossary/term.js";
import { element, find, findAll, fromBase64, paintGrey } from "./elements.js";

/** @import { MapStore } from "./state.js" */

/**
 * @param {MapStore} store
 * @param {HTMLElement} root
 */
export function showDigit(store, root) {
  const panel = find(root, ".digit", HTMLElement);
  const [original, reconstruction] = findAll(panel, "canvas", HTMLCanvasElement);
  const text = find(panel, "div", HTMLElement);
  store.subscribe(({ selected, digit }, before) => {
    if (selected === before.selected && digit === before.digit) return;
    panel.hidden = selected === null || digit?.index !== selected;
    if (panel.hidden || !digit) return;
    original.hidden = !digit.original;
    if (digit.original) paintGrey(original, fromBase64(digit.original));
    paintGrey(reconstruction, fromBase64(digit.reconstruction));
    const lines = digit.words.map(() => element("p"));
    const said = new Set(); // over all lines: each term is marked once
    lines.forEach((line, i) => writeTerms(line, digit.words[i], said));
    text.replaceChildren(...lines);
  });
}
