// The map with Explore's instruments: paths, samples, what can be shared, and code.

import { mount } from "./mount.js";
import { PathPanel } from "./path_panel.js";
import { SamplesPanel } from "./samples_panel.js";
import { SharePanel } from "./share_panel.js";
import { SnippetPanel } from "./snippet_panel.js";
import { showTabs } from "./tabs.js";
import { Tour } from "../tour/tour.js";

/** @import { Mounted, Served } from "./mount.js" */

/**
 * @param {HTMLElement} root
 * @param {Served} served
 * @returns {Mounted}
 */
export function mountExplore(root, served) {
  const map = mount(root, served);
  const { store, server, takeaway, images } = map;
  const paths = new PathPanel(store, root, server, takeaway, images);
  const snippet = new SnippetPanel(store, root, server, takeaway);
  new SamplesPanel(store, root, server, takeaway, images);
  new SharePanel(store, root, takeaway);
  showTabs(store, root);
  new Tour(store, root, map.signal, "explore", served.isAlone);
  map.signal.addEventListener("abort", () => [paths, snippet].forEach((part) => part.close()));
  return map;
}
