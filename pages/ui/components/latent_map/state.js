// What the map knows, and the actions that change it.

import { readView, spellNumber, viewWords } from "./view.js";
import { CHARACTERS, USUAL_VIEW } from "./protocol.js";
import { Viewport } from "./viewport.js";

/**
 * @import { Plane } from "./plane.js"
 * @import { Theme } from "./colour.js"
 * @import { Field } from "./overlays.js"
 * @import { FilmResult, Layer, PathResult, Place, RequestMessage, Response, Results, SelectedDigit } from "./protocol.js"
 * @import { Top, ViewParts } from "./protocol.js"
 * @import { Store } from "./store.js"
 * @import { Sheet } from "./tiles.js"
 * @import { Tint } from "./tint.js"
 * @import { Posterior } from "../vae/nn/posterior.js"
 * @import { Answer } from "../your_digit/posterior_worker.js"
 * @typedef {Store<State>} MapStore
 * @typedef {Omit<Response, "result" | "selected"> & {grey: Uint8Array}} Exact  the server's last image
 * @typedef {object} Server  whom the map asks for what it has not
 * @property {<W extends keyof Results>(what: W, details?: Omit<RequestMessage, "what">) => Promise<Results[W]>} get
 * @property {() => void} close
 * @typedef {{count: number, temperature: number, seed: number}} Draw
 * @typedef {object} State
 * @property {Plane | null} plane  of the checkpoint, once it has come
 * @property {string} failure  why there is no plane, in words
 * @property {"loading" | "browser" | "server"} decoder  who decodes while the hand moves
 * @property {string} refusal  why it is the server, in words
 * @property {{mean: number, most: number} | null} apart  the browser's image from PyTorch's, on 0..255
 * @property {Sheet[]} tiles  of the layer of images: the last complete one, and one that is being filled
 * @property {Place} z  where the cursor is: the hand
 * @property {Place | null} hover  where the pointer hovers, or a film is; the cursor stays
 * @property {boolean} held  somebody is still moving something
 * @property {number | null} selected  the test digit whose point was clicked
 * @property {number | null} revision  see pages/ui/explore/protocol.py
 * @property {ViewParts} view
 * @property {Viewport} viewport
 * @property {boolean} narrow  the page has little room: contours are easier to read than points
 * @property {Partial<Record<Layer, Field>>} fields  layers that have come
 * @property {Partial<Record<Layer, string>>} problems  what was said of those that cannot be had
 * @property {Exact | null} exact
 * @property {SelectedDigit | null} digit  what is known of the one that is selected
 * @property {PathResult | null} paths  between the pins
 * @property {{path: FilmResult, grey: Uint8ClampedArray, frame: number} | null} film
 * @property {{draw: Draw, z: Place[], images: Uint8ClampedArray} | null} samples
 * @property {string} tab
 * @property {number} characters  of the code
 * @property {Posterior | null} own  where the encoder puts a digit of the visitor's own
 * @property {Answer | null} truth  the true posterior of it, as far as it is known
 * @property {string} drawing  what is on the pad, as an address has it
 * @property {number | null} given  number of what the server last put there
 * @property {Place[]} others  where more digits of the visitor's lie
 * @property {Theme | null} theme
 * @property {Tint | null} tint  what colours the points in place of their classes
 */

/** @returns {State} */
export function initialState() {
  return {
    plane: null,
    failure: "",
    decoder: "loading",
    refusal: "",
    apart: null,
    tiles: [],
    z: [0, 0],
    hover: null,
    held: false,
    selected: null,
    revision: null,
    view: { ...USUAL_VIEW },
    viewport: new Viewport(),
    narrow: false,
    fields: {},
    problems: {},
    exact: null,
    digit: null,
    paths: null,
    film: null,
    samples: null,
    tab: "path",
    characters: CHARACTERS.usual,
    own: null,
    truth: null,
    drawing: "",
    given: null,
    others: [],
    theme: null,
    tint: null,
  };
}

/**
 * @param {Plane} plane
 * @param {Place} z
 * @returns {Place} within the map
 */
export function inside(plane, [x, y]) {
  const clamp = (/** @type {number} */ v, /** @type {Place} */ [low, high]) => Math.min(Math.max(v, low), high);
  return [clamp(x, plane.x), clamp(y, plane.y)];
}

/**
 * What is drawn over the layer, where nobody has said: what there is room for.
 * @param {State} state
 * @returns {Top}
 */
export function topShown({ view, narrow }) {
  return view.top ?? (narrow ? "contours" : "points");
}

/**
 * Which of the ten classes are shown.
 * @param {ViewParts} view
 */
export function shownClasses({ hidden }) {
  return Array.from({ length: 10 }, (_, label) => !hidden.includes(String(label)));
}

/**
 * Whether the layer is still on its way.
 * @param {State} state
 */
export function layerMissing({ view, fields, problems, tiles }) {
  if (view.layer === "nothing") return false;
  if (view.layer === "images") return tiles.length === 0 && !problems.images;
  return !fields[view.layer] && !problems[view.layer];
}

// ---- actions ----

/**
 * @param {State} _state
 * @param {Partial<State>} change
 */
export function set(_state, change) {
  return change;
}

/**
 * Another checkpoint's plane; the server says next where its cursor is.
 * @param {State} state
 * @param {Plane} plane
 * @returns {Partial<State>}
 */
