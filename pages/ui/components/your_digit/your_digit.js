// Your digit as a component of Streamlit's: mounted once, and handed its data again at every rerun.

import { find } from "../latent_map/elements.js";
import { fetchFile } from "../latent_map/opening.js";
import { Transport } from "../latent_map/transport.js";
import { YourDigit } from "./page.js";

/**
 * @import { DigitData } from "../latent_map/protocol.js"
 * @import { MapStore } from "../latent_map/state.js"
 */

/** @type {WeakMap<HTMLElement, YourDigit>} */
const mounted = new WeakMap();

/** @param {{parentElement: HTMLElement, data: DigitData}} component */
export default function ({ parentElement, data }) {
  const text = (/** @type {string} */ name) =>
    find(parentElement, `template.${name}`, HTMLTemplateElement).content.textContent ?? "";
  const served = {
    worker: text("worker"),
    integrator: text("integrator"),
    fetchFile,
    connect: (/** @type {MapStore} */ store) => new Transport(store),
    address: () => location.href,
  };
  const page = mounted.get(parentElement) ?? new YourDigit(parentElement, served);
  mounted.set(parentElement, page);
  page.show(data);
  // Streamlit may also call this while the page stays; only one that left is closed.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      mounted.delete(parentElement);
      page.close();
    });
}
