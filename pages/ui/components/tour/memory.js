// What a browser remembers of the tour: that it has been offered, and at which step it is in this tab.

const KEY = "latent-atlas-tour";

/** @typedef {{step: string, arrives: boolean}} Going  a step's name; whether its card is waited for */

/** Whether the visitor has taken the tour, or said that they would not. */
export function isKnown() {
  return read(() => localStorage.getItem(KEY)) !== null;
}

export function know() {
  read(() => localStorage.setItem(KEY, "known"));
}

/**
 * The step of a tour that goes on, if one does.
 * @returns {Going | null}
 */
export function going() {
  const found = read(() => sessionStorage.getItem(KEY));
  if (!found) return null;
  const [step, arrives] = found.split(" ");
  return { step, arrives: arrives === "arrives" };
}

/**
 * @param {string} step  nothing where the tour has ended
 * @param {boolean} [arrives]  the next page is opened from the card
 */
export function goOn(step, arrives = false) {
  if (step) read(() => sessionStorage.setItem(KEY, arrives ? `${step} arrives` : step));
  else read(() => sessionStorage.removeItem(KEY));
}

/**
 * A browser may keep nothing for a page, and says so by an error: then nothing is remembered.
 * @template T
 * @param {() => T} use
 * @returns {T | null}
 */
function read(use) {
  try {
    return use();
  } catch {
    return null;
  }
}
