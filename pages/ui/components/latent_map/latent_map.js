// The map as a component of Streamlit's: mounted once, and handed its data again at every rerun.

import { Machine } from "../machine/machine.js";
import { find } from "./elements.js";
import { mountExplore } from "./explore.js";
import { fetchFile } from "./opening.js";
import { Transport } from "./transport.js";

/**
 * @import { Mounted } from "./mount.js"
 * @import { MapData } from "./protocol.js"
 * @import { MapStore } from "./state.js"
 */

/** @type {WeakMap<HTMLElement, Mounted>} */
const mounted = new WeakMap();

/** @param {{parentElement: HTMLElement, data: MapData}} component */
export default function ({ parentElement, data }) {
  const worker = find(parentElement, "template.worker", HTMLTemplateElement).content.textContent ?? "";
  const served = { worker, fetchFile, connect: (/** @type {MapStore} */ store) => new Transport(store) };
  const map = mounted.get(parentElement) ?? mountExplore(parentElement, served);
  if (!mounted.has(parentElement)) new Machine(map, parentElement, fetchFile);
  mounted.set(parentElement, map);
  map.opening.show(data);
  // Streamlit may also call this while the map stays; only one that left the page is closed.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      mounted.delete(parentElement);
      map.close();
    });
}
