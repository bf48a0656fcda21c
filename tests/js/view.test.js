import assert from "node:assert/strict";
import { test } from "node:test";

import { DECIMALS, USUAL_VIEW } from "../../pages/ui/components/latent_map/protocol.js";
import { readView, spellNumber, viewWords } from "../../pages/ui/components/latent_map/view.js";
import { initialState, shownClasses, toggleClass } from "../../pages/ui/components/latent_map/state.js";
import { Viewport } from "../../pages/ui/components/latent_map/viewport.js";

test("the usual view needs no words", () => {
  assert.deepEqual(viewWords(USUAL_VIEW, new Viewport()), {});
  assert.deepEqual(readView({}), USUAL_VIEW);
});

test("every part of a view survives its words", () => {
  const words = {
    layer: "stretch",
    top: "contours",
    hidden: "38",
    axes: "percentiles",
    tiles: "12",
    a: "0.5,-1.25",
    b: "-2,0",
    window: "0.5,0.25,0.125",
  };
  const view = readView(words);
  assert.deepEqual(view.a, [0.5, -1.25]);
  assert.equal(view.tiles, 12);
  const viewport = new Viewport().show(view.axes, view.window);
  assert.deepEqual(viewWords(view, viewport), words);
});

test("numbers have as many decimals as the server writes, and no minus zero", () => {
  assert.equal(DECIMALS, 5);
  assert.equal(spellNumber(-2.1234567), "-2.12346");
  assert.equal(spellNumber(1.5000000000000004), "1.5");
  assert.equal(spellNumber(-1e-9), "0");
});

test("a press hides a class, in the order of the classes, and another press shows it again", () => {
  let state = initialState();
  const hidden = [8, 3, 0, 8].map((label) => {
    state = { ...state, ...toggleClass(state, label) };
    return state.view.hidden;
  });
  assert.deepEqual(hidden, ["8", "38", "038", "03"]);
  const shown = shownClasses(state.view);
  assert.deepEqual(shown.flatMap((visible, label) => (visible ? [] : [label])), [0, 3]);
});
