// The map, the hand on it, its sliders and the image under it: one z, moved from anywhere.
//
// The browser paints the blended atlas at every frame. The exact image comes from the server a
// moment later, through the courier, and replaces it if the hand is still there.

const post = (globalThis[Symbol.for("latent-atlas")] ??= {});
const instruments = new WeakMap(); // parentElement -> Instrument: called again on every rerun

const STEP = 0.05; // prior deviations for an arrow key
const PACE = 250; // ms between two questions to the server while dragging: the preview is close enough
const PATIENCE = 1500; // ms after which an unanswered question no longer holds up the next
const REST = 900; // ms without a movement after which the place is worth keeping in the address
const CLICK = 5; // CSS pixels a finger may slip and still have clicked
const REACH = 9; // CSS pixels around a point that belong to it

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
    this.top = find(".hand");
    this.image = find(".image");
    this.sliders = [...root.querySelectorAll("input[type=range]")];
    this.shown = new Array(10).fill(true);
    this.z = [0, 0];
    this.number = 0; // of the last question
    this.order = null; // of the server's last order to put the hand somewhere; null before the first
    this.asked = 0; // when it was asked; 0 once it is answered
    this.chosen = null;
    this.exact = null; // the last exact answer
    this.grey = new Uint8ClampedArray(PIXELS);
    this.fingers = new Map();
    this.listen();
    this.arrived = () => this.arrive(post.answer);
    post.arrived = this.arrived;
  }

  close() {
    this.left.abort();
    this.watcher.disconnect();
    [this.later, this.rest, this.speech].forEach(clearTimeout);
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
    this.plane.fit(atlas.points);
    this.root.querySelector(".waiting").hidden = true;
    this.drawLegend();
    [atlas.x, atlas.y].forEach((lines, axis) => {
      this.sliders[axis].min = Math.floor(lines[0] * 10) / 10;
      this.sliders[axis].max = Math.ceil(lines.at(-1) * 10) / 10;
    });
    this.exact = null;
    this.resize();
    if (post.answer) this.arrive(post.answer);
  }

  // ---- what a person does ----

  listen() {
    const { map } = this;
    this.left = new AbortController(); // ends all of these at once
    const { signal } = this.left;
    const on = (target, name, act) => target.addEventListener(name, act, { signal, passive: false });
    on(map, "pointerdown", (event) => this.press(event));
    on(map, "pointermove", (event) => this.drag(event));
    on(map, "pointerup", (event) => this.lift(event, true));
    on(map, "pointercancel", (event) => this.lift(event, false));
    on(map, "lostpointercapture", (event) => this.lift(event, false));
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
    this.gesture = this.fingers.size > 1 ? "pinch" : pans ? "pan" : "move";
    this.pressed = this.place(event);
    this.slipped = false;
    if (this.gesture === "move") this.moveTo(this.plane.toPlane(this.pressed));
    if (this.gesture === "pinch") this.moveTo(this.before); // the first finger meant no place
  }

  drag(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.place(event);
    this.slipped ||= Math.hypot(now[0] - this.pressed[0], now[1] - this.pressed[1]) > CLICK;
    if (this.gesture === "move") this.moveTo(this.plane.toPlane(now));
    if (this.gesture === "pan") this.plane.pan(now[0] - before[0], now[1] - before[1]);
    if (this.gesture === "pinch") this.pinch(event.pointerId, before, now);
    this.fingers.set(event.pointerId, now);
    if (this.gesture !== "move") this.redraw();
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
    if (this.gesture === "move" && meant && !this.slipped) this.click(this.pressed);
    if (this.gesture === "move" || this.gesture === "pinch") this.ask(true);
    this.gesture = null;
  }

  click(at) {
    const [index, distance] = nearest(this.atlas, this.plane.toPlane(at), this.shown);
    if (index < 0 || distance * this.plane.scale > REACH) return;
    this.moveTo([...this.atlas.points.subarray(2 * index, 2 * index + 2)]);
    this.chosen = index;
  }

  wheel(event) {
    event.preventDefault();
    this.plane.zoom(Math.exp(event.deltaY * 0.0015), this.place(event));
    this.redraw();
  }

  zoom(factor) {
    if (factor === "fit") this.plane.view = { ...this.plane.home };
    else this.plane.zoom(Number(factor), this.plane.toScreen(this.z));
    this.redraw();
  }

  key(event, axis) {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
    const zooms = { "+": "0.7", "=": "0.7", "-": "1.4286", 0: "fit" };
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (axis === undefined && event.key in zooms) this.zoom(zooms[event.key]);
    else if (event.key in moves) this.step(moves[event.key], event.shiftKey, axis);
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
    const z = [...this.z];
    z[axis] = value;
    if (!Number.isNaN(value)) this.moveTo(z);
  }

  // ---- the one z ----

  moveTo(z) {
    if (!this.atlas) return;
    const clamp = (value, lines) => Math.min(Math.max(value, lines[0]), lines.at(-1));
    this.z = [clamp(z[0], this.atlas.x), clamp(z[1], this.atlas.y)];
    this.chosen = null;
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
    const { atlas, z, exact } = this;
    if (!atlas) return;
    const isExact = exact !== null && exact.z[0] === z[0] && exact.z[1] === z[1];
    if (isExact) this.grey.set(exact.grey);
    else blend(atlas, z, this.grey);
    paintGrey(this.image, this.grey);
    this.image.dataset.z = z.join(",");
    this.image.dataset.exact = isExact;
    drawHand(this.top.getContext("2d"), this.plane.side, this.plane.toScreen(z), this.theme);
    // On a phone the image floats over the map: keep it away from the hand.
    const [left, top] = this.plane.toScreen(z);
    const under = top < this.plane.side * 0.4;
    if (under && left > this.plane.side * 0.58) this.image.dataset.side = "left";
    if (under && left < this.plane.side * 0.42) this.image.dataset.side = "right";
    this.write(isExact);
  }

  write(isExact) {
    const { z, root, exact } = this;
    this.sliders.forEach((slider, axis) => {
      slider.value = z[axis];
      slider.setAttribute("aria-valuetext", z[axis].toFixed(2));
      slider.nextElementSibling.value = signed(z[axis]);
    });
    const [label, share] = likeness(this.atlas, z);
    const like = `most like a ${label}`;
    root.querySelector(".like").textContent = `${like}, ${Math.round(share * 100)}% of neighbours`;
    const line = root.querySelector(".exact");
    line.dataset.on = isExact;
    line.lastElementChild.textContent = isExact
      ? `${exact.device} · exact decode ${exact.ms.toFixed(1)} ms`
      : "preview from the atlas";
    const chosen = root.querySelector(".chosen");
    chosen.hidden = this.chosen === null || exact?.chosen?.index !== this.chosen;
    clearTimeout(this.speech);
    const words = `${like}, z1 ${z[0].toFixed(2)}, z2 ${z[1].toFixed(2)}`;
    this.speech = setTimeout(() => (root.querySelector(".spoken").textContent = words), 700);
  }

  // ---- the server ----

  // At most one question under way while dragging; the last one, after letting go, goes at once.
  ask(letGo) {
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
    if (!this.atlas || this.fingers.size > 0) settled = false;
    this.number += 1;
    this.asked = this.paced = performance.now();
    const { number, order, z, chosen } = this;
    post.send?.({ number, order, z, chosen, settled });
  }

  arrive(answer) {
    if (!answer || !this.atlas || answer.key !== this.atlas.key) return;
    if (answer.number >= this.number) this.asked = 0;
    const grey = Uint8Array.from(atob(answer.image), (c) => c.charCodeAt(0));
    this.exact = { ...answer, grey };
    // The server puts the hand somewhere: the page has opened, the address or the model changed.
    if (answer.order !== this.order) {
      this.order = answer.order;
      this.number = Math.max(this.number, answer.number);
      this.z = [...answer.z];
      this.chosen = answer.chosen?.index ?? null;
      clearTimeout(this.later);
      clearTimeout(this.rest);
    }
    if (answer.chosen) this.describe(answer.chosen);
    this.paintSoon();
  }

  describe({ label, index, original, words }) {
    const [canvas, text] = this.root.querySelector(".chosen").children;
    canvas.hidden = !original;
    if (original) paintGrey(canvas, Uint8Array.from(atob(original), (c) => c.charCodeAt(0)));
    text.textContent = words;
  }

  // ---- drawing ----

  resize() {
    const side = this.map.clientWidth;
    if (!side) return;
    this.plane.resize(side);
    const density = globalThis.devicePixelRatio || 1;
    this.top.width = this.top.height = Math.round(side * density);
    this.top.getContext("2d").setTransform(density, 0, 0, density, 0, 0);
    const style = getComputedStyle(this.map);
    const value = (name) => style.getPropertyValue(name).trim();
    this.theme = {
      text: value("--st-text-color"),
      background: value("--st-secondary-background-color"),
      accent: value("--st-primary-color"),
      faint: `color-mix(in srgb, ${value("--st-text-color")} 22%, transparent)`,
      font: value("--st-font") || "sans-serif",
    };
    this.redraw();
  }

  redraw() {
    if (!this.atlas || !this.theme) return;
    this.redrawing ??= requestAnimationFrame(() => {
      this.redrawing = null;
      this.plane.draw(this.atlas, this.shown, this.theme);
      this.paint();
    });
  }

  drawLegend() {
    const legend = this.root.querySelector(".legend");
    const buttons = this.atlas.names.map((_, label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", this.shown[label]);
      button.setAttribute("aria-label", `Digit ${label}`);
      const dot = document.createElement("i");
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

function paintGrey(canvas, grey) {
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(28, 28);
  for (let i = 0; i < PIXELS; i++) {
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = grey[i];
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
