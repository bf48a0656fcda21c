import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState, load, look, move, pin, set } from "../../pages/ui/components/latent_map/state.js";
import { Store } from "../../pages/ui/components/latent_map/store.js";
import { cross, findBorder, looksLike } from "../../pages/ui/components/tour/border.js";
import { GAP, overlap, placeCard } from "../../pages/ui/components/tour/place.js";
import { begin, follow, stepsFor } from "../../pages/ui/components/tour/steps.js";

/** Islands of 400 digits each: a square of side 1 for each [label, left, bottom]. */
function planeOf(...islands) {
  const [points, labels] = [[], []];
  for (const [label, left, bottom] of islands) {
    for (let i = 0; i < 400; i++) {
      points.push(left + ((i % 20) + 0.5) / 20, bottom + (Math.floor(i / 20) + 0.5) / 20);
      labels.push(label);
    }
  }
  return {
    name: "n", key: "k", x: [-3, 3], y: [-3, 3], points: new Float32Array(points), labels: Uint8Array.from(labels),
  };
}

const plane = planeOf([4, -1, 0], [9, 0, 0], [7, 1, 0]);

/** A visitor at a step; `is()` says whether the step is done. */
function visitorAt(name, prepared = {}) {
  const store = new Store({ ...initialState(), ...prepared });
  store.dispatch(load, plane);
  const border = findBorder(plane);
  const step = stepsFor(border, () => true).find((one) => one.name === name);
  let trail = begin(store.state);
  store.subscribe((state, before) => (trail = follow(trail, state, before, border)));
  return { store, is: () => step.done(store.state, trail) };
}

function drag(store, ...places) {
  store.dispatch(set, { held: true });
  for (const place of places) store.dispatch(move, place);
  store.dispatch(set, { held: false });
}

test("the hand has been dragged once it has gone some way in several moves, not by a press", () => {
  const { store, is } = visitorAt("drag");
  drag(store, [1, 1]);
  assert.ok(!is());
  drag(store, [0.99, 1], [0.98, 1]);
  assert.ok(!is());
  drag(store, [0.9, 1], [0.8, 1]);
  assert.ok(is());
});

test("a hand that the server moves has not been dragged", () => {
  const { store, is } = visitorAt("drag");
  for (let i = 1; i < 9; i++) store.dispatch(set, { held: true, z: [i / 4, 0], revision: i });
  assert.ok(!is());
});

