// How the map is looked at, and what the layer on it means.

import { writeTerms } from "../glossary/term.js";
import { themeShades, SHADES } from "./colour.js";
import { brush, find, findAll, setRange, writeBeside } from "./elements.js";
import { LEGENDS, fieldAt, readField } from "./overlays.js";
import { TILES } from "./protocol.js";
import { layerMissing, look, seenPlace, showsExact, topShown } from "./state.js";

/**
 * @import { Field } from "./overlays.js"
 * @import { MapStore, Server, State } from "./state.js"
 */

export class LayerPanel {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Server} server
   */
  constructor(store, root, server) {
    this.store = store;
    this.server = server;
    this.key = find(root, ".key", HTMLElement);
    this.notice = find(root, ".notice", HTMLElement);
    this.words = find(this.key, ".words", HTMLElement);
    this.here = find(this.key, ".ends b", HTMLElement);
    this.retry = find(this.key, ".retry", HTMLElement);
    this.selects = findAll(root, "select[data-view]", HTMLSelectElement);
    this.tiles = find(root, "input[data-view=tiles]", HTMLInputElement);
    this.fetching = new Set(); // layers on their way, by plane and name
    setRange(this.tiles, TILES);
    for (const select of this.selects) {
      select.onchange = () => store.dispatch(look, { [select.dataset.view ?? ""]: select.value });
    }
    this.tiles.oninput = () => store.dispatch(look, { tiles: this.tiles.valueAsNumber });
    this.retry.onclick = () => store.dispatch(look, {});
    store.subscribe((state, before) => this.changed(state, before));
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    const { plane, view, fields, problems, theme, failure, narrow } = state;
    const same =
      plane === before.plane &&
      view === before.view &&
      fields === before.fields &&
      problems === before.problems &&
      state.tiles === before.tiles &&
      theme === before.theme &&
      failure === before.failure &&
      narrow === before.narrow;
    if (same) return;
    this.writeNotice(state);
    if (!plane) return;
    for (const select of this.selects) {
      select.value = { layer: view.layer, top: topShown(state), axes: view.axes }[select.dataset.view ?? ""] ?? "";
    }
    this.writeKey(state);
    if (view.layer !== "images" && layerMissing(state)) this.fetch(plane.key, view.layer);
  }

  /** @param {State} state */
  writeNotice(state) {
    const working = layerMissing(state) ? "Working it out…" : "";
    this.notice.textContent = state.failure || (state.plane ? working : "Loading the map…");
    this.notice.hidden = !this.notice.textContent;
  }

  /**
   * @param {string} key  of the plane
   * @param {State["view"]["layer"]} name
   */
  async fetch(key, name) {
    const mark = `${key} ${name}`;
    if (this.fetching.has(mark)) return;
    this.fetching.add(mark);
    try {
      const field = readField(await this.server.get("layer", { of: name }));
      this.keep(mark, ({ fields }) => ({ fields: { ...fields, [name]: field } }));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.keep(mark, ({ problems }) => ({ problems: { ...problems, [name]: problem } }));
    }
  }

  /**
   * Keep what came of a layer, unless another plane has come meanwhile.
   * @param {string} mark
   * @param {(state: State) => Partial<State>} change
   */
  keep(mark, change) {
    this.fetching.delete(mark);
    const { store } = this;
    if (mark.startsWith(`${store.state.plane?.key} `)) store.dispatch(change);
  }

  /** @param {State} state */
  writeKey(state) {
    const { view, fields, problems, theme } = state;
    const { words, unit } = LEGENDS[view.layer];
    const field = fields[view.layer];
    const problem = problems[view.layer];
    find(this.key, ".tiling", HTMLElement).hidden = view.layer !== "images";
    const scale = find(this.key, ".scale", HTMLElement);
    scale.hidden = !unit;
    scale.dataset.known = String(Boolean(field));
    writeTerms(find(this.key, ".unit", HTMLElement), unit);
    this.tiles.value = String(view.tiles);
    writeBeside(this.tiles, `${view.tiles}×${view.tiles}`);
    const purity = field?.purity;
    const pure = purity ? ` On average over the test digits ${Math.round(100 * purity)}% do.` : "";
    writeTerms(this.words, problem ?? (unit && !field ? "Computing these colours…" : words + pure));
    this.retry.hidden = !problem;
    if (!field || !theme) return;
    this.writeEnds(field, LEGENDS[view.layer]);
    const context = brush(find(this.key, ".ramp", HTMLCanvasElement));
    context.putImageData(new ImageData(themeShades(theme), SHADES, 1), 0, 0);
  }

  /**
   * @param {Field} field
   * @param {typeof LEGENDS["density"]} legend
   */
  writeEnds({ classes, low, high }, { times, digits }) {
    const [from, to] = findAll(this.key, ".ends span", HTMLElement);
    const about = (/** @type {string} */ sign, /** @type {number} */ value) =>
      `${sign}${(value * times).toFixed(digits)}`;
    from.textContent = classes ? "0%" : about("≤ ", low);
    to.textContent = classes ? "100%" : about("≥ ", high);
  }

  /**
   * The layer's value: exact where the server has said it, or else between the grid's.
   * @param {State} state
   */
  paint(state) {
    const { view, fields, exact, film } = state;
    const { times, digits, unit, sign } = LEGENDS[view.layer];
    if (!unit) return;
    const current = showsExact(state) && !film && exact?.view.layer === view.layer;
    const said = current ? exact.value : null;
    const field = fields[view.layer];
    const value = said ?? (field ? fieldAt(field, seenPlace(state)) : null);
    const sure = said === null ? "≈ " : "";
    this.here.textContent = value === null ? "" : `here ${sure}${(value * times).toFixed(digits)}${sign}`;
  }
}
