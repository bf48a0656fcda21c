// The report card's map as a component of Streamlit's: mounted once, and handed its data again at every
// rerun.

import { find } from "../latent_map/elements.js";
import { fetchFile } from "../latent_map/opening.js";
import { Transport } from "../latent_map/transport.js";
import { ReportMap } from "./page.js";

/**
 * @import { ReportData } from "../latent_map/protocol.js"
 * @import { MapStore } from "../latent_map/state.js"
 */

/** @type {WeakMap<HTMLElement, ReportMap>} */
const mounted = new WeakMap();

/** @param {{parentElement: HTMLElement, data: ReportData}} component */
export default function ({ parentElement, data }) {
  const worker = find(parentElement, "template.worker", HTMLTemplateElement).content.textContent ?? "";
  const served = { worker, fetchFile, connect: (/** @type {MapStore} */ store) => new Transport(store) };
  const page = mounted.get(parentElement) ?? new ReportMap(parentElement, served);
  mounted.set(parentElement, page);
  page.show(data);
  // Streamlit may also call this while the map stays; only one that left the page is closed.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      mounted.delete(parentElement);
      page.close();
    });
}
