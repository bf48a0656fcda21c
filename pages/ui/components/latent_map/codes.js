// A place in a few hexadecimal characters, each of which names one of 4 × 4 cells, and again inside
// of that; vae/latent/geocode.py is the same.

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
