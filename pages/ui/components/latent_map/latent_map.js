// The map, the hand on it, its sliders and the image under it: one z, moved from anywhere.
//
// The browser paints the blended atlas at every frame. The exact image comes from the server a
// moment later, through the bridge, and replaces it if the hand is still there.

const post = (globalThis[Symbol.for("latent-atlas")] ??= {});
const instruments = new WeakMap(); // parentElement -> Instrument: called again on every rerun

const STEP = 0.05; // prior deviations for an arrow key
const NEAR = 0.1; // prior deviations: test digits within this distance are near
const PACE = 250; // ms between two questions to the server while dragging: the preview is close enough
const PATIENCE = 1500; // ms after which an unanswered question no longer holds up the next
const REST = 900; // ms without a movement after which the place is worth keeping in the address
const CLICK = 5; // CSS pixels a finger may slip and still have clicked
const REACH = 9; // CSS pixels around a point that belong to it
const NARROW = 680; // CSS pixels of the page below which contours are easier to read than points

export default function ({ parentElement, data }) {
  let instrument = instruments.get(parentElement);
  if (!instrument) {
    instrument = new Instrument(parentElement);
    instruments.set(parentElement, instrument);
  }
  instrument.load(data);
  // Streamlit may also call this while the map stays; only one that left the page is closed.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      instruments.delete(parentElement);
      instrument.close();
    });
}

class Instrument {
  constructor(root) {
    this.root = root;
    const find = (selector) => root.querySelector(selector);
    this.map = find(".map");
    this.plane = new Plane(find(".points"));
    this.layers = new Layers(find(".layer"));
    this.top = find(".hand");
    this.image = find(".image");
    this.sliders = [...root.querySelectorAll(".sliders input")];
    this.shown = new Array(10).fill(true);
    this.z = [0, 0];
    this.look = null; // where the pointer hovers, or a film is; the hand stays
    this.view = usualView();
    this.samples = [];
    this.number = 0; // of the last question
    this.order = null; // of the server's last order to put the hand somewhere; null before the first
    this.asked = 0; // when it was asked; 0 once it is answered
    this.chosen = null;
    this.exact = null; // the last exact answer
    this.grey = new Uint8ClampedArray(PIXELS);
    this.fingers = new Map();
    this.left = new AbortController(); // ends all listeners at once
    this.requests = new Requests(() => this.ask(true));
    this.controls = new Controls(this);
    this.tools = new Tools(this);
    this.paths = new Paths(this, this.tools);
    this.sampler = new Samples(this, this.tools);
    this.listen();
    this.arrived = () => this.arrive(post.answer);
    post.arrived = this.arrived;
  }

  on(target, name, act) {
    target.addEventListener(name, act, { signal: this.left.signal, passive: false });
  }

  close() {
    this.left.abort();
    this.bytes = undefined;
    this.watcher.disconnect();
    this.requests.close();
    this.paths.stop();
    this.tools.close();
    [this.later, this.rest, this.speech, this.costing].forEach(clearTimeout);
    [this.frame, this.redrawing].forEach((id) => cancelAnimationFrame(id));
    this.atlas = undefined;
    if (post.arrived === this.arrived) post.arrived = undefined;
  }

  async load(bytes) {
    if (this.bytes === bytes || !bytes) return;
    this.bytes = bytes;
    const atlas = await unpackAtlas(bytes);
    if (this.bytes !== bytes || this.atlas?.key === atlas.key) return;
    this.atlas = atlas;
    this.layers.known = {};
    this.plane.fit(atlas);
    this.root.querySelector(".waiting").hidden = true;
    this.drawLegend();
    this.exact = null;
    this.controls.load();
    this.tools.load();
    this.paths.load();
    this.sampler.load();
    this.resize();
    if (post.answer) this.arrive(post.answer);
  }

  // ---- what a person does ----

