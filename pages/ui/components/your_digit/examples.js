// Drawings to doubt: a letter, a seven as it is written in half of the world, and nothing at all.

/** @import { Stroke } from "../sketch/strokes.js" */

const WIDTH = 40; // units of the pad

/**
 * @param {number[][]} points  x and y in units of the pad
 * @returns {Stroke}
 */
function stroke(points) {
  return { erase: false, points: points.map(([x, y]) => [Math.round(x), Math.round(y), WIDTH]) };
}

const scribble = Array.from({ length: 60 }, (_, i) => [
  256 + 170 * Math.sin(0.9 * i) * Math.cos(0.13 * i),
  256 + 170 * Math.sin(0.71 * i + 1),
]);

/** @type {Record<string, Stroke[]>} */
export const EXAMPLES = {
  "a letter": [stroke([[110, 430], [256, 80], [402, 430]]), stroke([[165, 300], [347, 300]])],
  "a crossed 7": [stroke([[130, 100], [380, 100], [230, 430]]), stroke([[205, 265], [375, 265]])],
  "a scribble": [stroke(scribble)],
};
