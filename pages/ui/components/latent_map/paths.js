// Two pins on the map, the two ways between them, and their films.

const FRAME = 100; // ms
const WAYS = { straight: "Straight", geodesic: "Shortest in images" };

class Paths {
  constructor(instrument, tools) {
    this.map = instrument;
    this.tools = tools;
    this.root = instrument.root;
    this.find = (selector) => this.root.querySelector(selector);
    this.ways = null; // as the server found them
    this.playing = null; // the film that is shown, and where it is
    tools.on("button[data-pin]", "click", ({ dataset }) => this.pinHere(dataset.pin));
    tools.on("select[data-pin]", "change", (select) => this.pinClass(select));
  }

  load() {
    for (const select of this.root.querySelectorAll("select[data-pin]")) {
      const digits = this.map.atlas.names.flatMap((place, label) => (place ? [label] : []));
      const options = digits.map((label) => new Option(`at a ${label}`, label));
      select.replaceChildren(new Option("at a digit…", ""), ...options);
    }
  }

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
    const found = await this.tools.get("path");
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
    gif.onclick = () => this.tools.download(gif, "gif", { way: name });
    for (const button of [play, gif]) button.type = "button";
    const length = element("output", way.length.toFixed(1));
    length.title = "The distances between decoded images along the way, added up";
    const sample = element("i");
    sample.className = "line";
    line.append(sample, element("b", WAYS[name]), length, play, gif);
    strip.className = "strip";
    strip.append(...frames.flatMap((grey, i) => (i % this.ways.every ? [] : [this.tile(grey, way, i)])));
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
      [...strip.children].forEach((tile, i) => (tile.dataset.now = i === Math.round(frame / this.ways.every)));
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
