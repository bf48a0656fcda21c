// The pad as a page of its own: what the app fetches from its server is in the page.

import { find } from "../latent_map/elements.js";
import { YourDigit } from "../your_digit/page.js";
import { readFile } from "./files.js";
import { Offline } from "./offline.js";

/** @import { SavedData } from "../latent_map/protocol.js" */

/** @type {SavedData} */
const data = JSON.parse(find(document, "script.data", HTMLScriptElement).text);
const text = (/** @type {string} */ name) =>
  find(document, `template.${name}`, HTMLTemplateElement).content.textContent ?? "";
/** @type {Map<string, Promise<Uint8Array>>} */
const files = new Map(); // the encoder is wanted twice
const read = (/** @type {string} */ name) => {
  const file = files.get(name) ?? readFile(name);
  files.set(name, file);
  return file;
};
const page = new YourDigit(find(document, "main", HTMLElement), {
  worker: text("worker"),
  integrator: text("integrator"),
  fetchFile: read,
  isAlone: true,
  connect: (store, images) => new Offline(store, images, data, read),
  address: () => {
    const address = new URL(location.href);
    address.search = new URLSearchParams({ ink: page.store.state.drawing }).toString();
    return address.href;
  },
});
page.show(data);
const drawing = new URLSearchParams(location.search).get("ink") ?? "";
page.takeGiven({ number: 1, drawing, picture: null, others: [] });
