// The tabs beside the map: what they share, codes, and the view as PyTorch.

class Tools {
  constructor(instrument) {
    this.map = instrument;
    this.root = instrument.root;
    this.find = (selector) => this.root.querySelector(selector);
    this.open = "path";
    this.listen();
  }

  listen() {
    this.on("[role=tab]", "click", (tab) => this.show(tab.id.slice(4)));
    this.on("[role=tab]", "keydown", (tab, event) => this.turn(tab, event));
    this.on("[data-file]", "click", (button) => this.download(button, button.dataset.file));
    this.on("[data-copy]", "click", ({ dataset }) => this.copy(dataset.copy));
    this.on("#panel-share input[type=range]", "input", () => this.writeBits());
    this.on("#panel-share form", "submit", (_, event) => this.go(event));
    this.on("[data-testid=snippet-of]", "change", () => this.map.paintSoon());
    this.show("path");
  }

  // Listen to all that a selector finds.
  on(selector, name, act) {
    for (const target of this.root.querySelectorAll(selector)) {
      this.map.on(target, name, (event) => act(target, event));
    }
  }

  load() {
    this.writeBits();
  }

  close() {
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

  writeBits() {
    const bits = 4 * this.characters;
    this.find("[data-testid=characters]").nextElementSibling.value = `${this.characters}: ${bits} bits`;
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
    this.writeBits();
    const place = cellMiddle(typed);
    this.map.moveTo(place);
    this.map.ask(true);
    if (String(this.map.z) !== String(place)) say("That place lies beyond this map; the hand is at its edge.");
  }

  // ---- PyTorch ----

  // Once what it would reproduce has come to rest.
  writeSnippetSoon() {
    const of = this.find("[data-testid=snippet-of]").value;
    const details = { of, characters: this.characters, ...this.map.sampler.drawn };
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

  // What the server has to say, or what went wrong.
  get(what, details = {}) {
    return this.map.requests.get(what, { ...this.map.circumstances, ...details }).catch((error) => ({ error }));
  }

  async download(button, of, more = {}) {
    button.disabled = true;
    const found = await this.get("file", { of, ...this.map.sampler.drawn, ...more });
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
