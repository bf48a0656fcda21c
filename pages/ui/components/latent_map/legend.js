// The classes under the map: a press hides one.

import { classColour } from "./colour.js";
import { element, find, pushButton } from "./elements.js";
import { shownClasses, toggleClass } from "./state.js";

/**
 * @import { MapStore } from "./state.js"
 */

/**
 * @param {MapStore} store
 * @param {HTMLElement} root
 */
export function showLegend(store, root) {
  const legend = find(root, ".legend", HTMLElement);
  store.subscribe(({ plane, view }, before) => {
    if (plane && plane.islands !== before.plane?.islands) legend.replaceChildren(...plane.islands.map((_, label) => button(label)));
    const shown = shownClasses(view);
    [...legend.children].forEach((child, label) => child.setAttribute("aria-pressed", String(shown[label])));
  });

  /** @param {number} label */
  function button(label) {
    const made = pushButton("", `Digit ${label}`, () => store.dispatch(toggleClass, label));
    const dot = element("i");
    dot.style.background = classColour(label);
    made.append(dot, String(label));
    return made;
  }
}
