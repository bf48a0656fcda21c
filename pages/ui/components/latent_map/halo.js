// Lines and words with a halo or on a plate, to be read on any ground.

/** @import { Theme } from "./colour.js" */
/** @import { Place } from "./protocol.js" */

/**
 * A line that is seen on any colour: first its wider halo, then itself.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {[number, number]} widths
 * @param {string} colour
 * @param {(halo: boolean) => void} draw
 */
export function haloed(context, theme, [wide, narrow], colour, draw) {
  for (const halo of [true, false]) {
    context.strokeStyle = halo ? theme.background : colour;
    context.lineWidth = halo ? wide : narrow;
    context.beginPath();
    draw(halo);
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {Place} at
 * @param {string} colour
 * @param {string} halo
 * @param {number} width
 */
export function writeHaloed(context, text, [left, top], colour, halo, width) {
  context.lineJoin = "round";
  context.lineWidth = width;
  context.strokeStyle = halo;
  context.strokeText(text, left, top);
  context.fillStyle = colour;
  context.fillText(text, left, top);
}

/**
 * Among digits a number has a plate of its own, or it would be one of them.
 * @param {CanvasRenderingContext2D} context  that writes about the middle
 * @param {string} text
 * @param {Place} at
 * @param {Theme} theme
 * @param {number} [part]  of the plate that is to the left of the place
 */
export function writeOnPlate(context, text, [left, top], theme, part = 0.5) {
  const width = context.measureText(text).width + 8;
  const from = left - part * width;
  context.fillStyle = theme.background;
  context.beginPath();
  context.roundRect(from, top - 9, width, 18, 4);
  context.fill();
  context.fillStyle = theme.text;
  context.fillText(text, from + width / 2, top + 0.5);
}
