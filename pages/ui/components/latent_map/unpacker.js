// A Worker: inflates an atlas, while the page stays alive.

import { unpackAtlas } from "./atlas.js";

addEventListener("message", async ({ data }) => {
  try {
    const atlas = await unpackAtlas(data);
    const buffers = [atlas.images.buffer, atlas.points.buffer, atlas.labels.buffer];
    postMessage({ atlas }, { transfer: buffers });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
