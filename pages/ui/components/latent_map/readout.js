// Beside the map: the sliders, what the place is like, what is near, and whether the image is exact.

import { element, find, findAll } from "./elements.js";
import { countNear, describePlace, likeness } from "./neighbours.js";
import { NEAR } from "./protocol.js";
import { seenPlace, showsExact } from "./state.js";
import { AXES } from "./viewport.js";

/**
 * @import { Atlas } from "./atlas.js"
 * @import { Place } from "./protocol.js"
 * @import { MapStore, State } from "./state.js"
 */

const SPEECH_MS = 700; // without a movement, after which the place is said

export class Readout {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   */
  constructor(store, root) {
    this.sliders = findAll(root, ".sliders input", HTMLInputElement);
    this.outputs = findAll(root, ".sliders output", HTMLOutputElement);
    this.headline = find(root, ".like", HTMLElement);
    this.near = find(root, ".near", HTMLElement);
    this.detail = find(this.near, "p", HTMLElement);
    this.bars = find(root, ".bars", HTMLElement);
    this.exact = find(root, ".exact", HTMLElement);
    this.certified = find(this.exact, "span", HTMLElement);
    this.spoken = find(root, ".spoken", HTMLElement);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.speech = undefined;
    store.subscribe(({ atlas, viewport }, before) => {
      if (!atlas) return;
      if (atlas !== before.atlas) this.buildBars(atlas);
      if (atlas !== before.atlas || viewport.axes !== before.viewport.axes) this.bound(atlas, viewport.axes);
    });
  }

  close() {
    clearTimeout(this.speech);
  }

  /** @param {Atlas} atlas */
  buildBars({ colours }) {
    const bars = colours.map((colour, label) => {
      const bar = element("span");
      const fill = element("i");
      fill.style.background = colour;
      bar.append(fill, element("small", String(label)));
      return bar;
    });
    this.bars.replaceChildren(...bars);
    this.fills = findAll(this.bars, "i", HTMLElement);
  }

  /**
   * The sliders reach as far as the map.
   * @param {Atlas} atlas
   * @param {keyof AXES} axes
   */
  bound({ x, y }, axes) {
    const { into } = AXES[axes];
    [x, y].forEach((lines, axis) => {
      this.sliders[axis].min = String(into(Math.floor(lines[0] * 10) / 10));
      this.sliders[axis].max = String(into(Math.ceil(lines[lines.length - 1] * 10) / 10));
    });
  }

  /**
   * @param {State} state
   * @param {Atlas} atlas
   */
  paint(state, atlas) {
    const seen = seenPlace(state);
    const isExact = showsExact(state);
    this.paintSliders(state);
    const counts = countNear(atlas, seen, NEAR);
    const { headline, detail } = describePlace(likeness(atlas, seen), counts, NEAR);
    this.headline.textContent = headline;
    this.detail.textContent = detail;
    this.paintBars(counts);
    this.exact.dataset.on = String(isExact);
    this.certified.textContent = certify(state, isExact);
    this.speakSoon(`${headline}, ${detail}`, state.z);
  }

  /** @param {State} state */
  paintSliders({ z, viewport }) {
    const { into, unit } = AXES[viewport.axes];
    this.sliders.forEach((slider, axis) => {
      const value = into(z[axis]);
      const text = viewport.axes === "z" ? signed(value) : unit(Number(value.toFixed(3)));
      slider.value = String(value);
      slider.setAttribute("aria-valuetext", text.trim());
      this.outputs[axis].value = text;
    });
  }

  /** @param {number[]} counts */
  paintBars(counts) {
    const most = Math.max(...counts, 1);
    this.fills?.forEach((fill, label) => {
      fill.style.height = `${(100 * counts[label]) / most}%`;
      if (fill.parentElement) fill.parentElement.dataset.none = String(counts[label] === 0);
    });
  }

  /**
   * @param {string} words
   * @param {Place} z
   */
  speakSoon(words, [z1, z2]) {
    clearTimeout(this.speech);
    const spoken = `${words}, z1 ${z1.toFixed(2)}, z2 ${z2.toFixed(2)}`;
    this.speech = setTimeout(() => (this.spoken.textContent = spoken), SPEECH_MS);
  }
}

/**
 * Where the image comes from.
 * @param {State} state
 * @param {boolean} isExact
 */
function certify({ film, hover, exact }, isExact) {
  if (film) return "exact frames of the path";
  const at = hover?.map((v) => signed(v).trim()).join(", ");
  if (!isExact || !exact) return at ? `pointer at ${at} · preview` : "preview from the atlas";
  return at ? `pointer at ${at} · exact` : `${exact.device} · exact decode ${exact.ms.toFixed(1)} ms`;
}

/** @param {number} value */
function signed(value) {
  return (value < 0 ? "−" : " ") + Math.abs(value).toFixed(2);
}
