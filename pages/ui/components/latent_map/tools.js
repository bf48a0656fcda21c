// The instruments: paths between two pins, samples of the prior, codes, and the view as PyTorch.

const EVERY = 3; // of a film's frames is on its strip
const FRAME = 100; // ms
const WAYS = { straight: "Straight", geodesic: "Shortest in images" };

class Tools {
  constructor(instrument) {
    this.map = instrument;
    this.root = instrument.root;
    this.find = (selector) => this.root.querySelector(selector);
    this.open = "path";
    this.ways = null;
    this.playing = null;
    this.drawn = null; // what the samples were drawn with
    this.listen();
  }

  listen() {
    const on = (selector, name, act) => {
      for (const target of this.root.querySelectorAll(selector)) {
        this.map.on(target, name, (event) => act(target, event));
      }
    };
    on("[role=tab]", "click", (tab) => this.show(tab.id.slice(4)));
    on("[role=tab]", "keydown", (tab, event) => this.turn(tab, event));
    on("button[data-pin]", "click", ({ dataset }) => this.pinHere(dataset.pin));
    on("select[data-pin]", "change", (select) => this.pinClass(select));
    on("[data-file]", "click", (button) => this.download(button, button.dataset.file));
    on("[data-copy]", "click", ({ dataset }) => this.copy(dataset.copy));
    on("[data-testid=draw]", "click", () => this.draw());
    on("#panel-samples input, #panel-share input[type=range]", "input", () => this.writeRanges());
    on("#panel-samples input", "change", () => this.drawn && this.draw(this.drawn.seed));
    on("[data-testid=clear]", "click", () => this.samples([]));
    on("#panel-share form", "submit", (_, event) => this.go(event));
    on("[data-testid=snippet-of]", "change", () => this.map.paintSoon());
    this.show("path");
  }

  load() {
    for (const select of this.root.querySelectorAll("select[data-pin]")) {
      const digits = this.map.atlas.names.flatMap((place, label) => (place ? [label] : []));
      const options = digits.map((label) => new Option(`at a ${label}`, label));
      select.replaceChildren(new Option("at a digit…", ""), ...options);
    }
    this.samples([]);
    this.writeRanges();
  }

  close() {
    this.stop();
    clearTimeout(this.telling);
    clearTimeout(this.writing);
  }

  // ---- the tabs ----

  show(name) {
    this.open = name;
    for (const tab of this.root.querySelectorAll("[role=tab]")) {
      const chosen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      this.find(`#panel-${tab.id.slice(4)}`).hidden = !chosen;
    }
    this.say("");
    this.map.paintSoon();
  }

  turn(tab, { key }) {
    const steps = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" };
    const next = tab[steps[key]];
    if (!next) return;
    next.focus();
    this.show(next.id.slice(4));
  }

  // ---- paths ----

  pinAt([left, top]) {
    const near = (z) => {
      const [x, y] = this.map.plane.toScreen(z);
      return Math.hypot(x - left, y - top) <= PIN;
    };
    return ["b", "a"].find((name) => this.map.view[name] && near(this.map.view[name])) ?? null;
  }

  pinHere(name) {
    if (name === "clear") this.pins({ a: null, b: null });
    else this.pins({ [name]: [...this.map.z] });
  }

  pinClass(select) {
    const place = this.map.atlas.names[Number(select.value)];
    if (select.value !== "" && place) this.pins({ [select.dataset.pin]: [...place] });
    select.value = "";
  }

  pins(moved) {
    this.map.view = { ...this.map.view, ...moved };
    this.findWays();
    this.map.ask(true);
  }

  drag(name, z) {
    this.stop();
    this.ways = this.wanted = null;
    this.find(".ways").dataset.stale = true;
    this.map.view = { ...this.map.view, [name]: z };
    this.map.paintSoon();
  }

  // A pin that was only clicked takes the hand.
  drop(name, slipped) {
    if (slipped) this.pins({});
    else this.map.moveTo(this.map.view[name]);
  }

  async findWays() {
    this.stop();
    this.ways = null;
    const { a, b } = this.map.view;
    this.find("[data-pin=clear]").hidden = !(a || b);
    this.find(".ways").hidden = !(a && b);
    this.find(".ways").dataset.stale = false;
    this.writeHint();
    this.map.paintSoon();
    if (!a || !b) return;
    const wanted = (this.wanted = {});
    const say = (words) => {
      for (const way of this.root.querySelectorAll(".way")) {
        way.replaceChildren(element("p", `${WAYS[way.dataset.way]}: ${words}`));
      }
    };
    say("looking…");
    const found = await this.get("path");
    if (this.wanted !== wanted) return;
    if (found.error) say(found.error.message);
    else this.showWays(found);
  }

