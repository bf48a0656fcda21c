// From grey levels to the input of a network. The twin of vae/data/pixels.py.

const SIDE = 28;

/**
 * The input of a network for one image: its grey levels, at the network's size.
 *
 * @param {ArrayLike<number>} grey (784,) 0..255
 * @param {Record<string, any>} config
 * @returns {Float32Array} (side · side,) in [0, 1]
 */
export function observe(grey, config) {
  return shrink(grey, config.side).map((level) => Math.fround(level / 255));
}

/**
 * The middle of an image at fewer pixels, each the mean of a square.
 *
 * @param {ArrayLike<number>} grey (784,)
 * @param {number} side
 * @returns {Float32Array} (side · side,) whole numbers
 */
function shrink(grey, side) {
  const times = Math.floor(SIDE / side);
  const start = Math.floor((SIDE - times * side) / 2);
  const levels = new Float32Array(side * side);
  for (let i = 0; i < levels.length; i++) {
    const row = start + times * Math.floor(i / side);
    const column = start + times * (i % side);
    let sum = 0;
    for (let y = 0; y < times; y++) {
      for (let x = 0; x < times; x++) {
        const level = Math.fround(grey[SIDE * (row + y) + column + x] / 255);
        sum = Math.fround(sum + level); // in PyTorch's precision and order: it decides about halves
      }
    }
    levels[i] = roundToEven(Math.fround(255 * Math.fround(sum / times ** 2)));
  }
  return levels;
}

/** @param {number} value */
function roundToEven(value) {
  const low = Math.floor(value);
  if (value - low === 0.5) return low + (low % 2);
  return Math.round(value);
}
