// A training as it was: what the map shows at a place on the slider, mixed from the moments around it.

import { set } from "../latent_map/state.js";
import { pastSaid } from "./figures.js";
import { Life } from "./life.js";
import { mixImages, mixPoints } from "./motion.js";
import { unpack } from "./packed.js";

/**
 * @import { Moment } from "./life.js"
 * @import { Training } from "./page.js"
 */

const LOOK_MS = 5000; // between two looks whether a run that goes on has more moments

export class Past {
  /**
   * @param {Training} page
   * @param {string} name  of the run
   * @param {boolean} grows  it goes on
   */
  constructor(page, name, grows) {
    this.page = page;
    this.grows = grows;
    this.closed = false;
    this.stale = true; // what is at the place on the slider is to be painted
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.later = undefined;
    this.life = new Life(name, () => this.arrived());
    this.life.awaited = !grows;
    this.look();
    if (!grows) this.open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.later);
    this.life.close();
  }

  /** What a run that goes on has in its feed. */
  async open() {
    const { page, life } = this;
    try {
      page.openDigits(unpack(await life.bytes("digits.bin")));
      page.takeCurves(unpack(await life.bytes("curves.bin")));
    } catch (error) {
      if (this.closed) return;
      const why = error instanceof Error ? error.message : String(error);
      page.store.dispatch(set, { failure: `This training's moments could not be loaded (${why}). Reload the page.` });
    }
  }

  async look() {
    try {
      if (!document.hidden) await this.life.look();
    } catch {
      // asked again below
    }
    if (!this.closed && this.grows) this.later = setTimeout(() => this.look(), LOOK_MS);
  }

  /** One more moment has come, or more marks. */
  arrived() {
    const { page, life } = this;
    if (!this.grows || life.marks.length !== page.machine.marks.length) page.machine.take(life.marks);
    page.machine.markChanges(page.chart.changes);
    this.stale = true;
    page.wake();
  }

  /** @param {number} position  on the slider */
  paint(position) {
    const { page } = this;
    const found = this.life.at(position);
    if (!found || !this.stale) return;
    this.stale = false;
    const { from, to } = found;
    const part = page.calm.matches ? Math.round(found.part) : found.part;
    page.pane.fit(part < 0.5 ? from.points : to.points);
    page.map.images.instead = (at) => ({ at, grey: mixImages(from.grid.at(at), to.grid.at(at), part) });
    page.pane.show(mixPoints(from.points, to.points, part, page.pane.half));
    page.strip.show(mixImages(from.strip, to.strip, part));
    page.placeMine(from.grid, to.grid, part);
    this.write(from, to, part);
  }

  /**
   * @param {Moment} from
   * @param {Moment} to
   * @param {number} part
   */
  write(from, to, part) {
    const { page } = this;
    const mix = (/** @type {(moment: Moment) => number} */ of) => of(from) + part * (of(to) - of(from));
    const step = Math.round(mix(({ header }) => header.step));
    const epoch = mix(({ header }) => header.epoch + header.part);
    page.chart.mark(step, step);
    page.root.dataset.step = String(step);
    page.figures.write(pastSaid({ ...(part < 0.5 ? from : to).header, step, epoch }));
    page.source.textContent = `From ${to.grid.z1.length}×${to.grid.z2.length} pictures that were kept of this moment.`;
  }
}
