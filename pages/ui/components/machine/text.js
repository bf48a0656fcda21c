// Text that is written often and changes seldom.

/**
 * Write a text where another stands: the same one again would cost a layout of the page.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
