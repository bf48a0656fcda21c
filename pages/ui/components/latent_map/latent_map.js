// The map, the hand on it, its sliders and the image under it: one state, changed from anywhere.
//
// Gestures, keys and panels dispatch actions to the store; the painter, the panels and the transport
// hear of what has changed. The browser paints the blended atlas at every frame; the exact image comes
// from the server a moment later, and replaces it if the cursor is still there.

import { readTheme } from "./colour.js";
import { showDigit } from "./digit_panel.js";
import { find } from "./elements.js";
import { Gestures } from "./gestures.js";
import { listenToKeys } from "./keys.js";
import { LayerPanel } from "./layer_panel.js";
import { showLegend } from "./legend.js";
import { Painter } from "./painter.js";
import { PathPanel } from "./path_panel.js";
import { Readout } from "./readout.js";
import { SamplesPanel } from "./samples_panel.js";
import { SharePanel } from "./share_panel.js";
import { SnippetPanel } from "./snippet_panel.js";
import { initialState, set } from "./state.js";
import { Store } from "./store.js";
import { showTabs } from "./tabs.js";
import { Takeaway } from "./takeaway.js";
import { Transport } from "./transport.js";
import { Unpacking } from "./unpacking.js";
import { zoomByWheel } from "./wheel.js";

/**
 * @import { MapStore } from "./state.js"
 * @typedef {{unpacking: Unpacking, close: () => void}} Mounted
 */

const NARROW = 680; // CSS pixels of the page below which contours are easier to read than points
const THEME_MS = 50; // until the page has taken on the theme that the system has changed to

/** @type {WeakMap<HTMLElement, Mounted>} */
const mounted = new WeakMap(); // called again on every rerun

/** @param {{parentElement: HTMLElement, data: Uint8Array}} component */
export default function ({ parentElement, data }) {
  const map = mounted.get(parentElement) ?? mount(parentElement);
  mounted.set(parentElement, map);
  map.unpacking.show(data);
  // Streamlit may also call this while the map stays; only one that left the page is closed.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      mounted.delete(parentElement);
      map.close();
    });
}

/**
 * @param {HTMLElement} root
 * @returns {Mounted}
 */
function mount(root) {
  const store = new Store(initialState());
  const ending = new AbortController(); // ends all listeners at once
  const { signal } = ending;
  const worker = find(root, "template.unpacker", HTMLTemplateElement).content.textContent ?? "";
  const transport = new Transport(store);
  const takeaway = new Takeaway(store, root, transport);
  const layers = new LayerPanel(store, root, transport);
  const readout = new Readout(store, root);
  const painter = new Painter(store, root, (state, atlas) => {
    readout.paint(state, atlas);
    layers.paint(state);
  });
  const paths = new PathPanel(store, root, transport, takeaway);
  const snippet = new SnippetPanel(store, root, transport, takeaway);
  const unpacking = new Unpacking(store, worker);
  new SamplesPanel(store, root, transport, takeaway);
  new SharePanel(store, root, takeaway);
  showLegend(store, root);
  showDigit(store, root);
  showTabs(store, root);
  new Gestures(store, root, signal);
  listenToKeys(store, root, signal);
  zoomByWheel(store, root, signal);
  followSize(store, root, signal);
  const parts = [transport, takeaway, readout, painter, paths, snippet, unpacking];
  const close = () => {
    ending.abort();
    for (const part of parts) part.close();
  };
  return { unpacking, close };
}

/**
 * The map is as large as the page has room for, in the page's colours.
 * @param {MapStore} store
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
function followSize(store, root, signal) {
  const map = find(root, ".map", HTMLElement);
  const page = find(root, ".page", HTMLElement);
  const measure = () => {
    const side = map.clientWidth;
    if (!side) return;
    const viewport = store.state.viewport.with({ side });
    store.dispatch(set, { viewport, narrow: page.clientWidth < NARROW, theme: readTheme(map) });
  };
  const watcher = new ResizeObserver(measure);
  watcher.observe(map);
  signal.addEventListener("abort", () => watcher.disconnect());
  const themes = matchMedia("(prefers-color-scheme: dark)");
  themes.addEventListener("change", () => setTimeout(measure, THEME_MS), { signal });
}
