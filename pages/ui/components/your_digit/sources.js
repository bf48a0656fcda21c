// Where a digit comes from besides the pen: a file, the clipboard, a camera, test digits that are ready.
//
// A picture of a person's goes to the server as any upload does: this hands it to the page's uploader.

import { element, find, findAll, thumbnail } from "../latent_map/elements.js";
import { PIXELS } from "../latent_map/protocol.js";

/**
 * @import { DigitData } from "../latent_map/protocol.js"
 * @import { Takeaway } from "../latent_map/takeaway.js"
 * @import { Pad } from "../sketch/pad.js"
 */

const MOST = 64; // pictures at a time, as many as the server reads
const ALONE = 2; // pictures that are sent as they are
const SIDE = 800; // pixels of a picture among many
const INPUT = '[data-testid="stFileUploaderDropzoneInput"]';

export class Sources {
  /**
   * @param {HTMLElement} root
   * @param {Pad} pad
   * @param {Takeaway} takeaway
   * @param {AbortSignal} signal
   * @param {{fetchFile: (address: string) => Promise<Uint8Array>, address: () => string}} served
   */
  constructor(root, pad, takeaway, signal, { fetchFile, address }) {
    this.pad = pad;
    this.takeaway = takeaway;
    this.fetchFile = fetchFile;
    this.samples = find(root, ".samples", HTMLElement);
    /** @type {HTMLInputElement | null} */
    this.input = null;
    this.shown = ""; // address of the samples that are there
    /** @type {Record<string, () => void>} */
    const actions = {
      upload: () => this.choose({ multiple: true }),
      camera: () => this.choose({ capture: "environment" }), // which phones have
      copy: () => takeaway.copy(address()),
    };
    for (const button of findAll(root, "[data-source]", HTMLButtonElement)) {
      button.onclick = () => actions[button.dataset.source ?? ""]?.();
    }
    const area = find(root, ".pad", HTMLElement);
    area.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    area.addEventListener(
      "drop",
      (event) => {
        event.preventDefault();
        this.give(event.dataTransfer?.files);
      },
      { signal },
    );
    document.addEventListener(
      "paste",
      (event) => {
        if (event.clipboardData?.files.length) this.give(event.clipboardData.files);
      },
      { signal },
    );
  }

  /** @returns {HTMLInputElement | null} */
  uploader() {
    const input = document.querySelector(INPUT);
    return input instanceof HTMLInputElement ? input : null;
  }

  /** @param {{multiple?: boolean, capture?: string}} how */
  choose(how) {
    const input = (this.input = element("input")); // kept, or Safari forgets it before it has files
    Object.assign(input, { type: "file", accept: "image/*", ...how });
    input.onchange = () => this.give(input.files);
    input.click();
  }

  /** @param {FileList | null | undefined} files */
  async give(files) {
    const input = this.uploader();
    if (!files?.length) return;
    if (!input) return this.takeaway.say("A picture needs the server, which is not here.");
    const all = new DataTransfer();
    const some = [...files].slice(0, MOST);
    if (some.length < files.length) this.takeaway.say(`The first ${MOST} pictures are taken.`);
    for (const file of some) all.items.add(some.length > ALONE ? await smaller(file) : named(file));
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** @param {DigitData} data */
  async show({ samples }) {
    if (samples === this.shown) return;
    this.shown = samples;
    const pictures = await this.fetchFile(samples);
    const buttons = Array.from({ length: pictures.length / PIXELS }, (_, i) => {
      const picture = pictures.slice(PIXELS * i, PIXELS * (i + 1));
      const from = i < 10 ? "MNIST's" : "scikit-learn's";
      return thumbnail(picture, `A test digit of ${from}: ${i % 10}`, () => this.pad.take({ picture, strokes: [] }));
    });
    this.samples.replaceChildren(...buttons);
  }
}

/**
 * A picture that is small enough for many to be sent at once; what this browser cannot read goes as it is.
 * @param {File} file
 */
async function smaller(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    return new File([blob], `${file.name.replace(/\.\w+$/, "")}.png`, { type: "image/png" });
  } catch {
    return named(file);
  }
}

/**
 * A file with a name that says its type, as what is pasted may have none.
 * @param {File} file
 */
function named(file) {
  const kind = file.type.split("/")[1] ?? "png";
  return /\.\w+$/.test(file.name) ? file : new File([file], `picture.${kind}`, { type: file.type });
}
