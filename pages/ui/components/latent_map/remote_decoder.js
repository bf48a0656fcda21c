// A decoder in a Worker: what is wanted for the next frame comes before what is wanted in passing.

import { PIXELS } from "./protocol.js";

/**
 * @import { Place } from "./protocol.js"
 * @typedef {object} Job
 * @property {Place[]} places
 * @property {Uint8ClampedArray} images
 * @property {number} done  of the places
 * @property {(images: Uint8ClampedArray) => void} resolve
 * @property {(error: Error) => void} reject
 */

const AT_ONCE = 4; // places: what is wanted first waits for no more

export class RemoteDecoder {
  /**
   * @param {string} script  of the Worker
   * @param {Uint8Array} weights
   * @throws where the page may not start a Worker
   */
  constructor(script, weights) {
    /** @type {Job[]} */
    this.jobs = [];
    /** @type {Job | null} */
    this.current = null;
    this.address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.worker = new Worker(this.address);
    this.worker.onmessage = ({ data }) => this.arrive(data);
    this.worker.onerror = () => this.close("this browser runs no Worker for the page");
    this.worker.postMessage({ weights });
  }

  /**
   * Decode with newer weights of the same model from now on.
   * @param {Uint8Array} weights
   */
  renew(weights) {
    this.worker.postMessage({ weights });
  }

  /**
   * @param {Place[]} places
   * @param {boolean} first  before all that wait
   * @returns {Promise<Uint8ClampedArray>} 784 grey levels for each
   */
  decode(places, first = false) {
    return new Promise((resolve, reject) => {
      const images = new Uint8ClampedArray(PIXELS * places.length);
      const job = { places, images, done: 0, resolve, reject };
      this.jobs[first ? "unshift" : "push"](job);
      this.next();
    });
  }

  next() {
    if (this.current || !this.jobs.length) return;
    const job = (this.current = this.jobs[0]);
    this.worker.postMessage({ places: job.places.slice(job.done, job.done + AT_ONCE) });
  }

  /** @param {Uint8ClampedArray} images */
  arrive(images) {
    const job = this.current;
    this.current = null;
    if (!job) return;
    job.images.set(images, PIXELS * job.done);
    job.done += images.length / PIXELS;
    if (job.done >= job.places.length) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      job.resolve(job.images);
    }
    this.next();
  }

  close(reason = "the map shows another model") {
    this.worker.terminate();
    URL.revokeObjectURL(this.address);
    const left = this.jobs.splice(0);
    for (const job of left) job.reject(new Error(reason));
  }
}
