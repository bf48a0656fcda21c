// What stands beside the map: how it is looked at, what the layer means, what lies near the hand.

class Controls {
  constructor(instrument) {
    this.map = instrument;
    const { root } = instrument;
    this.selects = [...root.querySelectorAll("select[data-view]")];
    for (const select of this.selects) {
      instrument.on(select, "change", () => instrument.change(select.dataset.view, select.value));
    }
    this.tiles = root.querySelector("[data-testid=tiles]");
    instrument.on(this.tiles, "input", () => instrument.change("tiles", this.tiles.valueAsNumber));
    this.key = root.querySelector(".key");
    this.bars = root.querySelector(".bars");
    this.fetching = new Set(); // layers on their way, by atlas and name
    this.failed = new Map(); // what was said of those that cannot be had
  }

  // Bring everything into line with the view.
  load() {
    const { atlas, view, theme } = this.map;
    if (!atlas || !theme) return;
    for (const select of this.selects) {
      const part = select.dataset.view;
      select.value = part === "top" ? this.map.topShown : view[part];
    }
    this.loadSliders();
    this.loadKey();
    if (!this.bars.children.length) this.buildBars();
    this.fetch(view.layer);
  }

  loadSliders() {
    const { atlas, plane, sliders } = this.map;
    const { into } = AXES[plane.axes];
    [atlas.x, atlas.y].forEach((lines, axis) => {
      const [low, high] = [Math.floor(lines[0] * 10) / 10, Math.ceil(lines.at(-1) * 10) / 10];
      sliders[axis].min = into(low);
      sliders[axis].max = into(high);
    });
  }

  async fetch(name) {
    const { layers, requests, atlas } = this.map;
    const mark = `${atlas.key} ${name}`;
    if (!LAYERS[name].unit || layers.known[name] || this.fetching.has(mark)) return;
    this.fetching.add(mark);
    try {
      const found = await requests.get("layer", { of: name });
      if (this.map.atlas === atlas) layers.take(name, found);
    } catch (error) {
      this.failed.set(mark, error.message); // and is not asked for again: it would fail again
      this.load();
      return;
    }
    this.fetching.delete(mark);
    this.load();
    this.map.redraw();
  }

  // ---- the key of the layer ----

  loadKey() {
    const { view, layers, theme, atlas } = this.map;
    const { words, unit, times, digits } = LAYERS[view.layer];
    const field = layers.known[view.layer];
    const find = (selector) => this.key.querySelector(selector);
    find(".tiling").hidden = view.layer !== "images";
    find(".scale").hidden = !unit;
    this.tiles.value = view.tiles;
    this.tiles.nextElementSibling.value = `${view.tiles}×${view.tiles}`;
    const purity = field?.purity ? ` On average over the test digits ${Math.round(100 * field.purity)}% do.` : "";
    const failed = this.failed.get(`${atlas.key} ${view.layer}`);
    find(".words").textContent = unit && !field ? (failed ?? "Computing this layer…") : words + purity;
    find(".unit").textContent = unit ?? "";
    find(".scale").dataset.known = Boolean(field);
    const waiting = this.map.root.querySelector(".waiting");
    waiting.textContent = "Working it out…";
    waiting.hidden = !unit || Boolean(field ?? failed);
    if (!field) return;
    const [low, , high] = find(".ends").children;
    const about = (sign, value) => `${sign}${(value * times).toFixed(digits)}`;
    low.textContent = field.classes ? "0%" : about("≤ ", field.low);
    high.textContent = field.classes ? "100%" : about("≥ ", field.high);
    const context = find(".ramp").getContext("2d");
    const picture = context.createImageData(SHADES, 1);
    picture.data.set(shades(theme));
    context.putImageData(picture, 0, 0);
  }

  // The layer's value at a place: exact where the server has said it, or else between the grid's.
  writeKey(seen, exact) {
    const { layers, view } = this.map;
    const { times, digits, unit, sign = "" } = LAYERS[view.layer];
    if (!unit) return;
    const here = this.key.querySelector(".ends b");
    const value = exact ?? layers.at(view.layer, seen);
    const sure = exact !== null && exact !== undefined ? "" : "≈ ";
    here.textContent = value === null ? "" : `here ${sure}${(value * times).toFixed(digits)}${sign}`;
  }

  // ---- how many test digits are near ----

  buildBars() {
    const bars = this.map.atlas.colours.map((colour, label) => {
      const bar = element("span");
      const fill = element("i");
      fill.style.background = colour;
      bar.append(fill, element("small", label));
      return bar;
    });
    this.bars.replaceChildren(...bars);
  }

  // Returns it in words.
  writeNear(counts) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const most = Math.max(...counts, 1);
    [...this.bars.children].forEach((bar, label) => {
      bar.firstElementChild.style.height = `${(100 * counts[label]) / most}%`;
      bar.dataset.none = counts[label] === 0;
    });
    const words =
      total === 0
        ? "No test digit near here: the model is guessing"
        : `${total} test ${total === 1 ? "digit" : "digits"} within ${NEAR} of here`;
    const line = this.bars.previousElementSibling;
    line.textContent = words;
    line.parentElement.dataset.guessing = total === 0;
    return words;
  }
}

// How many encoded images of each class lie within a distance.
function near10({ points, labels }, [x, y], distance) {
  const counts = new Array(10).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const dx = points[2 * i] - x;
    const dy = points[2 * i + 1] - y;
    if (dx * dx + dy * dy <= distance * distance) counts[labels[i]]++;
  }
  return counts;
}
