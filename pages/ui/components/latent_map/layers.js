// What lies under the points: a field as shades, the regions of the classes, or decoded images.

const SHADES = 256;
const INK = 0.8; // of the text's colour in the strongest shade: what is written on it must be read
const FINEST = 320; // pixels along each side of a drawn field; the screen smooths between them
const LAYERS = {
  nothing: { words: "A layer colours the map by what the model knows of each place." },
  images: {
    words:
      "What the decoder draws at each place, here blended from the atlas. " +
      "A click on a tile takes the hand there.",
  },
  density: {
    unit: "% of the test digits per unit of area",
    times: 100,
    digits: 1,
    words:
      "Where the encoder puts the test digits, each spread 0.1 wide. " +
      "The rings hold 50, 90 and 99% of the prior: samples fall there, digits or not.",
  },
  uncertainty: {
    unit: "nats per pixel, of at most 0.69",
    times: 1,
    digits: 3,
    words: "How undecided the decoder is about its pixels. Strong shades are blurred images.",
  },
  stretch: {
    unit: "√det JᵀJ: area of images per area of map",
    times: 1,
    digits: 0,
    log: true,
    words:
      "How fast the image changes as the hand moves. " +
      "In strong shades a small step draws another digit, in faint ones much the same.",
  },
  regions: {
    unit: "share of the 15 nearest test digits",
    times: 100,
    digits: 0,
    sign: "%",
    words: "The class that most of the nearest test digits have; the fainter, the less they agree.",
  },
};

class Layers {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.known = {}; // fields that have come, by name
    this.sheet = document.createElement("canvas");
  }

  // A field as it came from the server.
  take(name, { x, y, values, classes, low, high, purity }) {
    const floats = (text) => new Float32Array(fromBase64(text).buffer);
    this.known[name] = { x: floats(x), y: floats(y), values: floats(values), low, high, purity };
    if (classes) Object.assign(this.known[name], { classes: fromBase64(classes), low: 0, high: 1 });
  }

  resize(side) {
    const density = globalThis.devicePixelRatio || 1;
    this.canvas.width = this.canvas.height = Math.round(side * density);
    this.context.setTransform(density, 0, 0, density, 0, 0);
  }

  draw(name, plane, atlas, tiles, theme) {
    const { context, sheet } = this;
    context.clearRect(0, 0, plane.side, plane.side);
    if (name === "images") {
      this.drawImages(plane, atlas, tiles, theme);
      return;
    }
    const field = this.known[name];
    if (!field) return;
    const size = Math.min(FINEST, Math.round(plane.side));
    sheet.width = sheet.height = size;
    const paper = sheet.getContext("2d");
    const picture = paper.createImageData(size, size);
    if (field.classes) paintRegions(picture, field, plane, atlas.colours);
    else paintField(picture, field, plane, shades(theme), LAYERS[name].log);
    paper.putImageData(picture, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(sheet, 0, 0, plane.side, plane.side);
  }

  // n × n images, each at the middle of its tile.
  drawImages(plane, atlas, tiles, theme) {
    const { context, sheet } = this;
    sheet.width = sheet.height = 28 * tiles;
    const paper = sheet.getContext("2d");
    const picture = paper.createImageData(sheet.width, sheet.height);
    const words = new Uint32Array(picture.data.buffer);
    const ramp = new Uint32Array(shades(theme).buffer);
    const grey = new Uint8ClampedArray(PIXELS);
    const [xs, ys] = tileMiddles(plane, tiles);
    for (let row = 0; row < tiles; row++) {
      for (let column = 0; column < tiles; column++) {
        if (!within(atlas, xs[column], ys[row])) continue; // nothing is known of it here
        blend(atlas, [xs[column], ys[row]], grey);
        const corner = (row * 28 * tiles + column) * 28;
        for (let i = 0; i < PIXELS; i++) {
          const line = Math.floor(i / 28);
          words[corner + line * 28 * tiles + (i - 28 * line)] = ramp[grey[i]];
        }
      }
    }
    paper.putImageData(picture, 0, 0);
    const [[left, right], [bottom, top]] = plane.extent;
    const from = plane.fromUnits([left, top]);
    const to = plane.fromUnits([right, bottom]);
    context.imageSmoothingEnabled = to[0] - from[0] < sheet.width;
    context.drawImage(sheet, ...from, to[0] - from[0], to[1] - from[1]);
  }

  // The value at a place, between the grid's own.
  at(name, [x, y]) {
    const field = this.known[name];
    if (!field) return null;
    const [column, right] = locate(field.x, x);
    const [row, up] = locate(field.y, y);
    if (field.classes) {
      const i = (row + (up > 0.5)) * field.x.length + column + (right > 0.5);
      return field.values[i];
    }
    return mix(field.values, row * field.x.length + column, field.x.length, right, up);
  }
}

