// What can be taken away: files to save, texts to copy; and a line that says how it went.

import { element, find, findAll, fromBase64 } from "./elements.js";

/**
 * @import { RequestMessage } from "./protocol.js"
 * @import { MapStore, Server } from "./state.js"
 */

const SAID_MS = 4000; // that the line stays

export class Takeaway {
  /**
   * @param {MapStore} store
   * @param {HTMLElement} root
   * @param {Server} server
   */
  constructor(store, root, server) {
    this.store = store;
    this.root = root;
    this.server = server;
    this.line = find(root, ".said", HTMLElement);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.telling = undefined;
    for (const button of findAll(root, "[data-file]", HTMLButtonElement)) {
      button.onclick = () => this.save(button, { of: button.dataset.file });
    }
    store.subscribe(({ tab }, before) => tab !== before.tab && this.say(""));
  }

  close() {
    clearTimeout(this.telling);
  }

  /** @param {string} words */
  say(words) {
    this.line.textContent = words;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (this.line.textContent = ""), SAID_MS);
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {Omit<RequestMessage, "what">} details
   */
  async save(button, details) {
    button.disabled = true;
    try {
      const { content, address, type, name } = await this.server.get("file", {
        ...this.store.state.samples?.draw,
        ...details,
      });
      const link = element("a");
      link.href = address || URL.createObjectURL(new Blob([fromBase64(content)], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      this.say(`Saved ${name}`);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    } finally {
      button.disabled = false;
    }
  }

  /** @param {string | Promise<string>} text */
  async copy(text) {
    const copied = await toClipboard(await text, this.root);
    this.say(copied ? "Copied" : "The browser does not let a page copy: select the text instead");
  }
}

/**
 * The clipboard needs https or localhost; a phone in the room has neither, so the old way follows.
 * @param {string} text
 * @param {HTMLElement} root
 */
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