  writeHint() {
    const { a, b } = this.map.view;
    const same = a && b && String(a) === String(b);
    let words = "Two pins make a path: what lies between two digits? Pins can be dragged.";
    if (a || b) words = `Now pin ${a ? "B" : "A"}.`;
    if (a && b) words = "The length of a way is how much the image changes along it.";
    if (same) words = "A and B are at the same place: drag one of them elsewhere.";
    this.find("#panel-path .hint").textContent = words;
  }

  // What the server has to say, or what went wrong.
  get(what, details = {}) {
    return this.map.requests.get(what, { ...this.map.circumstances, ...details }).catch((error) => ({ error }));
  }

  showWays(ways) {
    this.ways = ways;
    for (const part of this.root.querySelectorAll(".way")) this.showWay(part, ways[part.dataset.way]);
    this.map.paintSoon();
  }

  showWay(part, way) {
    const name = part.dataset.way;
    const images = fromBase64(way.images);
    const frames = way.places.map((_, i) => images.subarray(i * PIXELS, (i + 1) * PIXELS));
    way.frames = frames;
    const line = element("p");
    const strip = element("div");
    const play = element("button", "Play");
    play.setAttribute("aria-label", `Play the film along: ${WAYS[name]}`);
    play.onclick = () => (this.playing?.way === way ? this.stop() : this.play(way, play, strip));
    const gif = element("button", "GIF");
    gif.setAttribute("aria-label", `Download the film along: ${WAYS[name]}`);
    gif.onclick = () => this.download(gif, "gif", { way: name });
    for (const button of [play, gif]) button.type = "button";
    const length = element("output", way.length.toFixed(1));
    length.title = "The distances between decoded images along the way, added up";
    const sample = element("i");
    sample.className = "line";
    line.append(sample, element("b", WAYS[name]), length, play, gif);
    strip.className = "strip";
    strip.append(...frames.flatMap((grey, i) => (i % EVERY ? [] : [this.tile(grey, way, i)])));
    part.replaceChildren(line, strip);
  }

  tile(grey, { places, classes, shares }, i) {
    const share = `${Math.round(100 * shares[i])}%`;
    const button = thumbnail(grey, `Frame ${i + 1}, most like a ${classes[i]}, ${share} of neighbours`);
    const label = element("small", classes[i]);
    label.style.borderColor = this.map.atlas.colours[classes[i]];
    button.append(label);
    button.onclick = () => this.map.moveTo(places[i]);
    return button;
  }

  play(way, button, strip) {
    this.stop();
    button.textContent = "Stop";
    this.map.map.scrollIntoView({ block: "nearest", behavior: "smooth" });
    let frame = 0;
    const next = () => {
      if (frame === way.frames.length) {
        this.stop();
        return;
      }
      this.playing = { way, grey: way.frames[frame], button, strip, timer: setTimeout(next, FRAME) };
      [...strip.children].forEach((tile, i) => (tile.dataset.now = i === Math.round(frame / EVERY)));
      this.map.look = way.places[frame++];
      this.map.paintSoon();
    };
    next();
  }

  stop() {
    if (!this.playing) return;
    clearTimeout(this.playing.timer);
    this.playing.button.textContent = "Play";
    for (const tile of this.playing.strip.children) tile.dataset.now = false;
    this.playing = null;
    this.map.look = null;
    this.map.paintSoon();
  }

  // ---- samples ----

  // The same seed draws the same places, nearer or farther, more or fewer.
  async draw(seed = crypto.getRandomValues(new Uint32Array(1))[0] >>> 1) {
    const number = (name) => this.find(`[data-testid=${name}]`).valueAsNumber;
    const wish = { count: number("count"), temperature: number("temperature"), seed };
    const found = await this.get("samples", wish);
    if (found.error) {
      this.say(found.error.message);
      return;
    }
    this.drawn = wish;
    const images = fromBase64(found.images);
    this.samples(found.z, images);
  }

