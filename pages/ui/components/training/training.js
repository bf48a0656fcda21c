// The map of a training as a component of Streamlit's: mounted once, and handed its data again at every rerun.

import { find } from "../latent_map/elements.js";
import { fetchFile } from "../latent_map/opening.js";
import { Training } from "./page.js";

/** @import { TrainingData } from "../latent_map/protocol.js" */

/** @type {WeakMap<HTMLElement, Training>} */
const mounted = new WeakMap();

/** @param {{parentElement: HTMLElement, data: TrainingData}} component */
export default function ({ parentElement, data }) {
  const worker = find(parentElement, "template.worker", HTMLTemplateElement).content.textContent ?? "";
  const page = mounted.get(parentElement) ?? new Training(parentElement, { worker, fetchFile });
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