  listen() {
    const { map } = this;
    const on = (target, name, act) => this.on(target, name, act);
    on(map, "pointerdown", (event) => this.press(event));
    on(map, "pointermove", (event) => this.drag(event));
    on(map, "pointerup", (event) => this.lift(event, true));
    on(map, "pointercancel", (event) => this.lift(event, false));
    on(map, "lostpointercapture", (event) => this.lift(event, false));
    on(map, "pointerleave", () => this.lookAt(null));
    on(map, "wheel", (event) => this.wheel(event));
    on(map, "keydown", (event) => this.key(event));
    on(map, "keyup", (event) => event.key.startsWith("Arrow") && this.ask(true));
    on(map, "contextmenu", (event) => event.preventDefault());
    this.sliders.forEach((slider, axis) => {
      on(slider, "input", () => this.slide(axis, slider.valueAsNumber));
      on(slider, "change", () => this.ask(true));
      on(slider, "keydown", (event) => this.key(event, axis));
      on(slider, "keyup", (event) => event.key.startsWith("Arrow") && this.ask(true));
    });
    for (const button of this.root.querySelectorAll("[data-zoom]")) {
      on(button, "click", () => this.zoom(button.dataset.zoom));
      // A press on a button is not a press on the map under it.
      on(button, "pointerdown", (event) => event.stopPropagation());
    }
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(map);
    const themes = matchMedia("(prefers-color-scheme: dark)");
    on(themes, "change", () => setTimeout(() => this.resize(), 50));
  }

  place(event) {
    const box = this.map.getBoundingClientRect();
    return [event.clientX - box.left - 1, event.clientY - box.top - 1]; // inside the border
  }

  press(event) {
    if (!this.atlas) return;
    this.map.setPointerCapture(event.pointerId);
    if (this.fingers.size === 0) this.before = this.z;
    this.fingers.set(event.pointerId, this.place(event));
    const pans = event.shiftKey || event.button > 0;
    this.pressed = this.place(event);
    this.slipped = false;
    this.look = null;
    if (this.gesture === "pin" && this.pin) this.paths.findWays(); // a second finger ends the drag
    this.pin = this.paths.pinAt(this.pressed);
    if (this.fingers.size > 1) this.gesture = "pinch";
    else if (pans) this.gesture = "pan";
    else this.gesture = this.pin ? "pin" : "move";
    if (this.gesture === "move") this.moveTo(this.plane.toPlane(this.pressed));
    if (this.gesture === "pinch") this.moveTo(this.before); // the first finger meant no place
  }

  drag(event) {
    const now = this.place(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse" && this.atlas) this.lookAt(this.plane.toPlane(now));
      return;
    }
    this.slipped ||= Math.hypot(now[0] - this.pressed[0], now[1] - this.pressed[1]) > CLICK;
    if (this.gesture === "move") this.moveTo(this.plane.toPlane(now));
    if (this.gesture === "pin" && this.slipped) {
      this.paths.drag(this.pin, this.inside(this.plane.toPlane(now)));
    }
    if (this.gesture === "pan") this.plane.pan(now[0] - before[0], now[1] - before[1]);
    if (this.gesture === "pinch") this.pinch(event.pointerId, before, now);
    this.fingers.set(event.pointerId, now);
    if (this.gesture === "pan" || this.gesture === "pinch") this.seeElsewhere();
  }

  pinch(id, before, now) {
    const other = [...this.fingers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const apart = (a) => Math.max(20, Math.hypot(a[0] - other[0], a[1] - other[1]));
    this.plane.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    this.plane.zoom(apart(before) / apart(now), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
  }

  lift(event, meant) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size > 0) return;
    const { gesture } = this;
    this.gesture = null;
    if (gesture === "move" && meant && !this.slipped) this.click(this.pressed);
    if (gesture === "pin") this.paths.drop(this.pin, this.slipped);
    if (gesture === "move" || gesture === "pinch" || gesture === "pan") this.ask(true);
  }

  click(at) {
    if (this.topShown === "points") {
      const [index, distance] = this.plane.nearest(at, this.atlas, this.shown);
      if (index >= 0 && distance <= REACH) {
        this.choose(index);
        return;
      }
    }
    if (this.view.layer === "images") this.moveTo(this.tileAt(at));
  }

