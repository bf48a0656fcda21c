// Colours of the style sheet as numbers, and shades between two of them.

import { brush, element } from "./elements.js";

export const SHADES = 256;
const INK = 0.8; // of the text's colour in the strongest shade: what is written on it must be read

/**
 * @typedef {[number, number, number]} Rgb
 * @typedef {object} Theme  colours as CSS has them
 * @property {string} text
 * @property {string} background
 * @property {string} accent
 * @property {string} faint
 * @property {string} font
 * @property {string[]} classes  ten
 */

/** @type {Map<string, Rgb>} */
const parsed = new Map();

/**
 * Any colour that CSS knows, as three numbers: painted, and read back.
 * @param {string} colour
 * @returns {Rgb}
 */
export function parseColour(colour) {
  const known = parsed.get(colour);
  if (known) return known;
  const context = brush(element("canvas"));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  parsed.set(colour, [red, green, blue]);
  return [red, green, blue];
}

/**
 * From the paper's colour most of the way to the ink's.
 * @param {Rgb} paper
 * @param {Rgb} ink
 * @returns {Uint8ClampedArray<ArrayBuffer>}  (256, 4)
 */
export function shades(paper, ink) {
  const ramp = new Uint8ClampedArray(4 * SHADES);
  for (let i = 0; i < SHADES; i++) {
    const part = (INK * i) / (SHADES - 1);
    for (let c = 0; c < 3; c++) ramp[4 * i + c] = paper[c] + (ink[c] - paper[c]) * part;
    ramp[4 * i + 3] = 255;
  }
  return ramp;
}

/**
 * The shades of a layer.
 * @param {Theme} theme
 */
export function themeShades({ background, text }) {
  return shades(parseColour(background), parseColour(text));
}

/**
 * The theme that an element is drawn in.
 * @param {Element} element
 * @returns {Theme}
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const text = value("--st-text-color");
  const faded = (/** @type {number} */ part) => `color-mix(in srgb, ${text} ${part}%, transparent)`;
  return {
    text,
    background: value("--st-secondary-background-color"),
    accent: value("--st-primary-color"),
    faint: faded(22),
    font: value("--st-font") || "sans-serif",
    classes: value("--st-chart-categorical-colors").split(","),
  };
}

/**
 * Let what stands in an element have the theme's colours of the classes.
 * @param {HTMLElement} element
 * @param {Theme} theme
 */
export function giveClassColours(element, { classes }) {
  classes.forEach((colour, label) => element.style.setProperty(`--class-${label}`, colour));
}

/**
 * A class's colour in the style of an element: it changes with the theme.
 * @param {number} label
 */
export function classColour(label) {
  return `var(--class-${label})`;
}
