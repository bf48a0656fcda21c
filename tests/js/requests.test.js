import assert from "node:assert/strict";
import { test } from "node:test";

import { AGAIN_MS } from "../../pages/ui/components/latent_map/protocol.js";
import { Requests } from "../../pages/ui/components/latent_map/requests.js";

/** A line whose messages are numbered as the transport numbers them. */
function line() {
  const sent = [];
  const requests = new Requests(() => sent.push(requests.carriedBy(sent.length + 1)));
  return { requests, sent };
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

test("requests go out one after the other, each until it is answered", async () => {
  const { requests, sent } = line();
  const layer = requests.get("layer", { of: "density" });
  const path = requests.get("path", {});
  await wait(20);
  assert.deepEqual(sent, [{ what: "layer", of: "density" }]);
  requests.arrive({ x: "first" }, 1);
  assert.deepEqual(await layer, { x: "first" });
  await wait(20);
  assert.deepEqual(sent[1], { what: "path" });
  requests.arrive({ error: "no pins" }, 2);
  await assert.rejects(path, /no pins/);
  requests.close();
});

test("a result of a message before the request is not the request's", async () => {
  const { requests, sent } = line();
  sent.push(null, null); // two messages of a dragging hand
  const path = requests.get("path", {});
  await wait(20);
  requests.arrive({ straight: "another's" }, 2);
  requests.arrive({ straight: "its own" }, 3);
  assert.deepEqual(await path, { straight: "its own" });
  requests.close();
});

test("what is still computed makes room for the next and is asked for again", async () => {
  const { requests, sent } = line();
  const slow = requests.get("layer", { of: "stretch" });
  const quick = requests.get("snippet", { of: "image" });
  await wait(20);
  requests.arrive({ pending: true }, 1);
  await wait(20);
  assert.equal(sent[1].what, "snippet");
  requests.arrive({ pending: true }, 1); // late, of the first: not the snippet's
  requests.arrive({ text: "code" }, 2);
  assert.deepEqual(await quick, { text: "code" });
  await wait(AGAIN_MS + 50);
  assert.equal(sent[2].what, "layer");
  requests.arrive({ x: "done" }, 3);
  assert.deepEqual(await slow, { x: "done" });
  requests.close();
});
