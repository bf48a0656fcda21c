// The map, the hand on it, its sliders and the image under it: one state, changed from anywhere. Pages
// add their own instruments to it.
//
// Gestures, keys and panels dispatch actions to the store; the painter, the panels and the transport
// hear of what has changed. Every image is decoded by the model itself: here while the hand moves, and by
// PyTorch on the server where it has come to rest.

import { Glossary } from "../glossary/term.js";
import { giveClassColours, readTheme } from "./colour.js";
import { showDigit } from "./digit_panel.js";
import { find } from "./elements.js";
import { Gestures } from "./gestures.js";
import { Images } from "./images.js";
import { listenToKeys } from "./keys.js";
import { LayerPanel } from "./layer_panel.js";
import { showLegend } from "./legend.js";
import { Opening } from "./opening.js";
import { Painter } from "./painter.js";
import { Presenter } from "./presenter.js";
import { Readout } from "./readout.js";
import { initialState, set } from "./state.js";
import { Store } from "./store.js";
import { Takeaway } from "./takeaway.js";
import { fillTiles } from "./tiles.js";
import { zoomByWheel } from "./wheel.js";

/**
 * @import { MapStore, Server } from "./state.js"
 * @typedef {object} Mounted
 * @property {MapStore} store
 * @property {Images} images
 * @property {Server} server
 * @property {Takeaway} takeaway
 * @property {Opening} opening
 * @property {AbortSignal} signal  is aborted when the map is closed
 * @property {() => void} close
 * @typedef {object} Served  where a map has what it needs from
 * @property {string} worker  script of the Worker
 * @property {(address: string) => Promise<Uint8Array>} fetchFile
 * @property {(store: MapStore, images: Images) => Server} connect
 * @property {boolean} [isAlone]  no other page is beside it
 */

const NARROW = 680; // CSS pixels of the page below which contours are easier to read than points
const THEME_MS = 50; // until the page has taken on the theme that the system has changed to

/**
 * @param {HTMLElement} root
 * @param {Served} served
 * @returns {Mounted}
 */
export function mount(root, { worker, fetchFile, connect }) {
  const store = new Store(initialState());
  const ending = new AbortController(); // ends all listeners at once
  const { signal } = ending;
  const images = new Images(store, worker, (places) => server.get("images", { places }));
  const server = connect(store, images);
  const takeaway = new Takeaway(store, root, server);
  const layers = new LayerPanel(store, root, server);
  const readout = new Readout(store, root, images);
  const painter = new Painter(store, root, images, (state, plane) => {
    readout.paint(state, plane);
    layers.paint(state);
  });
  const opening = new Opening(store, images, fetchFile);
  fillTiles(store, images);
  showLegend(store, root);
  showDigit(store, root);
  new Gestures(store, root, signal);
  new Presenter(root, signal);
  new Glossary(root, signal);
  listenToKeys(store, root, signal);
  zoomByWheel(store, root, signal);
  followSize(store, root, signal);
  const parts = [server, takeaway, readout, painter, images];
  const close = () => {
    ending.abort();
    for (const part of parts) part.close();
  };
  return { store, images, server, takeaway, opening, signal, close };
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
    const theme = readTheme(map);
    giveClassColours(page, theme);
    store.dispatch(set, { viewport, narrow: page.clientWidth < NARROW, theme });
  };
  const watcher = new ResizeObserver(measure);
  watcher.observe(map);
  signal.addEventListener("abort", () => watcher.disconnect());
  const themes = matchMedia("(prefers-color-scheme: dark)");
  themes.addEventListener("change", () => setTimeout(measure, THEME_MS), { signal });
}
