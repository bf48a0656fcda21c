// The page's side of the Worker that integrates: one question at a time, the newest.

/**
 * @import { Answer } from "./posterior_worker.js"
 * @import { Plane } from "../latent_map/plane.js"
 */

export class Truth {
  /**
   * @param {string} script  of the Worker
   * @param {Uint8Array} weights  of the decoder
   * @param {Plane} plane
   * @throws where the page may not start a Worker
   */
  constructor(script, weights, { points, labels }) {
    this.address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.worker = new Worker(this.address);
    /** @type {Map<number, (answer: Answer) => void>} */
    this.askers = new Map();
    this.number = 0;
    this.worker.onmessage = ({ data }) => this.askers.get(data.number)?.(data);
    this.worker.postMessage({ weights, encoded: { points, labels } });
  }

  /**
   * Ask for the posterior given what is seen of an image. Answers come coarse at first, then finer; those
   * to an earlier question come no more.
   * @param {Float32Array} image (side · side,)
   * @param {Uint8Array | null} seen  0 where a pixel is hidden
   * @param {(answer: Answer) => void} told
   * @param {{share?: number, mean?: boolean, brief?: boolean}} [also]  which share of the pixels was flipped by
   *   chance, whether the mean image is wanted, and whether the coarse answer will do
   */
  ask(image, seen, told, { share = 0, mean = false, brief = false } = {}) {
    this.number += 1;
    this.askers.clear();
    this.askers.set(this.number, told);
    const all = seen ?? new Uint8Array(image.length).fill(1);
    this.worker.postMessage({ number: this.number, image, seen: all, share, mean, brief });
  }

  close() {
    this.worker.terminate();
    URL.revokeObjectURL(this.address);
  }
}
