// Lines and words with a halo, to be read on any ground.

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
