// What is asked of the server besides the image at the cursor: requests wait in line, and the first goes
// out with the map's messages until it is answered. What is still being computed makes room for the
// next and is asked for again; what got no answer at all, because the line broke, is sent again.

import { AGAIN_MS, LOST_MS } from "./protocol.js";

/**
 * @import { RequestMessage, Response, Results } from "./protocol.js"
 * @typedef {object} Waiter
 * @property {RequestMessage} message
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} since  number of the first message that carried it
 * @property {boolean} waits  it is being computed
 */

export class Requests {
  /** @param {() => void} send  sends a message now */
  constructor(send) {
    this.send = send;
    /** @type {Waiter[]} */
    this.line = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /**
   * What the server has to say to a request.
   * @template {keyof Results} W
   * @param {W} what
   * @param {Omit<RequestMessage, "what">} details
   * @returns {Promise<Results[W]>}
   */
  get(what, details) {
    return new Promise((resolve, reject) => {
      this.line.push({ message: { what, ...details }, resolve, reject, since: Infinity, waits: false });
      if (this.line.length === 1) this.sendAfter(0);
    });
  }

  /**
   * The request that a message of this number carries.
   * @param {number} number
   */
  carriedBy(number) {
    const [first] = this.line;
    if (!first) return null;
    first.since = Math.min(first.since, number);
    return first.message;
  }

  /** @param {number} delay */
  sendAfter(delay) {
    clearTimeout(this.timer);
    if (!this.line.length) return;
    this.timer = setTimeout(() => {
      this.send();
      this.sendAfter(LOST_MS);
    }, delay);
  }

  /**
   * @param {Response["result"]} result
   * @param {number} number  of the message that it answers
   */
  arrive(result, number) {
    const [first] = this.line;
    if (!first || !result || number < first.since) return;
    this.line.shift();
    if ("pending" in result) {
      first.waits = true;
      if (this.line.length) first.since = Infinity; // others are sent meanwhile
      this.line.push(first);
      this.sendAfter(this.line[0].waits ? AGAIN_MS : 0);
      return;
    }
    if ("error" in result) first.reject(new Error(result.error));
    else first.resolve(result);
    this.sendAfter(this.line[0]?.waits ? AGAIN_MS : 0);
  }

  close() {
    clearTimeout(this.timer);
    this.line = [];
  }
}
