// A Worker: the true posterior of what is drawn, coarse at once and then finer, while the page stays alive.

import { likeness } from "../latent_map/neighbours.js";
import { Decoder } from "../vae/model.js";
import { flipped } from "../vae/nn/likelihoods.js";
import { SIDES, Table, corners, divide, evidence, spread, toPlane } from "../vae/quadtree.js";
import { Weights } from "../vae/weights.js";

/**
 * @import { Cell } from "../vae/quadtree.js"
 * @typedef {object} Question
 * @property {number} number
 * @property {Float32Array} image
 * @property {Uint8Array} seen  0 where a pixel is hidden
 * @property {number} share  of the pixels that were flipped by chance
 * @property {boolean} mean  the mean image is wanted too
 * @property {boolean} brief  the coarse answer will do: another question is about to come
 * @typedef {object} Answer
 * @property {number} number  of the question
 * @property {number} evidence  log p(x) of the pixels that are seen, nats
 * @property {number} step  how often cells were divided; before the first the answer may be far off
 * @property {boolean} fine  nothing more will follow
 * @property {Float32Array} cells  left, bottom, right, top and the share of all mass, of each that holds some
 * @property {[number, number]} mode  where the density is highest
 * @property {number[]} classes  share of the mass that lies where each class is the most common, of ten
 * @property {{at: [number, number], share: number}[]} peaks  and the share of the mass around each
 * @property {Float32Array | null} mean  of the decoded images under the posterior, in [0, 1], if it was wanted
 */

const AT_ONCE = 8; // places, between which a question may come
const STEPS = 8; // of dividing
const PARTS = 4; // of a step, between which a question may come
const DIVIDED = 6; // cells that are divided in each
const SPREAD = 64; // cells over which the mass must lie, at least, for the integral to be taken for one
const SETTLED = 0.02; // nats: a step that changes less is the last
const KEPT = 1e-6; // of all mass: a cell with less is not told
const APART = 0.25; // prior deviations between two peaks, at least
const MOST_CLASSES = 50_000; // places whose class is kept
const PEAK = 0.02; // of all mass, around a peak that is worth telling

/** @type {Decoder | undefined} */
let decoder;
/** @type {Table[]} */
let tables = [];
/** @type {{points: Float32Array, labels: Uint8Array} | undefined} */
let encoded;
/** @type {Question | undefined} */
let question;
/** @type {Map<string, number>} */
const classes = new Map(); // that is the most common around the middle of a cell
let working = false;

addEventListener("message", ({ data }) => {
  if (data.weights) {
    decoder = new Decoder(new Weights(data.weights));
    encoded = data.encoded;
    tables = SIDES.map((side) => new Table(/** @type {Decoder} */ (decoder), side));
    classes.clear();
  }
  if (data.image) question = data;
  if (!working) work();
});

/** Answers the last question, then fills the tables, until there is nothing left to do. */
async function work() {
  working = true;
  while (decoder) {
    const filling = tables.find((table) => !table.complete);
    // Flipped pixels take a logarithm each: the coarse table will do to begin with.
    const ready = tables.filter((table, i) => table.complete && (i === 0 || !question?.share)).at(-1);
    if (question && ready) await answer(question, ready);
    else if (filling) filling.fill(AT_ONCE);
    else break;
    // A finer table answers again what was asked.
    if (filling?.complete && last) question ??= last;
    await pause();
  }
  working = false;
}

/** @type {Question | undefined} */
let last; // question that was answered

/** Lets messages in. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

/**
 * @param {Question} asked
 * @param {Table} table
 */
async function answer(asked, table) {
  question = undefined;
  last = asked;
  const { image, seen, number, share, mean, brief } = asked;
  const likelihood = flipped(table.decoder.likelihood, share);
  let cells = table.cells(image, seen, likelihood);
  let before = -Infinity;
  for (let step = 0; step <= STEPS; step++) {
    const now = evidence(cells);
    const fine = step === STEPS || (spread(cells) >= SPREAD && Math.abs(now - before) < SETTLED);
    before = now;
    postMessage({ number, step, fine, ...describe(table.decoder, cells, now, mean) });
    if (fine || brief) return;
    // Few at a time, so that the next question waits for none of them.
    for (let part = 0; part < PARTS; part++) {
      await pause();
      if (question) return;
      cells = divide(cells, table.decoder, image, seen, likelihood, DIVIDED);
    }
  }
}

/**
 * @param {Decoder} model
 * @param {Cell[]} cells
 * @param {number} all  log p(x)
 * @param {boolean} mean  whether the mean image is wanted
 * @returns {Omit<Answer, "number" | "step" | "fine">}
 */
function describe(model, cells, all, mean) {
  const heavy = cells.filter(({ mass }) => mass > all + Math.log(KEPT));
  const shares = heavy.map(({ mass }) => Math.exp(mass - all));
  const places = heavy.map(({ x, y }) => toPlane([x, y]));
  const densities = heavy.map(({ likelihood }, i) => likelihood - 0.5 * (places[i][0] ** 2 + places[i][1] ** 2));
  const told = new Float32Array(5 * heavy.length);
  heavy.forEach((cell, i) => told.set([...corners(cell), shares[i]], 5 * i));
  const found = findPeaks(places, densities, shares);
  const counts = new Array(10).fill(0);
  places.forEach((place, i) => (counts[classAt(place)] += shares[i]));
  return { evidence: all, cells: told, mode: found[0].at, classes: counts, peaks: found, mean: mean ? meanImage(model, places, shares) : null };
}

/** @param {[number, number]} place */
function classAt(place) {
  if (!encoded) return 0;
  const key = place.map((v) => v.toFixed(2)).join();
  const known = classes.get(key);
  if (known !== undefined) return known;
  const { label } = likeness(encoded, place);
  if (classes.size > MOST_CLASSES) classes.clear();
  classes.set(key, label);
  return label;
}

/**
 * The places of highest density that lie apart, each with the mass that is nearer to it than to others.
 * @param {[number, number][]} places
 * @param {number[]} densities
 * @param {number[]} shares
 */
function findPeaks(places, densities, shares) {
  const apart = (/** @type {[number, number]} */ a, /** @type {[number, number]} */ b) =>
    Math.hypot(a[0] - b[0], a[1] - b[1]);
  const order = [...places.keys()].sort((a, b) => densities[b] - densities[a]);
  /** @type {{at: [number, number], share: number}[]} */
  const peaks = [];
  for (const i of order) {
    if (peaks.length < 12 && peaks.every(({ at }) => apart(at, places[i]) > APART)) peaks.push({ at: places[i], share: 0 });
  }
  places.forEach((place, i) => {
    const nearest = peaks.reduce((a, b) => (apart(b.at, place) < apart(a.at, place) ? b : a));
    nearest.share += shares[i];
  });
  return peaks.filter(({ share }, i) => i === 0 || share >= PEAK).slice(0, 4);
}

/**
 * What the posterior expects to see: the mean of the images of the heaviest places.
 * @param {Decoder} model
 * @param {[number, number][]} places
 * @param {number[]} shares
 */
function meanImage(model, places, shares) {
  const { side, likelihood } = model;
  const order = [...places.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 24);
  const total = order.reduce((sum, i) => sum + shares[i], 0);
  const mean = new Float32Array(side * side);
  for (const i of order) {
    const values = model.logits(places[i]);
    for (let p = 0; p < mean.length; p++) mean[p] += (shares[i] / total) * likelihood.mean(values[p]);
  }
  return mean;
}
