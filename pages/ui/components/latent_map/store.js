// The one state of the map: read by all, changed by actions, told to who listens.

/** @template S */
export class Store {
  /** @param {S} state */
  constructor(state) {
    this.state = state;
    /** @type {Set<(state: S, before: S) => void>} */
    this.listeners = new Set();
    /** @type {(() => Partial<S>)[]} */
    this.waiting = [];
  }

  /**
   * Hear of every change, with the state before it.
   * @param {(state: S, before: S) => void} listener
   */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  /**
   * Change the state: an action says what of it is different. One that a listener dispatches
   * comes after all have heard of the change before.
   * @template {unknown[]} A
   * @param {(state: S, ...details: A) => Partial<S>} action
   * @param {A} details
   */
  dispatch(action, ...details) {
    this.waiting.push(() => action(this.state, ...details));
    if (this.waiting.length > 1) return; // the outermost dispatch has the rest
    try {
      for (; this.waiting.length; this.waiting.shift()) this.apply(this.waiting[0]());
    } finally {
      this.waiting.length = 0;
    }
  }

  /** @param {Partial<S>} change */
  apply(change) {
    const before = this.state;
    this.state = { ...before, ...change };
    for (const listener of this.listeners) listener(this.state, before);
  }
}
