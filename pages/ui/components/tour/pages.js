// The links to the app's other pages, which stand outside the map.

import { post } from "../bridge/post.js";

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

/**
 * Follow it. What the map would still say of the page that is left could reach a server that has left it
 * already, and has nothing to show for it: from now on it says nothing, until the next page mounts.
 * @param {HTMLElement} link
 */
export function leaveBy(link) {
  post.send = undefined;
  link.click();
}

/** @param {Element} link */
function pathOf(link) {
  const [path] = (link.getAttribute("href") ?? "#").split("?");
  return path.replace(/\/$/, "").replace(/^.*\//, "");
}
