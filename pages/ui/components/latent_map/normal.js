// The normal distribution: what share of the prior lies below z, and back.

// Marsaglia 2004, "Evaluating the normal distribution": a series, to the last digit of a double.
function cdf(z) {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let sum = z;
  let before = 0;
  let term = z;
  for (let i = 3; sum !== before; i += 2) {
    before = sum;
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * bell(z);
}

function bell(z) {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

// Newton's steps from the middle: on either side the curve bends so that none goes too far.
function quantile(share) {
  const p = Math.min(Math.max(share, 1e-7), 1 - 1e-7);
  let z = 0;
  for (let i = 0; i < 40; i++) {
    const step = (p - cdf(z)) / bell(z);
    z += step;
    if (Math.abs(step) < 1e-12) break;
  }
  return z;
}

// ---- codes: vae/codes.py explains them; a hexadecimal character names one of 4 × 4 cells ----

function spell(z, characters) {
  let place = z.map(cdf);
  let code = "";
  for (let i = 0; i < characters; i++) {
    const [column, row] = place.map((v) => Math.min(3, Math.floor(v * 4)));
    code += (4 * row + column).toString(16).toUpperCase();
    place = [place[0] * 4 - column, place[1] * 4 - row];
  }
  return code;
}

// The cell that a code names, in percentiles: its lower left corner and its side.
function cell(code) {
  let [left, bottom, side] = [0, 0, 1];
  for (const character of code) {
    const digit = parseInt(character, 16);
    side /= 4;
    left += (digit % 4) * side;
    bottom += Math.floor(digit / 4) * side;
  }
  return [left, bottom, side];
}

function cellMiddle(code) {
  const [left, bottom, side] = cell(code);
  return [quantile(left + side / 2), quantile(bottom + side / 2)];
}
