import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addressOf, follow, hoverAt, initialState, layerMissing, load, look, move, pin, playFrame, set, topShown,
} from "../../pages/ui/components/latent_map/state.js";
import { Store } from "../../pages/ui/components/latent_map/store.js";

const lines = [-3, 3];
const plane = { name: "mnist", key: "k", x: lines, y: lines, points: new Float32Array([0, 0, 1, 1]) };

function opened() {
  const store = new Store(initialState());
  store.dispatch(load, plane);
  return store;
}

test("listeners hear of each change with the state before it", () => {
  const store = new Store({ count: 0 });
  const heard = [];
  store.subscribe((state, before) => heard.push([before.count, state.count]));
  const add = ({ count }, more) => ({ count: count + more });
  store.dispatch(add, 2);
  store.dispatch(add, 3);
  assert.deepEqual(heard, [[0, 2], [2, 5]]);
});

test("what a listener dispatches comes after all have heard of the change before", () => {
  const store = new Store({ count: 0 });
  const heard = [];
  const add = ({ count }) => ({ count: count + 1 });
  store.subscribe(({ count }) => count === 1 && store.dispatch(add));
  store.subscribe(({ count }) => heard.push(count));
  store.dispatch(add);
  assert.deepEqual(heard, [1, 2]);
});

test("a listener that fails does not stop the changes after it", () => {
  const store = new Store({ count: 0 });
  store.subscribe(({ count }) => assert.notEqual(count, 1));
  const add = ({ count }) => ({ count: count + 1 });
  assert.throws(() => store.dispatch(add));
  store.dispatch(add);
  assert.equal(store.state.count, 2);
});

test("before there is a plane nothing moves; then the cursor stays on it", () => {
  const store = new Store(initialState());
  store.dispatch(move, [1, 1]);
  assert.deepEqual(store.state.z, [0, 0]);
  store.dispatch(load, plane);
  store.dispatch(move, [1e9, -1], 7);
  assert.deepEqual([store.state.z, store.state.selected], [[3, -1], 7]);
  store.dispatch(move, [1, 1]);
  assert.equal(store.state.selected, null);
});

test("hovering leaves the cursor, and a film is not disturbed by it", () => {
  const store = opened();
  store.dispatch(hoverAt, [1, 2]);
  assert.deepEqual([store.state.hover, store.state.z], [[1, 2], [0, 0]]);
  store.dispatch(playFrame, { places: [[0.5, 0.5]] }, 0, new Uint8Array(784));
  store.dispatch(hoverAt, null);
  assert.deepEqual(store.state.hover, [0.5, 0.5]);
  store.dispatch(move, [1, 1]);
  assert.equal(store.state.film, null);
});

test("a layer that failed is missing again once it is chosen again", () => {
  const store = opened();
  store.dispatch(look, { layer: "stretch" });
  assert.ok(layerMissing(store.state));
  store.dispatch(set, { problems: { stretch: "no" } });
  assert.ok(!layerMissing(store.state));
  store.dispatch(look, { layer: "nothing" });
  store.dispatch(look, { layer: "stretch" });
  assert.ok(layerMissing(store.state));
});

test("the server moves the cursor by a new revision, and only by one", () => {
  const store = opened();
  const exact = { revision: 1, z: [1, 1], view: { axes: "percentiles", a: "9,0" }, at: [1, 1] };
  store.dispatch(follow, exact);
  assert.deepEqual(store.state.z, [1, 1]);
  assert.deepEqual(store.state.view.a, [3, 0]); // brought within the map
  assert.equal(store.state.viewport.axes, "percentiles");
  store.dispatch(move, [2, 2]);
  store.dispatch(follow, { ...exact, at: [2, 2] });
  assert.deepEqual(store.state.z, [2, 2]);
});

test("a pin that is moved makes the paths it had void", () => {
  const store = opened();
  store.dispatch(set, { paths: {} });
  store.dispatch(pin, { a: [1, 0] });
  assert.deepEqual([store.state.paths, store.state.view.a], [null, [1, 0]]);
});

test("on top is what there is room for, until somebody says", () => {
  const store = opened();
  assert.equal(topShown(store.state), "points");
  store.dispatch(set, { narrow: true });
  assert.equal(topShown(store.state), "contours");
  store.dispatch(look, { top: "nothing" });
  assert.equal(topShown(store.state), "nothing");
});

test("an address has the checkpoint, the place and the view", () => {
  const store = opened();
  store.dispatch(move, [0.1 + 0.2, -1]);
  store.dispatch(look, { layer: "regions" });
  const address = addressOf(store.state, "http://host/?z1=7&utm=x");
  assert.equal(address, "http://host/?ckpt=mnist&z1=0.3&z2=-1&layer=regions");
});
