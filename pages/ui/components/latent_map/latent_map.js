// The map, the hand on it, its sliders and the image under it: one z, moved from anywhere.
//
// The browser paints the blended atlas at every frame. The exact image comes from the server a
// moment later, through the courier, and replaces it if the hand is still there.

const post = (globalThis[Symbol.for("latent-atlas")] ??= {});
const instruments = new WeakMap(); // parentElement -> Instrument: called again on every rerun

const STEP = 0.05; // prior deviations for an arrow key
const PACE = 250; // ms between two questions to the server while dragging: the preview is close enough
const PATIENCE = 1500; // ms after which an unanswered question no longer holds up the next
const CLICK = 5; // CSS pixels a finger may slip and still have clicked
const REACH = 9; // CSS pixels around a point that belong to it

export default function ({ parentElement, data }) {
  let instrument = instruments.get(parentElement);
  if (!instrument) {
    instrument = new Instrument(parentElement);
    instruments.set(parentElement, instrument);
  }
  instrument.load(data);
  return () => {
    instruments.delete(parentElement);
    instrument.close();
  };
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
    this.asked = 0; // when it was asked; 0 once it is answered
    this.chosen = null;
    this.exact = null; // the last exact answer
    this.grey = new Uint8ClampedArray(PIXELS);
    this.fingers = new Map();
    this.listen();
    post.arrived = () => this.arrive(post.answer);
  }

  close() {
    this.watcher.disconnect();
    this.themes.removeEventListener("change", this.retheme);
    if (post.instrument === this) post.arrived = undefined;
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
    post.instrument = this;
    map.addEventListener("pointerdown", (event) => this.press(event));
    map.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) {
      map.addEventListener(name, (event) => this.lift(event));
    }
    map.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    map.addEventListener("keydown", (event) => this.key(event));
    map.addEventListener("contextmenu", (event) => event.preventDefault());
    this.sliders.forEach((slider, axis) => {
      slider.addEventListener("input", () => this.slide(axis, slider.valueAsNumber, false));
      slider.addEventListener("change", () => this.slide(axis, slider.valueAsNumber, true));
      slider.addEventListener("keydown", (event) => this.key(event, axis));
    });
    for (const button of this.root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
      // A press on a button is not a press on the map under it.
      button.addEventListener("pointerdown", (event) => event.stopPropagation());
    }
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(map);
    this.retheme = () => setTimeout(() => this.resize(), 50);
    this.themes = matchMedia("(prefers-color-scheme: dark)");
    this.themes.addEventListener("change", this.retheme);
  }

  place(event) {
    const box = this.map.getBoundingClientRect();
    return [event.clientX - box.left - 1, event.clientY - box.top - 1]; // inside the border
  }

  press(event) {
    if (!this.atlas) return;
    this.map.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.place(event));
    const pans = event.shiftKey || event.button > 0;
    this.gesture = this.fingers.size > 1 ? "pinch" : pans ? "pan" : "move";
    this.pressed = this.place(event);
    this.slipped = false;
    if (this.gesture === "move") this.moveTo(this.plane.toPlane(this.pressed), false);
  }

  drag(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.place(event);
    this.slipped ||= Math.hypot(now[0] - this.pressed[0], now[1] - this.pressed[1]) > CLICK;
    if (this.gesture === "move") this.moveTo(this.plane.toPlane(now), false);
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

  lift(event) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size > 0) return;
    if (this.gesture === "move") {
      if (!this.slipped) this.click(this.pressed);
      this.ask(true);
    }
    this.gesture = null;
  }

  click(at) {
    const [index, distance] = nearest(this.atlas, this.plane.toPlane(at), this.shown);
    if (index < 0 || distance * this.plane.scale > REACH) return;
    this.moveTo([...this.atlas.points.subarray(2 * index, 2 * index + 2)], false);
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
    if (axis === 0) this.moveTo([x + along * size, y], true);
    else if (axis === 1) this.moveTo([x, y + along * size], true);
    else this.moveTo([x + right * size, y + up * size], true);
  }

  slide(axis, value, settled) {
    if (Number.isNaN(value)) return;
    const z = [...this.z];
    z[axis] = value;
    if (settled && value === this.z[axis]) this.ask(true);
    else this.moveTo(z, settled);
  }

  // ---- the one z ----

  moveTo(z, settled) {
    if (!this.atlas) return;
    const clamp = (value, lines) => Math.min(Math.max(value, lines[0]), lines.at(-1));
    this.z = [clamp(z[0], this.atlas.x), clamp(z[1], this.atlas.y)];
    this.chosen = null;
    this.paintSoon();
    this.ask(settled);
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
    const took = exact ? `, ${exact.device} · ${exact.ms.toFixed(1)} ms` : "";
    line.lastElementChild.textContent = (isExact ? "exact decode" : "preview from the atlas") + took;
    const chosen = root.querySelector(".chosen");
    chosen.hidden = this.chosen === null || exact?.chosen?.index !== this.chosen;
    clearTimeout(this.speech);
    const words = `${like}, z1 ${z[0].toFixed(2)}, z2 ${z[1].toFixed(2)}`;
    this.speech = setTimeout(() => (root.querySelector(".spoken").textContent = words), 700);
  }

  // ---- the server ----

  // At most one question under way while dragging; the last one is always asked.
  ask(settled) {
    clearTimeout(this.later);
    const now = performance.now();
    const busy = this.asked && now - this.asked < PATIENCE;
    if (!settled && (busy || now - (this.paced ?? 0) < PACE)) {
      this.later = setTimeout(() => this.ask(false), PACE / 2);
      return;
    }
    this.number += 1;
    this.asked = this.paced = now;
    const { number, z, chosen } = this;
    post.send?.({ number, z, chosen, settled });
  }

  arrive(answer) {
    if (!answer || !this.atlas || answer.key !== this.atlas.key) return;
    if (answer.number === this.number) this.asked = 0;
    const grey = Uint8Array.from(atob(answer.image), (c) => c.charCodeAt(0));
    const first = this.number === 0; // the page has just opened: the server knows where
    if (first) this.number = answer.number;
    this.exact = { ...answer, grey };
    if (first) this.z = [...answer.z];
    if (first && answer.chosen) this.chosen = answer.chosen.index;
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
