// What is drawn becomes a digit as MNIST has them, and a short text that brings it back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BLANK, History } from "../../pages/ui/components/sketch/history.js";
import { drawOver, normalise } from "../../pages/ui/components/sketch/normalise.js";
import { raster } from "../../pages/ui/components/sketch/raster.js";
import { LONGEST, PAD, fitText, read, simplify, write } from "../../pages/ui/components/sketch/strokes.js";
import { readDrawing, writeDrawing } from "../../pages/ui/components/sketch/text.js";

const line = (points, width = 44, erase = false) => ({ erase, points: points.map(([x, y]) => [x, y, width]) });
const circle = (x, y, radius, count = 200) =>
  line(Array.from({ length: count + 1 }, (_, i) => {
    const turn = (2 * Math.PI * i) / count;
    return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
  }));
const four = [line([[150, 100], [150, 260], [340, 260]]), line([[320, 80], [310, 460]])];

function random(seed) {
  let state = seed;
  return () => (state = (1103515245 * state + 12345) % 2147483648) / 2147483648;
}

test("a text brings the same strokes back", () => {
  const pressed = { erase: false, points: [[0, 0, 20], [PAD, PAD, 60], [10, 300, 41]] };
  const strokes = [...four, pressed, line([[5, 5]], 100, true)];
  assert.deepEqual(read(write(strokes)), strokes);
  assert.deepEqual(read(""), []);
});

test("a simplified stroke stays within a unit or two of what was drawn, with far fewer points", () => {
  const drawn = circle(256, 256, 150);
  const { points } = simplify(drawn);
  assert.ok(points.length < 50);
  for (const [x, y] of drawn.points) {
    const off = Math.min(...points.slice(1).map((to, i) => distance([x, y], points[i], to)));
    assert.ok(off < 2, `${off}`);
  }
});

function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const part = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0), 1);
  return Math.hypot(x - ax - part * dx, y - ay - part * dy);
}

test("much ink is simplified until it fits, and what never fits has no text", () => {
  const next = random(7);
  const scribble = (count) => simplify(line(Array.from({ length: count }, () => [PAD * next(), PAD * next()])));
  const spiral = line(Array.from({ length: 1500 }, (_, i) => [256 + 0.15 * i * Math.cos(i / 12), 256 + 0.15 * i * Math.sin(i / 12)]));
  const found = fitText([spiral, spiral].map((stroke) => simplify(stroke)));
  assert.ok(found && found.text.length <= LONGEST);
  assert.deepEqual(read(found.text), found.strokes);
  assert.equal(fitText([scribble(900)]), null);
});

test("texts of strangers are refused or harmless", () => {
  const next = random(3);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const good = write(four);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const text = [...good].map((c) => (next() < 0.1 ? letters[Math.floor(64 * next())] : c)).join("");
    try {
      for (const { points } of read(text)) {
        for (const [x, y, width] of points) assert.ok(x >= 0 && x <= PAD && y >= 0 && y <= PAD && width > 0);
      }
    } catch (error) {
      assert.ok(!(error instanceof assert.AssertionError), text);
      refused++;
    }
  }
  assert.ok(refused > 100);
  for (const text of ["A", "/", "é", "A".repeat(LONGEST + 1), "AQ=="]) assert.throws(() => read(text));
});

test("a drawing over a picture comes back from its text", async () => {
  const picture = Uint8Array.from({ length: 784 }, (_, i) => (i * 7) % 256);
  for (const drawing of [{ picture, strokes: four }, { picture: null, strokes: four }, BLANK]) {
    const { text } = await writeDrawing(drawing);
    assert.ok(text.length <= 1450);
    assert.deepEqual(await readDrawing(text), drawing);
  }
  const noise = Uint8Array.from({ length: 784 }, (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255);
  assert.equal((await readDrawing((await writeDrawing({ picture: noise, strokes: [] })).text)).picture.length, 784);
});

test("a picture that unpacks to something else is refused", async () => {
  await assert.rejects(readDrawing(`.${"A".repeat(40)}`));
  await assert.rejects(readDrawing(".eNpjYGBgAAAABAAB"));
});

test("a raster is what lies within half the pen's width, to a pixel's edge", () => {
  const frame = { left: 0, top: 0, scale: 1, width: 64, height: 64 };
  const ink = raster([line([[10, 32], [50, 32]], 10)], frame);
  const area = ink.reduce((sum, level) => sum + level, 0);
  assert.ok(Math.abs(area - (40 * 10 + Math.PI * 25)) < 6, `${area}`);
  assert.equal(ink[32 * 64 + 30], 1);
  assert.equal(ink[32 * 64 + 60], 0);
});

test("an eraser takes away what it covers and no more", () => {
  const frame = { left: 0, top: 0, scale: 1, width: 64, height: 64 };
  const whole = [line([[10, 32], [50, 32]], 10)];
  const rubbed = raster([...whole, line([[50, 32]], 16, true)], frame);
  const before = raster(whole, frame);
  assert.equal(rubbed[32 * 64 + 50], 0);
  assert.equal(rubbed[32 * 64 + 20], before[32 * 64 + 20]);
});

test("a digit fills 20 pixels and has its centre of mass in the middle, wherever and however large it was", () => {
  for (const [x, y, size] of [[0, 0, 1], [200, 30, 0.4], [20, 280, 0.3]]) {
    const strokes = four.map(({ points }) => ({ erase: false, points: points.map(([a, b, w]) => [x + size * (a - 100), y + size * (b - 60), w * size]) }));
    const grey = normalise(strokes.map((s) => simplify(s, 0.5)));
    const rows = [...Array(28).keys()].filter((row) => grey.subarray(28 * row, 28 * row + 28).some((v) => v > 60));
    assert.equal(rows.length, 20);
    let [sum, mx, my] = [0, 0, 0];
    grey.forEach((v, i) => ((sum += v), (mx += v * (i % 28)), (my += v * Math.floor(i / 28))));
    assert.ok(mx / sum >= 13.5 && mx / sum < 14.5 && my / sum >= 13.5 && my / sum < 14.5);
    assert.equal(Math.max(...grey), 255);
  }
});

test("pens that are too fine or too broad are drawn as MNIST's are", () => {
  const ink = (width) => normalise(four.map(({ points }) => line(points, width))).reduce((a, b) => a + b, 0);
  assert.ok(ink(4) > 0.55 * ink(44));
  assert.ok(ink(150) < 1.6 * ink(44));
});

test("nothing, and all that was rubbed out, is no digit", () => {
  assert.equal(normalise([]), null);
  assert.equal(normalise([line([[100, 100]]), line([[100, 100]], 150, true)]), null);
});

test("strokes over a picture leave the rest of it as it was", () => {
  const picture = new Uint8Array(784).fill(90);
  const over = drawOver(picture, [line([[256, 256]], 60), line([[20, 20]], 60, true)]);
  assert.equal(over[14 * 28 + 14], 255);
  assert.ok(over[28 + 1] < 20);
  assert.equal(over[27 * 28 + 27], 90);
});

test("what is taken back can be had again, until something else is drawn", () => {
  const history = new History();
  const [a, b] = [{ picture: null, strokes: [four[0]] }, { picture: null, strokes: four }];
  history.add(a);
  history.add(b);
  history.undo();
  assert.equal(history.now, a);
  history.redo();
  assert.equal(history.now, b);
  history.undo();
  history.undo();
  history.undo();
  assert.equal(history.now, BLANK);
  history.add(b);
  history.redo();
  assert.equal(history.now, b);
});
