// Two pins on the map, the two paths between them, and their films.

import { classColour } from "./colour.js";
import { element, find, findAll, pushButton, thumbnail } from "./elements.js";
import { FilmPlayer, nameOf } from "./film.js";
import { withArticle } from "./neighbours.js";
import { EVERY, PIXELS } from "./protocol.js";
import { move, pin, set } from "./state.js";

/**
 * @import { Images } from "./images.js"
 * @import { Plane } from "./plane.js"
 * @import { FilmResult, PathName, PathResult } from "./protocol.js"
 * @import { MapStore, Server, State } from "./state.js"
 * @import { Takeaway } from "./takeaway.js"
 */

/** @type {Record<PathName, string>} */
const TITLES = { straight: "Straight", geodesic: "Shortest in images" };

export class PathPanel {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Server} server
   * @param {Takeaway} takeaway
   * @param {Images} images
   */
  constructor(store, root, server, takeaway, images) {
    this.store = store;
    this.images = images;
    this.server = server;
    this.takeaway = takeaway;
    this.hint = find(root, "#panel-path .hint", HTMLElement);
    this.found = find(root, ".paths", HTMLElement);
    this.parts = findAll(root, ".path", HTMLElement);
    this.clear = find(root, "button[data-pin=clear]", HTMLElement);
    this.selects = findAll(root, "select[data-pin]", HTMLSelectElement);
    this.wanted = ""; // the paths that are shown, or looked for
    this.film = new FilmPlayer(store, root);
    for (const button of findAll(root, "button[data-pin]", HTMLButtonElement)) {
      const name = button.dataset.pin ?? "";
      const pins = () => (name === "clear" ? { a: null, b: null } : { [name]: store.state.z });
      button.onclick = () => store.dispatch(pin, pins());
    }
    for (const select of this.selects) select.onchange = () => this.pinClass(select);
    store.subscribe((state, before) => this.changed(state, before));
  }

  close() {
    this.film.close();
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    const { plane, view, held } = state;
    if (plane && plane !== before.plane) this.offerClasses(plane);
    const wanted = [plane?.key, view.a, view.b].join(" ");
    if (wanted === this.wanted && state.paths === before.paths) return;
    if (wanted !== this.wanted) this.found.dataset.stale = "true";
    if (wanted !== this.wanted && !held) this.seek(wanted);
    else if (state.paths && state.paths !== before.paths) this.showPaths(state.paths);
  }

  /** @param {Plane} plane */
  offerClasses({ islands }) {
    const labels = [...islands.keys()].filter((label) => islands[label].length);
    for (const select of this.selects) {
      const options = labels.map((label) => new Option(`at ${withArticle(label)}`, String(label)));
      select.replaceChildren(new Option("at a digit…", ""), ...options);
    }
  }

  /** @param {HTMLSelectElement} select */
  pinClass(select) {
    const [largest] = this.store.state.plane?.islands[Number(select.value)] ?? [];
    if (select.value !== "" && largest) this.store.dispatch(pin, { [select.dataset.pin ?? ""]: largest });
    select.value = "";
  }

  /** @param {string} wanted */
  async seek(wanted) {
    this.wanted = wanted;
    const { a, b } = this.store.state.view;
    this.clear.hidden = !(a || b);
    this.found.hidden = !(a && b);
    this.found.dataset.stale = "false";
    this.hint.textContent = hint(this.store.state);
    if (!a || !b) return;
    this.say("looking…");
    try {
      const paths = await this.server.get("path");
      if (this.wanted === wanted) this.store.dispatch(set, { paths });
    } catch (error) {
      if (this.wanted === wanted) this.say(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} words */
  say(words) {
    for (const part of this.parts) {
      part.replaceChildren(element("p", `${TITLES[nameOf(part)]}: ${words}`));
    }
  }

  /** @param {PathResult} paths */
  async showPaths(paths) {
    for (const part of this.parts) {
      const path = paths[nameOf(part)];
      if (!path) continue; // there is no server to find it
      try {
        const images = await this.images.all(path.places);
        if (paths === this.store.state.paths) this.showPath(part, nameOf(part), path, images);
      } catch (error) {
        if (paths === this.store.state.paths) this.say(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /**
   * @param {HTMLElement} part
   * @param {PathName} name
   * @param {FilmResult} path
   * @param {Uint8ClampedArray} images
   */
  showPath(part, name, path, images) {
    const frames = path.places.map((_, i) => images.subarray(i * PIXELS, (i + 1) * PIXELS));
    const title = TITLES[name];
    const play = pushButton("Play", `Play the film along: ${title}`, () => this.film.play(path, frames));
    play.dataset.play = name;
    const gif = pushButton("GIF", `Download the film along: ${title}`, () =>
      this.takeaway.save(gif, { of: "gif", path: name }),
    );
    const length = element("output", path.length.toFixed(1));
    gif.dataset.file = "gif";
    length.title = "The distances between decoded images along the path, added up";
    const stroke = element("i");
    stroke.className = "line";
    const line = element("p");
    line.append(stroke, element("b", title), length, play, gif);
    const strip = element("div");
    strip.className = "strip";
    strip.append(...frames.flatMap((grey, i) => (i % EVERY ? [] : [this.tile(grey, path, i)])));
    part.replaceChildren(line, strip);
  }

  /**
   * @param {Uint8ClampedArray} grey
   * @param {FilmResult} path
   * @param {number} i
   */
  tile(grey, { places, classes, shares }, i) {
    const share = `${Math.round(100 * shares[i])}%`;
    const words = `Frame ${i + 1}, most like ${withArticle(classes[i])}, ${share} of neighbours`;
    const button = thumbnail(grey, words, () => this.store.dispatch(move, places[i]));
    const label = element("small", String(classes[i]));
    label.style.borderColor = classColour(classes[i]);
    button.append(label);
    return button;
  }
}

/** @param {State} state */
function hint({ view: { a, b } }) {
  if (a && b && String(a) === String(b)) {
    return "A and B are at the same place: drag one of them elsewhere.";
  }
  if (a && b) return "The length of a path is how much the image changes along it.";
  if (a || b) return `Now pin ${a ? "B" : "A"}.`;
  return "Two pins make a path: what lies between two digits? Pins can be dragged.";
}
