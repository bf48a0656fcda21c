// The strip: what of the machine is seen without opening anything, painted.

import { element, find, paintGrey } from "../latent_map/elements.js";
import { Answer, drawable, rampOf } from "./answers.js";
import { drawLens } from "./lens.js";
import { write } from "./text.js";
import { balance, placeWords, signed, spreadWords } from "./words.js";

/**
 * @import { Theme } from "../latent_map/colour.js"
 * @import { Part, Place } from "../latent_map/protocol.js"
 * @import { Observer } from "../vae/nn/layers.js"
 * @import { Posterior } from "../vae/nn/posterior.js"
 * @import { Costs } from "./words.js"
 * @typedef {"encoder" | "decoder"} Network
 */

export class Strip {
  /** @param {HTMLElement} machine */
  constructor(machine) {
    this.machine = machine;
    this.came = find(machine, ".came", HTMLCanvasElement);
    this.back = find(machine, ".back", HTMLCanvasElement);
    this.lens = find(machine, ".lens", HTMLCanvasElement);
    this.where = find(machine, ".where", HTMLElement);
    this.share = find(machine, ".balance i", HTMLElement);
    const caption = (/** @type {string} */ part) => find(machine, `.part[data-part="${part}"] .caption`, HTMLElement);
    this.captions = { input: caption("input"), cloud: caption("cloud"), costs: caption("costs") };
    /** @type {Record<Network, Answer[]>} */
    this.answers = { encoder: [], decoder: [] };
    /** @type {Theme | null} */
    this.theme = null; // that the ramp is of
    /** @type {Uint8ClampedArray} */
    this.ramp = new Uint8ClampedArray(1024);
  }

  /** @param {Part[]} parts */
  build(parts) {
    for (const network of /** @type {const} */ (["encoder", "decoder"])) {
      const layers = parts.find(({ name }) => name === network)?.layers ?? [];
      const answers = (this.answers[network] = drawable(layers).map((layer) => new Answer(layer)));
      const figures = answers.map((answer) => {
        const figure = element("figure");
        figure.append(answer.canvas, element("figcaption", answer.words));
        return figure;
      });
      find(this.machine, `.part[data-part="${network}"] .answers`, HTMLElement).replaceChildren(...figures);
    }
    const { encoder, decoder } = this.answers;
    const count = encoder.length + decoder.length;
    if (count) this.machine.style.setProperty("--answers", String(count));
  }

  /**
   * @param {Theme} theme
   */
  dye(theme) {
    if (theme === this.theme) return;
    this.theme = theme;
    this.ramp = rampOf(theme);
    for (const answer of [...this.answers.encoder, ...this.answers.decoder]) answer.dye(this.ramp);
  }

  /**
   * An observer that paints what the layers of a network answer, in their order.
   * @param {Network} network
   * @returns {Observer}
   */
  painter(network) {
    const left = [...this.answers[network]];
    return (name, values) => {
      if (left[0]?.name === name) left.shift()?.paint(values, this.ramp);
    };
  }

  /**
   * What went in rests where nothing was encoded.
   * @param {boolean} rests
   * @param {string} words  what went in, or why nothing did
   */
  rest(rests, words) {
    this.machine.toggleAttribute("data-rests", rests);
    const { input } = this.captions;
    if (input.textContent === words) return;
    input.textContent = input.title = words;
    this.came.setAttribute("aria-label", `What goes in: ${words}`);
  }

  /**
   * @param {Uint8Array} grey
   * @param {Posterior} posterior
   * @param {Costs | null} costs
   */
  showInput(grey, posterior, costs) {
    paintGrey(this.came, grey);
    write(this.captions.cloud, `± ${spreadWords(posterior)}`);
    this.showCosts(costs);
  }

  /** @param {Costs | null} costs */
  showCosts(costs) {
    for (const name of /** @type {const} */ (["kl", "reconstruction"])) {
      const text = costs ? `${signed(costs[name], 1)} nats` : "";
      write(find(this.machine, `[data-cost="${name}"]`, HTMLElement), text);
    }
    const share = costs && balance(costs);
    const percent = Math.round(100 * (share ?? 0));
    this.share.style.width = `${percent}%`;
    write(this.captions.costs, share === null ? "" : `${percent}% where, ${100 - percent}% picture`);
  }

  /**
   * @param {Posterior} posterior
   * @param {{sample: Place, hand: Place}} places
   * @param {Theme} theme
   */
  magnify(posterior, places, theme) {
    drawLens(this.lens, posterior, places, theme);
  }

  /**
   * @param {Place} place
   * @param {Uint8ClampedArray} grey  of the image there
   */
  showOutput(place, grey) {
    paintGrey(this.back, grey);
    this.back.dataset.z = place.join(",");
  }

  /** @param {Place} place */
  showPlace(place) {
    write(this.where, `z = ${placeWords(place)}`);
  }
}
