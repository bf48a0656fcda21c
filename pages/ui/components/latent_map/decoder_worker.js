// A Worker: decodes places, some at a time, while the page stays alive.

import { Decoder, decodeAll } from "../vae/model.js";
import { Weights } from "../vae/weights.js";

/** @type {Decoder | undefined} */
let decoder;

addEventListener("message", ({ data }) => {
  if (data.weights) decoder = new Decoder(new Weights(data.weights));
  if (!data.places || !decoder) return;
  const images = decodeAll(decoder, data.places);
  postMessage(images, { transfer: [images.buffer] });
});
