// The tabs of the instruments.

import { find, findAll } from "./elements.js";
import { set } from "./state.js";

/** @import { MapStore } from "./state.js" */

/**
 * @param {MapStore} store
 * @param {HTMLElement} root
 */
export function showTabs(store, root) {
  const tabs = findAll(root, "[role=tab]", HTMLButtonElement);
  const nameOf = (/** @type {HTMLElement} */ tab) => tab.id.slice("tab-".length);
  tabs.forEach((tab, i) => {
    tab.onclick = () => store.dispatch(set, { tab: nameOf(tab) });
    tab.onkeydown = ({ key }) => {
      const next = { ArrowLeft: tabs[i - 1], ArrowRight: tabs[i + 1] }[key];
      next?.focus();
      next?.click();
    };
  });
  const show = (/** @type {string} */ name) => {
    for (const tab of tabs) {
      const isOpen = nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      find(root, `#panel-${nameOf(tab)}`, HTMLElement).hidden = !isOpen;
    }
  };
  store.subscribe(({ tab }, before) => tab !== before.tab && show(tab));
  show(store.state.tab);
}
