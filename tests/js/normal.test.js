import assert from "node:assert/strict";
import { test } from "node:test";

import { cdf, quantile } from "../../pages/ui/components/latent_map/normal.js";

test("a quantile's share is the share it was asked for", () => {
  for (const share of [1e-6, 0.01, 0.2, 0.5, 0.77, 0.999]) {
    assert.ok(Math.abs(cdf(quantile(share)) - share) < 1e-12);
  }
});

test("shares below known quantiles, from tables", () => {
  assert.ok(Math.abs(cdf(1.959963984540054) - 0.975) < 1e-14);
  assert.ok(Math.abs(quantile(0.975) - 1.959963984540054) < 1e-10);
});

test("beyond all percentiles is the last of them", () => {
  assert.equal(cdf(50), 1);
  assert.equal(cdf(-50), 0);
  assert.ok(Number.isFinite(quantile(0)) && Number.isFinite(quantile(1)));
});
