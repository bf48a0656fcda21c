// The map as a page of its own: what the app fetches from its server is in the page.

import { find } from "../latent_map/elements.js";
import { mountExplore } from "../latent_map/explore.js";
import { readFile } from "./files.js";
import { Offline } from "./offline.js";

/** @import { SavedData } from "../latent_map/protocol.js" */

/** @type {SavedData} */
const data = JSON.parse(find(document, "script.data", HTMLScriptElement).text);
const worker = find(document, "template.worker", HTMLTemplateElement).content.textContent ?? "";
const { opening } = mountExplore(find(document, "main", HTMLElement), {
  worker,
  isAlone: true,
  fetchFile: readFile,
  connect: (store, images) => new Offline(store, images, data),
});
opening.show(data);
