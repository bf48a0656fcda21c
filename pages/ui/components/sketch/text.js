// A drawing as text for an address: its strokes, and the picture under them if there is one.

import { DRAWING } from "../latent_map/protocol.js";
import { LONGEST, fitText, read } from "./strokes.js";

/** @import { Drawing } from "./history.js" */

const PIXELS = 784;

/**
 * The text of a drawing, and the drawing as it is read from that; nothing where it would be too long.
 * @param {Drawing} drawing
 * @returns {Promise<{text: string, drawing: Drawing} | null>}
 */
export async function writeDrawing({ picture, strokes }) {
  const found = fitText(strokes);
  if (!found) return null;
  const packed = picture ? `.${toText(await pass(picture, new CompressionStream("deflate-raw")))}` : "";
  const text = found.text + packed;
  return text.length > DRAWING ? null : { text, drawing: { picture, strokes: found.strokes } };
}

/**
 * @param {string} text  which may come from anywhere
 * @returns {Promise<Drawing>}
 * @throws {Error} if it is no text of a drawing
 */
export async function readDrawing(text) {
  if (text.length > DRAWING) throw new Error(`A drawing has at most ${DRAWING} characters.`);
  const [strokes, packed] = text.split(".");
  if (!packed) return { picture: null, strokes: read(strokes) };
  const picture = await pass(fromText(packed), new DecompressionStream("deflate-raw"));
  if (picture.length !== PIXELS) throw new Error("The picture under the drawing is not 28×28.");
  return { picture, strokes: read(strokes) };
}

/**
 * @param {Uint8Array} bytes
 * @param {CompressionStream | DecompressionStream} through
 */
async function pass(bytes, through) {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(through);
  const reader = stream.getReader();
  /** @type {number[]} */
  const found = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Uint8Array.from(found);
    found.push(...value.subarray(0, PIXELS + LONGEST));
    if (found.length > PIXELS + LONGEST) throw new Error("The picture under the drawing is too large.");
  }
}

/** @param {Uint8Array} bytes */
function toText(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** @param {string} text */
function fromText(text) {
  if (!/^[\w-]+$/.test(text)) throw new Error("This is no drawing.");
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}