// The places of the tiles: z1 of the columns, z2 of the rows from the top.
function tileMiddles(plane, tiles) {
  const { back } = AXES[plane.axes];
  const middles = ([low, high]) =>
    Array.from({ length: tiles }, (_, i) => back(low + ((i + 0.5) / tiles) * (high - low)));
  const [xs, ys] = plane.extent.map(middles);
  return [xs, ys.reverse()];
}

function within({ x, y }, z1, z2) {
  return z1 >= x[0] && z1 <= x.at(-1) && z2 >= y[0] && z2 <= y.at(-1);
}

function mix(values, at, width, right, up) {
  const below = values[at] * (1 - right) + values[at + 1] * right;
  const above = values[at + width] * (1 - right) + values[at + width + 1] * right;
  return below * (1 - up) + above * up;
}

// For each column and each row of a picture of what is seen: where it lies on the field's grid.
function footholds(field, plane, size) {
  const step = plane.side / size;
  const along = Array.from({ length: size }, (_, i) => plane.toPlane([(i + 0.5) * step, (i + 0.5) * step]));
  const inside = (lines, v) => v >= lines[0] && v <= lines.at(-1);
  const find = (lines, v) => (inside(lines, v) ? locate(lines, v) : null);
  return [along.map(([x]) => find(field.x, x)), along.map(([, y]) => find(field.y, y))];
}

function paintField(picture, field, plane, ramp, log) {
  const size = picture.width;
  const words = new Uint32Array(picture.data.buffer);
  const colours = new Uint32Array(ramp.buffer);
  const [columns, rows] = footholds(field, plane, size);
  const width = field.x.length;
  const bend = log ? (v) => Math.log(Math.max(v, 1e-9)) : (v) => v;
  const low = bend(field.low);
  const times = (SHADES - 1) / (bend(field.high) - low || 1);
  for (let row = 0; row < size; row++) {
    if (!rows[row]) continue;
    const [y, up] = rows[row];
    for (let column = 0; column < size; column++) {
      if (!columns[column]) continue;
      const [x, right] = columns[column];
      const shade = (bend(mix(field.values, y * width + x, width, right, up)) - low) * times;
      words[row * size + column] = colours[Math.min(SHADES - 1, Math.max(0, Math.round(shade)))];
    }
  }
}

function paintRegions(picture, field, plane, names) {
  const size = picture.width;
  const colours = names.map(parseColour);
  const [columns, rows] = footholds(field, plane, size);
  const width = field.x.length;
  for (let row = 0; row < size; row++) {
    if (!rows[row]) continue;
    const y = rows[row][0] + (rows[row][1] > 0.5);
    for (let column = 0; column < size; column++) {
      if (!columns[column]) continue;
      const i = y * width + columns[column][0] + (columns[column][1] > 0.5);
      const pixel = 4 * (row * size + column);
      picture.data.set(colours[field.classes[i]], pixel);
      picture.data[pixel + 3] = opacity(field.values[i]);
    }
  }
}

function opacity(share) {
  return 255 * (0.08 + 0.62 * share * share);
}

// From the paper's colour most of the way to the ink's: (256, 4) bytes.
function shades(theme) {
  const [from, to] = [theme.background, theme.text].map(parseColour);
  const ramp = new Uint8ClampedArray(4 * SHADES);
  for (let i = 0; i < SHADES; i++) {
    const part = (INK * i) / (SHADES - 1);
    for (let c = 0; c < 3; c++) ramp[4 * i + c] = from[c] + (to[c] - from[c]) * part;
    ramp[4 * i + 3] = 255;
  }
  return ramp;
}

// A colour of the style sheet as three numbers.
function parseColour(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour;
  const text = context.fillStyle; // #rrggbb
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
