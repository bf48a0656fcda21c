// Numbers from N(0, 1), the same for the same seed.

/** @param {number} seed */
export function normals(seed) {
  const uniform = uniforms(seed);
  /** @type {number | null} */
  let other = null;
  return () => {
    if (other !== null) {
      const kept = other;
      other = null;
      return kept;
    }
    // Box & Muller 1958: two at a time.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const turn = 2 * Math.PI * uniform();
    other = radius * Math.sin(turn);
    return radius * Math.cos(turn);
  };
}

/**
 * Uniform in [0, 1). Source: Ettinger 2017, mulberry32, in the public domain.
 * @param {number} seed
 */
function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