export function load({ viewport }, plane) {
  const nothing = { fields: {}, problems: {}, exact: null, digit: null, paths: null, film: null, samples: null };
  return { ...nothing, tiles: [], plane, failure: "", viewport: viewport.fit(plane) };
}

/**
 * Move the cursor; the film ends.
 * @param {State} state
 * @param {Place} z
 * @param {number | null} [selected]
 * @returns {Partial<State>}
 */
export function move({ plane }, z, selected = null) {
  if (!plane) return {};
  return { z: inside(plane, z), hover: null, film: null, selected };
}

/**
 * See a place without moving the cursor; null sees the cursor's again.
 * @param {State} state
 * @param {Place | null} place
 * @returns {Partial<State>}
 */
export function hoverAt({ plane, film }, place) {
  if (!plane || film) return {};
  return { hover: place && inside(plane, place) };
}

/**
 * Change one part of how the map is looked at.
 * @param {State} state
 * @param {Partial<ViewParts>} parts
 * @returns {Partial<State>}
 */
export function look({ view, viewport, problems }, parts) {
  const { axes, layer = view.layer } = parts;
  const others = { ...problems };
  delete others[layer]; // a layer that failed is asked for again
  return {
    view: { ...view, ...parts },
    viewport: axes ? viewport.show(axes) : viewport,
    problems: others,
  };
}

/**
 * Put a pin somewhere, or take it away; the paths are to be found anew.
 * @param {State} state
 * @param {{a?: Place | null, b?: Place | null}} pins
 * @returns {Partial<State>}
 */
export function pin({ view }, pins) {
  return { view: { ...view, ...pins }, paths: null, ...stopFilm() };
}

/**
 * @param {State} _state
 * @param {FilmResult} path
 * @param {number} frame
 * @param {Uint8ClampedArray} grey
 * @returns {Partial<State>}
 */
export function playFrame(_state, path, frame, grey) {
  return { film: { path, frame, grey }, hover: path.places[frame] };
}

/** @returns {Partial<State>} */
export function stopFilm() {
  return { film: null, hover: null };
}

/**
 * Take what the server says: its image, and where it has put the cursor, if it has.
 * @param {State} state
 * @param {Exact} exact
 * @param {SelectedDigit | null} digit
 * @returns {Partial<State>}
 */
export function follow(state, exact, digit) {
  const said = { exact, digit };
  if (!state.plane || exact.revision === state.revision) return said;
  const { z, revision } = exact;
  const selected = digit?.index ?? null;
  return { ...said, revision, ...goTo(state, { z, view: readView(exact.view) }), selected };
}

/**
 * Look at a place as an address, or the server, describes it.
 * @param {State} state
 * @param {{z: Place, view: ViewParts}} there
 * @returns {Partial<State>}
 */
export function goTo({ plane, viewport }, { z, view }) {
  if (!plane) return {};
  const within = (/** @type {Place | null} */ place) => place && inside(plane, place);
  return {
    z: inside(plane, z),
    selected: null,
    view: { ...view, a: within(view.a), b: within(view.b), window: null },
    viewport: viewport.show(view.axes, view.window),
    paths: null,
    ...stopFilm(),
  };
}

/**
 * Zoom by a factor about a place on the screen; "fit" shows all there is.
 * @param {State} state
 * @param {number | "fit"} factor
 * @param {Place} [at]  by default where the cursor is
 * @returns {Partial<State>}
 */
export function zoom({ viewport, z }, factor, at) {
  if (factor === "fit") return { viewport: viewport.fitNext() };
  return { viewport: viewport.zoom(factor, at ?? viewport.toScreen(z)) };
}

/**
 * @param {State} state
 * @param {number} right
 * @param {number} down
 * @returns {Partial<State>}
 */
export function pan({ viewport }, right, down) {
  return { viewport: viewport.pan(right, down) };
}

/**
 * Hide a class, or show it again.
 * @param {State} state
 * @param {number} label
 * @returns {Partial<State>}
 */
export function toggleClass({ view }, label) {
  const shown = shownClasses(view);
  const hidden = shown.map((visible, i) => (visible === (i === label) ? i : "")).join("");
  return { view: { ...view, hidden } };
}

// ---- what follows from it ----

/**
 * The place whose image is shown.
 * @param {State} state
 */
export function seenPlace({ hover, z }) {
  return hover ?? z;
}

/**
 * Whether the image shown is PyTorch's own, not the browser's.
 * @param {State} state
 */
export function showsExact({ film, exact, hover, z }) {
  const [x, y] = hover ?? z;
  return film === null && exact !== null && exact.at[0] === x && exact.at[1] === y;
}

/**
 * What the server needs to know to answer a request.
 * @param {State} state
 */
export function circumstances({ view, viewport, z, selected }) {
  const [x, y] = viewport.extent;
  return { view: viewWords(view, viewport), x, y, z, selected };
}

/**
 * Where a browser would find all this again.
 * @param {State} state
 * @param {string} page  its address now
 */
export function addressOf({ plane, z, view, viewport }, page) {
  const address = new URL(page);
  const [z1, z2] = z.map(spellNumber);
  const words = { ckpt: plane?.name ?? "", z1, z2, ...viewWords(view, viewport) };
  address.search = new URLSearchParams(words).toString();
  return address.href;
}
