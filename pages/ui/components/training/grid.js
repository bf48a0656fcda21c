// A coarse grid of decoded images: what stands in for the model where that is not here.

/**
 * @import { Place } from "../latent_map/protocol.js"
 */

const SIDE = 28; // of the images that a person sees
const LEAST = 0.004; // the least a pixel may claim, so that one that is wrong costs something finite

export class Grid {
  /**
   * @param {number[]} z1  places of the columns, ascending
   * @param {number[]} z2  places of the rows, descending: the first is the top one
   * @param {number} side  pixels of an image's side
   * @param {Uint8Array} grey  (z2.length · side, z1.length · side), one row of pixels after the other
   */
  constructor(z1, z2, side, grey) {
    this.z1 = z1;
    this.z2 = z2;
    this.side = side;
    this.grey = grey;
    /** @type {{picture: Uint8Array, index: number} | null} */
    this.found = null; // where the picture that was asked for last is best drawn
  }

  get count() {
    return this.z1.length * this.z2.length;
  }

  /**
   * The image of a place: the four around it, mixed; beyond the grid, its edge.
   * @param {Place} place
   * @param {Uint8ClampedArray} [into]  784 grey levels
   */
  at([x, y], into = new Uint8ClampedArray(SIDE * SIDE)) {
    const [column, right] = between(this.z1, x);
    const [row, down] = between(this.z2, y);
    const next = [Math.min(column + 1, this.z1.length - 1), Math.min(row + 1, this.z2.length - 1)];
    const corners = [this.start(row, column), this.start(row, next[0]), this.start(next[1], column), this.start(next[1], next[0])];
    const shares = [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down];
    const wide = this.side * this.z1.length;
    for (let i = 0; i < SIDE; i++) {
      const line = Math.floor((i * this.side) / SIDE) * wide;
      for (let j = 0; j < SIDE; j++) {
        const at = line + Math.floor((j * this.side) / SIDE);
        let level = 0;
        for (let c = 0; c < 4; c++) level += shares[c] * this.grey[corners[c] + at];
        into[i * SIDE + j] = level;
      }
    }
    return into;
  }

  /**
   * Where an image of the grid starts.
   * @param {number} row
   * @param {number} column
   */
  start(row, column) {
    return (row * this.z1.length * this.side + column) * this.side;
  }

  /**
   * @param {number} index  of an image, row by row
   * @returns {Place}
   */
  place(index) {
    return [this.z1[index % this.z1.length], this.z2[Math.floor(index / this.z1.length)]];
  }

  /**
   * The image by which a picture is likeliest, Σ x·log p + (1−x)·log(1−p): where the map has it best.
   * @param {Uint8Array} picture  (side · side,)
   * @returns {number} its index
   */
  best(picture) {
    if (this.found?.picture === picture) return this.found.index;
    let [index, most] = [0, -Infinity];
    for (let i = 0; i < this.count; i++) {
      const likely = this.likelihood(i, picture);
      if (likely > most) [index, most] = [i, likely];
    }
    this.found = { picture, index };
    return index;
  }

  /**
   * @param {number} index
   * @param {Uint8Array} picture
   */
  likelihood(index, picture) {
    const { side } = this;
    const wide = side * this.z1.length;
    const start = this.start(Math.floor(index / this.z1.length), index % this.z1.length);
    let sum = 0;
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        const level = this.grey[start + i * wide + j];
        const ink = picture[i * side + j] / 255;
        sum += ink * LOGS[level] + (1 - ink) * LOGS[255 - level];
      }
    }
    return sum;
  }
}

const LOGS = Float64Array.from({ length: 256 }, (_, level) => Math.log(Math.max(level / 255, LEAST)));

/**
 * Which two of ascending, or descending, numbers a value lies between: the first one's index, and how far it
 * is from there to the next, 0 to 1.
 * @param {number[]} numbers
 * @param {number} value
 * @returns {[number, number]}
 */
export function between(numbers, value) {
  const last = numbers.length - 1;
  if (last < 1) return [0, 0];
  const sign = numbers[last] > numbers[0] ? 1 : -1;
  let index = 0;
  while (index < last - 1 && sign * (value - numbers[index + 1]) >= 0) index++;
  const part = (value - numbers[index]) / (numbers[index + 1] - numbers[index]);
  return [index, Math.min(Math.max(part, 0), 1)];
}

/**
 * @param {Record<string, any>} header
 * @param {Uint8Array<ArrayBuffer>} sheet  a JPEG or WebP
 * @returns {Promise<Grid>}
 */
export async function readGrid({ z1, z2, side }, sheet) {
  const bitmap = await createImageBitmap(new Blob([sheet]));
  const [wide, high] = [z1.length * side, z2.length * side];
  const canvas = new OffscreenCanvas(wide, high);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no canvas to read an image with");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, wide, high);
  const grey = new Uint8Array(wide * high);
  for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
  return new Grid(z1, z2, side, grey);
}
