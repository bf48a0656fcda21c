// Eight test digits and what comes back of each, and the visitor's own among them.

import { brush, element, find } from "../latent_map/elements.js";
import { withArticle } from "../latent_map/neighbours.js";

export class Strip {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = find(root, ".strip", HTMLElement);
    this.side = 28;
    /** @type {[HTMLCanvasElement, HTMLCanvasElement][]} */
    this.pairs = [];
    /** @type {[HTMLCanvasElement, HTMLCanvasElement] | null} */
    this.mine = null;
  }

  /**
   * @param {Uint8Array} originals  (8, side, side)
   * @param {Uint8Array} labels  (8,)
   * @param {number} side
   * @param {Uint8Array | null} mine  (side, side)
   */
  open(originals, labels, side, mine) {
    this.side = side;
    const size = side * side;
    const figures = [...labels].map((label, i) => {
      const pair = this.pair(withArticle(label));
      this.pairs[i] = pair;
      paintSquare(pair[0], originals.subarray(i * size, (i + 1) * size), side);
      return figureOf(pair, String(label));
    });
    this.pairs.length = figures.length;
    this.mine = mine && this.pair("your digit");
    if (this.mine && mine) {
      paintSquare(this.mine[0], mine, side);
      figures.push(figureOf(this.mine, "yours"));
    }
    find(this.root, ".eight", HTMLElement).replaceChildren(...figures);
    this.root.dataset.known = "true";
    this.root.dataset.mine = String(Boolean(mine));
  }

  /**
   * @param {string} words
   * @returns {[HTMLCanvasElement, HTMLCanvasElement]}
   */
  pair(words) {
    const canvas = (/** @type {string} */ label) => {
      const made = element("canvas");
      made.width = made.height = this.side;
      made.setAttribute("role", "img");
      made.setAttribute("aria-label", label);
      return made;
    };
    return [canvas(`Original: ${words}`), canvas(`What comes back of ${words}`)];
  }

  /** @param {Uint8Array | Uint8ClampedArray} reconstructions  (8, side, side) */
  show(reconstructions) {
    const size = this.side * this.side;
    this.pairs.forEach(([, canvas], i) => paintSquare(canvas, reconstructions.subarray(i * size, (i + 1) * size), this.side));
  }

  /** @param {Uint8Array | Uint8ClampedArray} grey  28×28 levels: the map's best of the visitor's digit */
  showMine(grey) {
    if (!this.mine) return;
    this.mine[1].width = this.mine[1].height = 28;
    paintSquare(this.mine[1], grey, 28);
  }
}

/**
 * @param {[HTMLCanvasElement, HTMLCanvasElement]} pair
 * @param {string} words
 */
function figureOf(pair, words) {
  const figure = element("figure");
  figure.append(...pair, element("figcaption", words));
  return figure;
}

/**
 * @param {HTMLCanvasElement} canvas  side × side
 * @param {Uint8Array | Uint8ClampedArray} grey
 * @param {number} side
 */
export function paintSquare(canvas, grey, side) {
  const pixels = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = grey[i];
    pixels.data[4 * i + 3] = 255;
  }
  brush(canvas).putImageData(pixels, 0, 0);
}

/**
 * A picture of 28×28 at another side, by means of squares.
 * @param {Uint8Array} grey  (784,)
 * @param {number} side
 */
export function shrink(grey, side) {
  if (side === 28) return grey;
  const small = new Uint8Array(side * side);
  const edge = (/** @type {number} */ i) => Math.round((i * 28) / side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let [sum, count] = [0, 0];
      for (let i = edge(row); i < edge(row + 1); i++) {
        for (let j = edge(column); j < edge(column + 1); j++, count++) sum += grey[28 * i + j];
      }
      small[row * side + column] = sum / Math.max(count, 1);
    }
  }
  return small;
}