  choose(index) {
    this.moveTo([...this.atlas.points.subarray(2 * index, 2 * index + 2)]);
    this.chosen = index;
  }

  tileAt(at) {
    const [xs, ys] = tileMiddles(this.plane, this.view.tiles);
    const [[left, right], [bottom, top]] = this.plane.extent;
    const [x, y] = this.plane.toUnits(at);
    const index = (part) => Math.min(Math.max(Math.floor(part * xs.length), 0), xs.length - 1);
    return [xs[index((x - left) / (right - left))], ys[index((top - y) / (top - bottom))]];
  }

  wheel(event) {
    event.preventDefault();
    this.plane.zoom(Math.exp(event.deltaY * 0.0015), this.place(event));
    this.seeElsewhere();
  }

  zoom(factor) {
    if (factor === "fit") this.plane.fitNext();
    else this.plane.zoom(Number(factor), this.plane.toScreen(this.z));
    this.seeElsewhere();
  }

  // What is seen of the plane has changed.
  seeElsewhere() {
    this.redraw();
    this.ask(false);
  }

  key(event, axis) {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
    const zooms = { "+": "0.7", "=": "0.7", "-": "1.4286", 0: "fit" };
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const pin = { a: "a", b: "b" }[event.key.toLowerCase()];
    if (axis === undefined && event.key in zooms) this.zoom(zooms[event.key]);
    else if (event.key in moves) this.step(moves[event.key], event.shiftKey, axis);
    else if (axis === undefined && pin) this.paths.pinHere(pin);
    else return;
    event.preventDefault();
  }

  step([right, up], big, axis) {
    const size = STEP * (big ? 5 : 1);
    const [x, y] = this.z;
    const along = right + up;
    if (axis === 0) this.moveTo([x + along * size, y]);
    else if (axis === 1) this.moveTo([x, y + along * size]);
    else this.moveTo([x + right * size, y + up * size]);
  }

  slide(axis, value) {
    if (Number.isNaN(value)) return;
    const z = [...this.z];
    z[axis] = AXES[this.plane.axes].back(value);
    this.moveTo(z);
  }

  // ---- the one z ----

  inside(z) {
    const clamp = (value, lines) => Math.min(Math.max(value, lines[0]), lines.at(-1));
    return [clamp(z[0], this.atlas.x), clamp(z[1], this.atlas.y)];
  }

  moveTo(z) {
    if (!this.atlas) return;
    this.paths.stop();
    this.z = this.inside(z);
    this.look = null;
    this.chosen = null;
    this.paintSoon();
    this.ask(false);
  }

  // See a place without moving the hand; null sees the hand's again.
  lookAt(z) {
    if (!this.atlas || this.paths.playing || (z === null && this.look === null)) return;
    this.look = z && this.inside(z);
    this.paintSoon();
    this.ask(false);
  }

  paintSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { atlas, exact, theme } = this;
    if (!atlas || !theme) return;
    const seen = this.look ?? this.z;
    const film = this.paths.playing;
    const isExact = Boolean(film) || (exact !== null && exact.at[0] === seen[0] && exact.at[1] === seen[1]);
    if (film) this.grey.set(film.grey);
    else if (isExact) this.grey.set(exact.grey);
    else blend(atlas, seen, this.grey);
    paintGrey(this.image, this.grey);
    this.image.dataset.z = seen.join(",");
    this.image.dataset.exact = isExact;
    drawMarks(this.top.getContext("2d"), this.plane, this.marks, theme);
    // On a phone the image floats over the map: keep it away from the hand.
    const [left, top] = this.plane.toScreen(seen);
    const under = top < this.plane.side * 0.4;
    if (under && left > this.plane.side * 0.58) this.image.dataset.side = "left";
    if (under && left < this.plane.side * 0.42) this.image.dataset.side = "right";
    this.write(seen, isExact);
  }

  get marks() {
    const { z, look, view, samples } = this;
    const { a, b } = view;
    return { z, look, a, b, samples, cell: this.tools.cell, ways: this.paths.ways };
  }

  write(seen, isExact) {
    const { z, root, exact, atlas } = this;
    const { into, unit } = AXES[this.plane.axes];
    this.sliders.forEach((slider, axis) => {
      slider.value = into(z[axis]);
      const text = this.plane.axes === "z" ? signed(z[axis]) : unit(round(into(z[axis]), 3));
      slider.setAttribute("aria-valuetext", text.trim());
      slider.nextElementSibling.value = text;
    });
    const [label, share, asked] = likeness(atlas, seen);
    const like = `most like a ${label}`;
    const certainty = `${Math.round(share * 100)}% of the ${asked} nearest`;
    root.querySelector(".like").textContent = `${like}, ${certainty}`;
    const near = this.controls.writeNear(near10(atlas, seen, NEAR));
    const current = isExact && !this.paths.playing && exact?.view.layer === this.view.layer;
    this.controls.writeKey(seen, current ? exact.value : null);
    const line = root.querySelector(".exact");
    line.dataset.on = isExact;
    line.lastElementChild.textContent = this.certify(isExact);
    const chosen = root.querySelector(".chosen");
    chosen.hidden = this.chosen === null || exact?.chosen?.index !== this.chosen;
    this.tools.write();
    clearTimeout(this.speech);
    const words = `${like}, ${certainty}, ${near}, z1 ${z[0].toFixed(2)}, z2 ${z[1].toFixed(2)}`;
    this.speech = setTimeout(() => (root.querySelector(".spoken").textContent = words), 700);
  }

  certify(isExact) {
    if (this.paths.playing) return "exact frames of the path";
    const at = this.look?.map((v) => signed(v).trim()).join(", ");
    if (!isExact) return at ? `pointer at ${at} · preview` : "preview from the atlas";
    const { device, ms } = this.exact;
    return at ? `pointer at ${at} · exact` : `${device} · exact decode ${ms.toFixed(1)} ms`;
  }

  // ---- the server ----

  // At most one question under way while dragging; the last one, after letting go, goes at once.
  ask(letGo) {
    if (this.left.signal.aborted) return;
    clearTimeout(this.later);
    clearTimeout(this.rest);
    const now = performance.now();
    const busy = this.asked && now - this.asked < PATIENCE;
    if (!letGo && (busy || now - (this.paced ?? 0) < PACE)) {
      this.later = setTimeout(() => this.ask(false), PACE / 2);
      return;
    }
    this.tell(false);
    this.rest = setTimeout(() => this.tell(true), REST);
  }

  tell(settled) {
    if (this.left.signal.aborted) return;
    if (!this.atlas || this.fingers.size > 0) settled = false;
    this.number += 1;
    this.asked = this.paced = performance.now();
    const { number, order, z, look, chosen } = this;
    const view = viewWords(this.view, this.plane);
    post.send?.({ number, order, z, look, chosen, view, request: this.requests.current, settled });
  }

  arrive(answer) {
    if (!answer || !this.atlas || answer.key !== this.atlas.key) return;
    if (answer.number >= this.number) this.asked = 0;
    const grey = fromBase64(answer.image);
    this.exact = { ...answer, grey };
    // The server puts the hand somewhere: the page has opened, the address or the model changed.
    if (answer.order !== this.order) {
      this.order = answer.order;
      this.number = Math.max(this.number, answer.number);
      this.z = [...answer.z];
      this.look = null;
      this.chosen = answer.chosen?.index ?? null;
      clearTimeout(this.later);
      clearTimeout(this.rest);
      this.showView(readView(answer.view));
    }
    if (answer.chosen) this.describe(answer.chosen);
    this.requests.arrive(answer.result);
    this.paintSoon();
  }

  describe({ index, original, reconstruction, words, pending }) {
    const [before, after, text] = this.root.querySelector(".chosen").children;
    before.hidden = !original;
    if (original) paintGrey(before, fromBase64(original));
    paintGrey(after, fromBase64(reconstruction));
    text.replaceChildren(...words.map((line) => element("p", line)));
    clearTimeout(this.costing);
    if (pending && index === this.chosen) this.costing = setTimeout(() => this.ask(true), 500);
  }

  // ---- the view ----

  get topShown() {
    return this.view.top ?? (this.root.querySelector(".page").clientWidth < NARROW ? "contours" : "points");
  }

  // Take a whole view: from the address, or from the server.
  showView(view) {
    const pin = (place) => place && this.inside(place);
    this.view = { ...view, a: pin(view.a), b: pin(view.b) };
    this.plane.show(view.axes);
    if (view.window) {
      const [x, y, half] = view.window;
      this.plane.view = { x, y, half: this.plane.possible(half) };
    }
    this.controls.load();
    this.paths.findWays();
    this.redraw();
  }

  // What the server needs to know of it to answer a request, as it is now.
  get circumstances() {
    const [x, y] = this.plane.extent;
    return { view: viewWords(this.view, this.plane), x, y, z: this.z, chosen: this.chosen };
  }

  // Where a browser would find all this again.
  get address() {
    const address = new URL(location.href);
    const [z1, z2] = this.z.map((v) => String(Number(v.toFixed(4))));
    const words = { ckpt: this.atlas.name, z1, z2, ...viewWords(this.view, this.plane) };
    address.search = new URLSearchParams(words);
    return address.href;
  }

  // Change one thing about it.
  change(part, value) {
    this.view = { ...this.view, [part]: value };
    if (part === "axes") this.plane.show(value);
    this.controls.load();
    this.redraw();
    this.ask(true);
  }

  // ---- drawing ----

  resize() {
    const side = this.map.clientWidth;
    if (!side) return;
    this.plane.resize(side);
    this.layers.resize(side);
    const density = globalThis.devicePixelRatio || 1;
    this.top.width = this.top.height = Math.round(side * density);
    this.top.getContext("2d").setTransform(density, 0, 0, density, 0, 0);
    const style = getComputedStyle(this.map);
    const value = (name) => style.getPropertyValue(name).trim();
    const faded = (part) => `color-mix(in srgb, ${value("--st-text-color")} ${part}%, transparent)`;
    this.theme = {
      text: value("--st-text-color"),
      background: value("--st-secondary-background-color"),
      accent: value("--st-primary-color"),
      faint: faded(22),
      quiet: faded(80),
      font: value("--st-font") || "sans-serif",
    };
    this.controls.load();
    this.redraw();
  }

  redraw() {
    if (!this.atlas || !this.theme) return;
    this.redrawing ??= requestAnimationFrame(() => {
      this.redrawing = null;
      const { layer, tiles } = this.view;
      this.layers.draw(layer, this.plane, this.atlas, tiles, this.theme);
      this.plane.draw(this.atlas, this.topShown, this.shown, this.theme);
      this.map.dataset.drawn = [layer, this.topShown, this.plane.axes].join(" ");
      this.paint();
    });
  }

  drawLegend() {
    const legend = this.root.querySelector(".legend");
    const buttons = this.atlas.names.map((_, label) => {
      const button = element("button");
      button.type = "button";
      button.setAttribute("aria-pressed", this.shown[label]);
      button.setAttribute("aria-label", `Digit ${label}`);
      const dot = element("i");
      dot.style.background = this.atlas.colours[label];
      button.append(dot, String(label));
      button.onclick = () => {
        this.shown[label] = !this.shown[label];
        button.setAttribute("aria-pressed", this.shown[label]);
        this.redraw();
      };
      return button;
    });
    legend.replaceChildren(...buttons);
  }
}

function signed(value) {
  return (value < 0 ? "−" : " ") + Math.abs(value).toFixed(2);
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function paintGrey(canvas, grey) {
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(28, 28);
  for (let i = 0; i < PIXELS; i++) {
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = grey[i];
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
