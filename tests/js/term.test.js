import assert from "node:assert/strict";
import { test } from "node:test";

import { split } from "../../pages/ui/components/glossary/term.js";
import { FORMS, SENTENCES } from "../../pages/ui/components/glossary/terms.js";

const marked = (text, said) => split(text, said).flatMap(({ name }) => name ?? []);

test("every word of a term leads to a sentence", () => {
  for (const [form, name] of Object.entries(FORMS)) {
    assert.deepEqual(marked(`what ${form} is`), [name]);
    assert.ok(SENTENCES[name].endsWith("."));
  }
});

test("a term is marked once in a text, as it is written there", () => {
  const parts = split("KL 8.7 nats, 12.5 bits; Reconstruction 110 nats.");
  assert.deepEqual(parts, [
    { text: "KL", name: "KL" },
    { text: " 8.7 " },
    { text: "nats", name: "nats" },
    { text: ", 12.5 bits; " },
    { text: "Reconstruction", name: "reconstruction" },
    { text: " 110 nats." },
  ]);
});

test("over several texts a term is marked in the first that has it", () => {
  const said = new Set();
  assert.deepEqual(marked("8.7 nats", said), ["nats"]);
  assert.deepEqual(marked("9.1 nats of the prior", said), ["prior"]);
});

test("the longest word counts, and no part of another word is a term", () => {
  assert.deepEqual(split("exact log p(x)"), [{ text: "exact log p(x)", name: "log p(x)" }]);
  assert.deepEqual(marked("airplanes, a priori, natsume, log p(x | z)"), []);
});

test("a text without terms is one part, and an empty one none", () => {
  assert.deepEqual(split("74 test digits"), [{ text: "74 test digits" }]);
  assert.deepEqual(split(""), []);
});