  samples(places, images) {
    this.map.samples = places;
    if (!places.length) this.drawn = null;
    const tiles = places.map((z, i) => {
      const button = thumbnail(images.subarray(i * PIXELS, (i + 1) * PIXELS), `Sample ${i + 1}`);
      button.onclick = () => this.map.moveTo(z);
      return button;
    });
    this.find(".drawn").replaceChildren(...tiles);
    this.find("[data-file=samples]").disabled = this.find("[data-testid=clear]").disabled = !places.length;
    this.map.paintSoon();
  }

  // ---- codes ----

  get characters() {
    return this.find("[data-testid=characters]").valueAsNumber;
  }

  get code() {
    return spell(this.map.z, this.characters);
  }

  // The cell of the code, while somebody looks at codes.
  get cell() {
    return this.open === "share" ? cell(this.code) : null;
  }

  write() {
    if (this.open === "python") this.writeSnippetSoon();
    if (this.open !== "share") return;
    const output = this.find("[data-testid=code]");
    if (output.value !== this.code) output.value = this.code;
  }

  writeRanges() {
    const value = (name, text) => {
      this.find(`[data-testid=${name}]`).nextElementSibling.value = text;
    };
    const bits = 4 * this.characters;
    value("count", this.find("[data-testid=count]").value);
    value("temperature", this.find("[data-testid=temperature]").valueAsNumber.toFixed(2));
    value("characters", `${this.characters}: ${bits} bits`);
    if (!this.map.atlas) return;
    this.find(".bits").textContent =
      `${bits} bits name one of ${(2 ** bits).toLocaleString("en")} equally likely cells, the dashed box. ` +
      `The encoder spends ${this.map.atlas.kl.toFixed(1)} bits on an average test digit: its KL.`;
    this.map.paintSoon();
  }

  go(event) {
    event.preventDefault();
    const typed = this.find("[data-testid=typed]").value.trim();
    const valid = /^[0-9a-f]{1,6}$/i.test(typed);
    const say = (words) => (this.find(".complaint").textContent = words);
    const came = typed ? `“${typed}” is not` : "none was typed";
    say(valid ? "" : `A code is one to six of the characters 0–9 and A–F; ${came}.`);
    if (!valid) return;
    const slider = this.find("[data-testid=characters]");
    slider.value = typed.length;
    this.writeRanges();
    const place = cellMiddle(typed);
    this.map.moveTo(place);
    this.map.ask(true);
    if (String(this.map.z) !== String(place)) say("That place lies beyond this map; the hand is at its edge.");
  }

  // ---- PyTorch ----

  // Once what it would reproduce has come to rest.
  writeSnippetSoon() {
    const of = this.find("[data-testid=snippet-of]").value;
    const details = { of, characters: this.characters, ...this.drawn };
    const wanted = JSON.stringify([details, this.map.circumstances]);
    if (wanted === this.snippetWanted) return;
    this.snippetWanted = wanted;
    clearTimeout(this.writing);
    this.writing = setTimeout(async () => {
      const found = await this.get("snippet", details);
      if (this.snippetWanted !== wanted) return;
      this.find("[data-testid=snippet]").textContent = found.text ?? `# ${found.error.message}`;
    }, 200);
  }

  // ---- to take away ----

  async download(button, of, more = {}) {
    button.disabled = true;
    const found = await this.get("file", { of, ...this.drawn, ...more });
    button.disabled = false;
    if (found.error) {
      this.say(found.error.message);
      return;
    }
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([fromBase64(found.content)], { type: found.type }));
    link.download = found.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.say(`Saved ${found.name}`);
  }

  async copy(what) {
    const texts = {
      code: () => this.code,
      address: () => this.map.address,
      snippet: () => this.find("[data-testid=snippet]").textContent,
    };
    const copied = await toClipboard(texts[what](), this.root);
    this.say(copied ? "Copied" : "The browser does not let a page copy: select the text instead");
  }

  say(words) {
    const line = this.find(".copied");
    line.textContent = words;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (line.textContent = ""), 4000);
  }
}

// A small picture to press.
function thumbnail(grey, words) {
  const button = element("button");
  button.type = "button";
  button.className = "thumbnail";
  button.setAttribute("aria-label", words);
  button.title = words;
  const canvas = element("canvas");
  canvas.width = canvas.height = 28;
  paintGrey(canvas, grey);
  button.append(canvas);
  return button;
}

// The clipboard needs https or localhost; a phone in the room has neither, so the old way follows.
async function toClipboard(text, root) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", text);
    area.style.position = "fixed";
    root.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
