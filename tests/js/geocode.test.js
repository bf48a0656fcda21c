import assert from "node:assert/strict";
import { test } from "node:test";

import { cell, cellMiddle, spell } from "../../pages/ui/components/latent_map/geocode.js";
import { CHARACTERS } from "../../pages/ui/components/latent_map/protocol.js";
import { complain } from "../../pages/ui/components/latent_map/share_panel.js";

test("the middle of a code's cell spells the code, at every length", () => {
  for (const code of ["0", "F", "7F3A", "C0FFEE", "12345678"]) {
    assert.equal(spell(cellMiddle(code), code.length), code);
  }
});

test("a code's beginning is the code of a larger cell around it", () => {
  const [left, bottom, side] = cell("7F3A");
  const [outerLeft, outerBottom, outerSide] = cell("7F");
  assert.ok(left >= outerLeft && left + side <= outerLeft + outerSide);
  assert.ok(bottom >= outerBottom && bottom + side <= outerBottom + outerSide);
});

test("a code as long as the server takes is a code, and a longer one is not", () => {
  const longest = "7F3A0B1C".repeat(2).slice(0, CHARACTERS.high);
  assert.equal(complain(longest), "");
  assert.match(complain(`${longest}0`), /1 to 8 of the characters/);
  assert.match(complain(""), /none was typed/);
  assert.match(complain("7G"), /“7G” is not/);
});
