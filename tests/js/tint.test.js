import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ON_DARK, ON_LIGHT, TONES, toneOf } from "../../pages/ui/components/latent_map/tint.js";

const config = readFileSync(new URL("../../.streamlit/config.toml", import.meta.url), "utf-8");

/** The ground of the map in a theme, as three numbers. */
function ground(theme) {
  const section = config.split(`[theme.${theme}]`)[1];
  const [, hex] = section.match(/secondaryBackgroundColor = "#(\w+)"/);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** WCAG 2's contrast of two colours. */
function contrast(a, b) {
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test("every tone can be told from its ground, and the more the better", () => {
  for (const [theme, stops] of [
    ["light", ON_LIGHT],
    ["dark", ON_DARK],
  ]) {
    const contrasts = stops.map((stop) => contrast(stop, ground(theme)));
    assert.ok(Math.min(...contrasts) >= 3, `${theme}: ${contrasts}`);
    assert.deepEqual(contrasts, contrasts.toSorted((a, b) => a - b));
  }
});

test("tones follow the scale, and what is beyond an end has its tone", () => {
  const tint = { values: new Float32Array(), low: 50, high: 250 };
  assert.equal(toneOf(-1e9, tint), 0);
  assert.equal(toneOf(50, tint), 0);
  assert.equal(toneOf(150, tint), TONES / 2);
  assert.equal(toneOf(250, tint), TONES - 1);
  assert.equal(toneOf(1e9, tint), TONES - 1);
  assert.equal(toneOf(7, { values: new Float32Array(), low: 7, high: 7 }), 0);
});
