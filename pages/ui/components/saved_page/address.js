// The view that the page's address asks for; what makes no sense in it is left out.

import { FURTHEST, NARROWEST, TILES } from "../latent_map/protocol.js";
import { readView } from "../latent_map/view.js";

/** @import { Place, ViewParts } from "../latent_map/protocol.js" */

const LAYERS = ["nothing", "images", "density", "uncertainty", "stretch", "regions"];
const WORDS = { layer: LAYERS, top: ["points", "contours", "nothing"], axes: ["z", "percentiles"] };

/**
 * @param {string} search  of the address
 * @returns {{z: Place, view: ViewParts}}
 */
export function readAddress(search) {
  const said = new URLSearchParams(search);
  /** @type {Record<string, string>} */
  const words = {};
  for (const [part, known] of Object.entries(WORDS)) {
    const word = said.get(part);
    if (word && known.includes(word)) words[part] = word;
  }
  const tiles = Number(said.get("tiles"));
  if (Number.isInteger(tiles) && tiles >= TILES.low && tiles <= TILES.high) words.tiles = String(tiles);
  for (const pin of ["a", "b"]) {
    const text = said.get(pin);
    if (text && numbers(text, 2)) words[pin] = text;
  }
  const hidden = [...(said.get("hidden") ?? "")];
  const known = hidden.every((digit) => /[0-9]/.test(digit)) && new Set(hidden).size === hidden.length;
  if (known) words.hidden = hidden.sort().join("");
  const window = said.get("window");
  if (window && (numbers(window, 3)?.[2] ?? 0) >= NARROWEST) words.window = window;
  const z = numbers(`${said.get("z1") ?? 0},${said.get("z2") ?? 0}`, 2);
  return { z: z ? [z[0], z[1]] : [0, 0], view: readView(words) };
}

/**
 * @param {string} text
 * @param {number} count
 */
function numbers(text, count) {
  const found = text.split(",").map(Number);
  const fit = found.length === count && found.every((v) => Number.isFinite(v) && Math.abs(v) < FURTHEST);
  return fit ? found : null;
}
