// The classes under the map: a press hides one.

import { element, find, pushButton } from "./elements.js";
import { toggleClass } from "./state.js";

/**
 * @import { MapStore } from "./state.js"
 */

/**
 * @param {MapStore} store
 * @param {HTMLElement} root
 */
export function showLegend(store, root) {
  const legend = find(root, ".legend", HTMLElement);
  store.subscribe(({ plane, shown }, before) => {
    if (plane && plane !== before.plane) legend.replaceChildren(...plane.colours.map(button));
    [...legend.children].forEach((child, label) => child.setAttribute("aria-pressed", String(shown[label])));
  });

  /**
   * @param {string} colour
   * @param {number} label
   */
  function button(colour, label) {
    const made = pushButton("", `Digit ${label}`, () => store.dispatch(toggleClass, label));
    const dot = element("i");
    dot.style.background = colour;
    made.append(dot, String(label));
    return made;
  }
}
