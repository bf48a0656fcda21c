// Beside the map: the sliders, what the place is like, what is near, and whether the image is exact.

import { classColour } from "./colour.js";
import { element, find, findAll } from "./elements.js";
import { countNear, describePlace, likeness } from "./neighbours.js";
import { FURTHEST_APART, NEAR } from "./protocol.js";
import { seenPlace, showsExact } from "./state.js";
import { AXES } from "./viewport.js";

/**
 * @import { Images } from "./images.js"
 * @import { Plane } from "./plane.js"
 * @import { Place } from "./protocol.js"
 * @import { MapStore, State } from "./state.js"
 */

const SPEECH_MS = 700; // without a movement, after which the place is said

export class Readout {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Images} images
   */
  constructor(store, root, images) {
    this.images = images;
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
    store.subscribe(({ plane, viewport }, before) => {
      if (!plane) return;
      if (plane.islands !== before.plane?.islands) this.buildBars(plane);
      if (plane.x !== before.plane?.x || viewport.axes !== before.viewport.axes) this.bound(plane, viewport.axes);
    });
    store.subscribe((state, before) => {
      const { apart, decoder, exact } = state;
      if (apart === before.apart && decoder === before.decoder && exact === before.exact) return;
      const agreed = agreement(state);
      this.exact.title = agreed && `${agreed} ${speed(state, images.pace)}`;
      this.exact.dataset.warn = String(strays(state));
    });
  }

  close() {
    clearTimeout(this.speech);
  }

  /** @param {Plane} plane */
  buildBars({ islands }) {
    const bars = islands.map((_, label) => {
      const bar = element("span");
      const fill = element("i");
      fill.style.background = classColour(label);
      bar.append(fill, element("small", String(label)));
      return bar;
    });
    this.bars.replaceChildren(...bars);
    this.fills = findAll(this.bars, "i", HTMLElement);
  }

  /**
   * The sliders reach as far as the map.
   * @param {Plane} plane
   * @param {keyof AXES} axes
   */
  bound({ x, y }, axes) {
    const { into } = AXES[axes];
    [x, y].forEach(([low, high], axis) => {
      this.sliders[axis].min = String(into(Math.floor(low * 10) / 10));
      this.sliders[axis].max = String(into(Math.ceil(high * 10) / 10));
    });
  }

  /**
   * @param {State} state
   * @param {Plane} plane
   */
  paint(state, plane) {
    const seen = seenPlace(state);
    const isExact = showsExact(state);
    this.paintSliders(state);
    const counts = countNear(plane, seen, NEAR);
    const { headline, detail } = describePlace(likeness(plane, seen), counts, NEAR);
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
 * Whose picture it is.
 * @param {State} state
 * @param {boolean} isExact
 */
function certify(state, isExact) {
  const { film, hover, exact, apart, decoder } = state;
  if (strays(state)) {
    return `This browser's picture is up to ${apart?.most} of 255 off: rest the hand to see PyTorch's.`;
  }
  const at = hover?.map((v) => signed(v).trim()).join(", ");
  const where = film ? "frame of the path" : at && `pointer at ${at}`;
  const before = where ? `${where} · ` : "";
  if (isExact && exact) return `${before}PyTorch's own picture`;
  if (decoder === "browser") return `${before}this browser's picture`;
  return `${before}${decoder === "server" ? "drawn on the server" : "the model is on its way"}`;
}

/**
 * How the browser's image and PyTorch's agree, in a sentence.
 * @param {State} state
 */
function agreement({ decoder, refusal, apart }) {
  if (decoder === "server") return `Pictures are decoded on the server: ${refusal}.`;
  if (!apart) return "";
  return (
    "While the hand moves this browser decodes, and where it rests PyTorch does, on the server. " +
    `There the two differ by ${apart.mean.toFixed(3)} of 255 on average and by ${apart.most} at most.`
  );
}

/**
 * How long a picture takes, in a sentence.
 * @param {State} state
 * @param {number} pace  of this browser, ms per image
 */
function speed({ exact, decoder }, pace) {
  const parts = [
    exact && exact.device && `PyTorch on ${exact.device} took ${exact.ms.toFixed(1)} ms`,
    decoder === "browser" && pace > 0 && `this browser takes ${pace.toFixed(1)} ms`,
  ].filter(Boolean);
  return parts.length ? `For a picture, ${parts.join("; ")}.` : "";
}

/**
 * Whether this browser's images cannot be trusted.
 * @param {State} state
 */
function strays({ decoder, apart }) {
  return decoder === "browser" && apart !== null && apart.most > FURTHEST_APART;
}

/** @param {number} value */
function signed(value) {
  return (value < 0 ? "−" : " ") + Math.abs(value).toFixed(2);
}
