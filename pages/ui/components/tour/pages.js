// The links to the app's other pages, which stand outside the map.

import { post } from "../bridge/post.js";

/** @import { Page } from "./steps.js" */

const ANSWERED_MS = 300; // until what was said is answered
const GONE_MS = 5000; // until the page is left

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
 * Follow it. What the map still says of a page that the server has left would leave the next one empty: it
 * says nothing from now on, and what it has said may first be answered.
 * @param {HTMLElement} link
 */
export function leaveBy(link) {
  post.leaves = true;
  setTimeout(() => link.click(), ANSWERED_MS);
  setTimeout(() => (post.leaves = false), GONE_MS); // the page may have stayed
}

/** @param {Element} link */
function pathOf(link) {
  const [path] = (link.getAttribute("href") ?? "#").split("?");
  return path.replace(/\/$/, "").replace(/^.*\//, "");
}
