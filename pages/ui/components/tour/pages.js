// The links to the app's other pages, which stand outside the map.

/** @import { Page } from "./steps.js" */

/** @type {Record<Page, string>} */
const PATHS = { explore: "", digit: "your_digit" };

/**
 * The page's own link to another; following it keeps what the visitor has done.
 * @param {Page} page
 */
export function linkTo(page) {
  const links = [...document.querySelectorAll('[data-testid="stPageLink"] a')];
  return links.find((link) => pathOf(link) === PATHS[page]) ?? null;
}

/** @param {Element} link */
function pathOf(link) {
  const [path] = (link.getAttribute("href") ?? "#").split("?");
  return path.replace(/\/$/, "").replace(/^.*\//, "");
}
