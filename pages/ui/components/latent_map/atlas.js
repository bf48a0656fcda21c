// The atlas in the browser: unpacked once, blended at every frame. The layout of the bytes is
// written down in pack.py; vae/latent/atlas.py does the same blending for the tests.

const PIXELS = 784;

async function unpackAtlas(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const points = new Float32Array(bytes.slice(at, (at += header.points * 8)).buffer);
  const labels = bytes.slice(at, (at += header.points));
  const images = addNeighbours(await inflate(bytes.subarray(at)), header.x.length);
  return { ...header, points, labels, images };
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Pixel by pixel, each came as what its left and its lower neighbour do not tell, modulo 256.
function addNeighbours(differences, size) {
  const images = new Uint8Array(differences.length);
  const above = size * PIXELS;
  let from = 0;
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    let to = pixel;
    for (let row = 0; row < size; row++) {
      let sum = 0; // of the row's differences so far: what to add to the image below
      for (let column = 0; column < size; column++, from++, to += PIXELS) {
        sum += differences[from];
        images[to] = row ? sum + images[to - above] : sum;
      }
    }
  }
  return images;
}

// The grid line at or before a position, and how far along to the next.
function locate(lines, position) {
  const last = lines.length - 1;
  const p = Math.min(Math.max(position, lines[0]), lines[last]);
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lines[middle] <= p) low = middle;
    else high = middle;
  }
  return [low, (p - lines[low]) / (lines[low + 1] - lines[low])];
}

// The image at a place, blended from the four around it, into 784 grey levels.
function blend(atlas, [x, y], grey) {
  const size = atlas.x.length;
  const [column, right] = locate(atlas.x, x);
  const [row, up] = locate(atlas.y, y);
  const a = (row * size + column) * PIXELS;
  const b = a + PIXELS;
  const c = a + size * PIXELS;
  const d = c + PIXELS;
  const wa = (1 - right) * (1 - up);
  const wb = right * (1 - up);
  const wc = (1 - right) * up;
  const wd = right * up;
  const images = atlas.images;
  for (let i = 0; i < PIXELS; i++) {
    grey[i] = wa * images[a + i] + wb * images[b + i] + wc * images[c + i] + wd * images[d + i];
  }
}

// The class that most of the 15 nearest encoded images have, its share of them, how many were asked.
function likeness(atlas, [x, y]) {
  const { points, labels } = atlas;
  const asked = Math.min(15, labels.length);
  const squares = new Float64Array(asked).fill(Infinity); // ascending
  const classes = new Uint8Array(asked);
  for (let i = 0; i < labels.length; i++) {
    const dx = points[2 * i] - x;
    const dy = points[2 * i + 1] - y;
    const square = dx * dx + dy * dy;
    if (square >= squares[asked - 1]) continue;
    let slot = asked - 1;
    for (; slot > 0 && squares[slot - 1] > square; slot--) {
      squares[slot] = squares[slot - 1];
      classes[slot] = classes[slot - 1];
    }
    squares[slot] = square;
    classes[slot] = labels[i];
  }
  const votes = new Uint8Array(10);
  for (const label of classes) votes[label]++;
  const share = Math.max(...votes);
  return [votes.indexOf(share), share / asked, asked];
}