test("a 4 has become a 9 where the hand meets one after the other, either way", () => {
  for (const way of [[[-0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [-0.5, 0.5]]]) {
    const { store, is } = visitorAt("change", { z: way[0] });
    drag(store, [way[0][0], 0.6], way[0]);
    assert.ok(!is());
    drag(store, way[1]);
    assert.ok(is());
  }
});

test("from a 4 to a 9 across another digit is not where one becomes the other", () => {
  const other = planeOf([4, -1, 0], [7, 0, 0], [9, 1, 0]);
  const border = { from: 4, to: 9, place: [0, 0] };
  const crossing = cross(other, border, { last: null, crossed: false }, [-0.5, 0.5], [1.5, 0.5]);
  assert.deepEqual(crossing, { last: 9, crossed: false });
});

test("a place looks like nothing where no test digit is near, and a gap does not end a crossing", () => {
  const apart = planeOf([4, -1.5, 0], [9, 0.5, 0]);
  assert.equal(looksLike(apart, [0, 0.5]), null);
  const border = { from: 4, to: 9, place: [0, 0] };
  assert.ok(cross(apart, border, { last: null, crossed: false }, [-1, 0.5], [1, 0.5]).crossed);
});

test("the border is between the islands of 4 and 9, though others touch along more of it", () => {
  const { from, to, place } = findBorder(planeOf([4, -1, 0], [9, 0, 0.5], [7, -1, 1], [7, 1, 0.5]));
  assert.deepEqual([from, to], [4, 9]);
  assert.ok(Math.abs(place[0]) < 0.15 && place[1] > 0.5 && place[1] < 1);
});

test("where no 4 meets a 9 two others are looked for; where none meet the step is left out", () => {
  const { from, to } = findBorder(planeOf([4, -2, -2], [9, 1, 1], [0, -1, 1], [6, 0, 1]));
  assert.ok([from, to].join() === "0,6" || [from, to].join() === "6,9");
  const alone = findBorder(planeOf([4, -2, -2], [9, 1, 1]));
  assert.equal(alone, null);
  const names = stepsFor(alone, () => true).map(({ name }) => name);
  assert.deepEqual(names, ["drag", "meet", "draw", "doubt", "walk"]);
});

test("a page without a pad has no step for it", () => {
  const names = stepsFor(findBorder(plane), (target) => !target.includes("pad")).map(({ name }) => name);
  assert.deepEqual(names, ["drag", "change", "meet", "doubt", "walk"]);
});

test("a digit is met once it is there, and another than before", () => {
  const { store, is } = visitorAt("meet", { selected: 3, digit: { index: 3 } });
  assert.ok(!is());
  store.dispatch(move, [0, 0], 5);
  assert.ok(!is());
  store.dispatch(set, { digit: { index: 5 } });
  assert.ok(is());
});

test("a drawing is one's own if the server did not give it", () => {
  const { store, is } = visitorAt("draw");
  store.dispatch(set, { exact: { given: { drawing: "AQAs" } }, drawing: "AQAs" });
  assert.ok(!is());
  store.dispatch(set, { drawing: "AQBt" });
  assert.ok(is());
});

test("the map is coloured once the layer of uncertainty has come", () => {
  const { store, is } = visitorAt("doubt");
  store.dispatch(look, { layer: "density" });
  store.dispatch(look, { layer: "uncertainty" });
  assert.ok(!is());
  store.dispatch(set, { fields: { uncertainty: {} } });
  assert.ok(is());
});

test("a walk is from one pin to another, and its pictures are there", () => {
  const { store, is } = visitorAt("walk");
  store.dispatch(pin, { a: [0, 0] });
  store.dispatch(pin, { b: [0, 0] });
  store.dispatch(set, { paths: {} });
  assert.ok(!is());
  store.dispatch(pin, { b: [1, 0] });
  assert.ok(!is());
  store.dispatch(set, { paths: {} });
  assert.ok(is());
});

/** Numbers in 0..1 that are the same at every run. */
function numbers(seed) {
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
}

test("a card is within the window, and never over its target where there is room on a side of it", () => {
  const next = numbers(7);
  let roomy = 0;
  for (let i = 0; i < 2000; i++) {
    const view = { width: 700 + 1200 * next(), height: 400 + 800 * next() };
    const card = { width: 304, height: 100 + 150 * next() };
    const [width, height] = [20 + 0.9 * view.width * next(), 20 + 0.9 * view.height * next()];
    const target = { left: (view.width - width) * next(), top: (view.height - height) * next(), width, height };
    const keep = [{ left: 0, top: 0, width: view.width * next(), height: view.height * next() }];
    const place = { ...placeCard(target, card, view, keep), ...card };
    assert.ok(place.left >= GAP - 1 && place.left + card.width <= view.width - GAP + 1);
    assert.ok(place.top >= GAP - 1 && place.top + card.height <= view.height - GAP + 1);
    const across = Math.max(target.left, view.width - target.left - width) >= card.width + 2 * GAP + 1;
    const down = Math.max(target.top, view.height - target.top - height) >= card.height + 2 * GAP + 1;
    if (!across && !down) continue;
    roomy++;
    assert.equal(overlap(place, target), 0);
  }
  assert.ok(roomy > 500);
});

test("a card is beside its target, unless that hides what is better seen", () => {
  const view = { width: 1280, height: 720 };
  const card = { width: 304, height: 160 };
  const map = { left: 30, top: 70, width: 570, height: 570 };
  const near = placeCard(map, card, view);
  assert.equal(near.left, 600 + GAP);
  const image = { left: 627, top: 70, width: 290, height: 620 };
  assert.equal(placeCard(map, card, view, [image]).left, 917 + GAP);
});

test("over a target that fills the window a card covers as little of it as it can", () => {
  const view = { width: 800, height: 400 };
  const target = { left: 0, top: 0, width: 700, height: 400 };
  assert.equal(placeCard(target, { width: 304, height: 160 }, view).left, 800 - 304 - GAP);
});
