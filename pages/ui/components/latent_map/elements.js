// Elements of the page: found, listened to, made.

import { PIXELS } from "./protocol.js";

/**
 * The element that a selector must find.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`${selector} must be a ${kind.name}, is ${found}`);
  return found;
}

/**
 * All of one kind that a selector finds.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T[]}
 */
export function findAll(root, selector, kind) {
  return [...root.querySelectorAll(selector)].flatMap((one) => (one instanceof kind ? [one] : []));
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/**
 * @param {string} text
 * @param {string} label  what it does, where the text does not tell
 * @param {() => void} press
 */
export function pushButton(text, label, press) {
  const button = element("button", text);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  button.onclick = press;
  return button;
}

/**
 * A small picture to press.
 * @param {Uint8Array | Uint8ClampedArray} grey
 * @param {string} words
 * @param {() => void} press
 */
export function thumbnail(grey, words, press) {
  const button = pushButton("", words, press);
  button.className = "thumbnail";
  button.title = words;
  const canvas = element("canvas");
  canvas.width = canvas.height = 28;
  paintGrey(canvas, grey);
  button.append(canvas);
  return button;
}

/** @param {HTMLCanvasElement} canvas */
export function brush(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas to paint on");
  return context;
}

/** @type {ImageData | undefined} */
let pixels; // used again by every frame

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array | Uint8ClampedArray} grey  784 levels
 */
export function paintGrey(canvas, grey) {
  pixels ??= new ImageData(28, 28);
  for (let i = 0; i < PIXELS; i++) {
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = grey[i];
    pixels.data[4 * i + 3] = 255;
  }
  brush(canvas).putImageData(pixels, 0, 0);
}

/**
 * What a number may be, as the server has it.
 * @param {HTMLInputElement} input
 * @param {{low: number, high: number, usual: number, step: number}} limits
 */
export function setRange(input, { low, high, usual, step }) {
  Object.assign(input, { min: low, max: high, step, value: usual });
}

/**
 * The output beside an input.
 * @param {Element} input
 * @param {string} text
 */
export function writeBeside(input, text) {
  const output = input.nextElementSibling;
  if (output instanceof HTMLOutputElement) output.value = text;
}

/** @param {ArrayLike<number>} bytes */
export function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
  return btoa(text);
}

/** @param {string} text */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
