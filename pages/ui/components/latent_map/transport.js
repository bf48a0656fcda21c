// The map's side of the protocol: paces its messages, takes responses, and has a line of requests.

import { post } from "../bridge/post.js";
import { fromBase64 } from "./elements.js";
import { PACE_MS, PATIENCE_MS, REST_MS } from "./protocol.js";
import { Requests } from "./requests.js";
import { circumstances, follow } from "./state.js";
import { viewWords } from "./view.js";

/**
 * @import { RequestMessage, Response, Results } from "./protocol.js"
 * @import { MapStore, State } from "./state.js"
 * @typedef {ReturnType<typeof setTimeout> | undefined} Timer
 */

const COSTS_MS = 500; // until what a selected digit costs is asked for again

export class Transport {
  /** @param {MapStore} store */
  constructor(store) {
    this.store = store;
    this.closed = false;
    this.number = 0; // of the last message
    this.sent = -Infinity; // when it was
    this.waiting = false; // for its response
    /** @type {Timer} */
    this.later = undefined;
    /** @type {Timer} */
    this.rest = undefined;
    /** @type {Timer} */
    this.costs = undefined;
    this.requests = new Requests(() => this.inquire());
    this.arrived = () => this.arrive(post.response);
    post.arrived = this.arrived;
    post.leaves = false;
    store.subscribe((state, before) => this.changed(state, before));
  }

  close() {
    this.closed = true;
    this.requests.close();
    [this.later, this.rest, this.costs].forEach(clearTimeout);
    if (post.arrived === this.arrived) post.arrived = undefined;
  }

  /**
   * What the server has to say to a request, as things are now.
   * @template {keyof Results} W
   * @param {W} what
   * @param {Omit<RequestMessage, "what">} details
   */
  get(what, details = {}) {
    return this.requests.get(what, { ...circumstances(this.store.state), ...details });
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    if (state.plane !== before.plane) this.arrived();
    if (!state.plane || state.revision !== before.revision || state.film || before.film) return;
    const moved = state.z !== before.z || state.selected !== before.selected;
    const looked = state.view !== before.view || state.drawing !== before.drawing;
    const letGo = before.held && !state.held;
    const elsewhere = state.hover !== before.hover || state.viewport.view !== before.viewport.view;
    if (letGo || moved || looked || elsewhere) this.ask(letGo || (!state.held && (moved || looked)));
  }

  /**
   * At most one message under way while dragging; the last one, after letting go, goes at once.
   * @param {boolean} now
   */
  ask(now) {
    if (this.closed) return;
    clearTimeout(this.later);
    clearTimeout(this.rest);
    const passed = performance.now() - this.sent;
    const busy = this.waiting && passed < PATIENCE_MS;
    if (!now && (busy || passed < PACE_MS)) {
      this.later = setTimeout(() => this.ask(false), PACE_MS / 2);
      return;
    }
    this.send(false);
    this.rest = setTimeout(() => this.send(true), REST_MS);
  }

  /** Ask for something now; the hand has not moved for that, and comes to rest when it would have. */
  inquire() {
    if (!this.closed) this.send(false);
  }

  /** @param {boolean} rested */
  send(rested) {
    const { plane, revision, z, hover, held, selected, view, viewport, drawing, given } = this.store.state;
    this.number += 1;
    this.sent = performance.now();
    this.waiting = true;
    if (!post.leaves) post.send?.({
      number: this.number,
      revision,
      z,
      hover,
      view: viewWords(view, viewport),
      selected,
      request: this.requests.carriedBy(this.number),
      drawing,
      given,
      settled: rested && plane !== null && !held,
    });
  }

  /** @param {Response | undefined} response */
  arrive(response) {
    const { state } = this.store;
    if (!response || response.key !== state.plane?.key) return;
    const { result, selected, ...others } = response;
    if (response.number >= this.number) this.waiting = false;
    if (response.revision !== state.revision) {
      this.number = Math.max(this.number, response.number);
      clearTimeout(this.later);
      clearTimeout(this.rest);
      // Where the server has put the cursor it rests, until the visitor takes it.
      this.rest = setTimeout(() => this.send(true), REST_MS);
    }
    this.store.dispatch(follow, { ...others, grey: fromBase64(response.image) }, selected);
    clearTimeout(this.costs);
    if (selected?.pending) this.costs = setTimeout(() => this.inquire(), COSTS_MS);
    this.requests.arrive(result, response.number);
  }
}
