// The steps of the tour: what each points at, what it says, and how it is known to be done.

import { withArticle } from "../latent_map/neighbours.js";
import { layerMissing, topShown } from "../latent_map/state.js";
import { cross } from "./border.js";

/**
 * @import { State } from "../latent_map/state.js"
 * @import { Border, Crossing } from "./border.js"
 * @typedef {"explore" | "digit"} Page
 * @typedef {Crossing & {began: State, moves: number, far: number}} Trail  what the hand has done since the
 *   step began: how often and how far it has moved while held, in prior deviations
 * @typedef {object} Step
 * @property {string} name
 * @property {Page} page  that it is on
 * @property {string} target  selector of what it points at
 * @property {string[]} keep  selectors of what is better seen meanwhile
 * @property {string} title
 * @property {(root: ParentNode) => string} words
 * @property {string} keys  how it is done by keys
 * @property {string} go  what the button says that leads the keys there
 * @property {string} focus  selector of what takes them
 * @property {string} [result]  selector of what to look at once it is done
 * @property {(state: State) => string} after  what is said then
 * @property {number} moment  ms until the next step
 * @property {(state: State, trail: Trail) => boolean} done
 * @property {(state: State) => Partial<State>} [prepare]  what must be seen for it to be possible
 */

const MOVES = 4; // that make a drag, rather than a press
const FAR = 0.3; // prior deviations that it must reach at least
const MAP = '[data-testid="latent-map"]';
const PAD = '[data-testid="pad"]';
const SEEN = ['[data-testid="decoded-image"]', ".sliders", ".like", '[data-testid="near"]', ".digit"];
const TOOLS = [".legend", ".view", "[role=tablist]", "[role=tabpanel]:not([hidden])"];

/**
 * The steps that can be done.
 * @param {Border | null} border  between two classes of the map, if it has one
 * @param {(target: string) => boolean} has  whether the page, with those beside it, has what a step points at
 * @returns {Step[]}
 */
export function stepsFor(border, has) {
  const steps = [drag, ...(border ? [change(border)] : []), meet, draw, doubt, walk];
  return steps.filter(({ target }) => has(target));
}

/** @type {Step} */
const drag = {
  name: "drag",
  page: "explore",
  target: MAP,
  keep: [...SEEN, ...TOOLS],
  title: "Drag the ring",
  words: () => "Every place on this map is a picture that the model can draw. Drag the ring, and watch the picture change.",
  keys: "Arrow keys move the hand, with Shift in bigger steps.",
  go: "Go to the map",
  focus: MAP,
  after: () => "Each of those pictures was drawn by the model just now, for the place under the hand.",
  moment: 2800,
  done: (_, { moves, far }) => moves >= MOVES && far >= FAR,
};

/**
 * @param {Border} border
 * @returns {Step}
 */
function change({ from, to }) {
  return {
    name: "change",
    page: "explore",
    target: MAP,
    keep: [...SEEN, ...TOOLS],
    title: `Find where ${withArticle(from)} becomes ${withArticle(to)}`,
    words: () =>
      `Take the hand from a place that looks like ${withArticle(from)} to one that looks like ${withArticle(to)}. They meet in the dashed circle.`,
    keys: "Arrow keys move the hand.",
    go: "Go to the map",
    focus: MAP,
    after: () => "There is no leap: places beside each other draw pictures that are alike.",
    moment: 2800,
    done: (_, { crossed }) => crossed,
  };
}

/** @type {Step} */
const meet = {
  name: "meet",
  page: "explore",
  target: MAP,
  keep: [...SEEN, ...TOOLS],
  title: "Meet a real digit",
  words: () => "Each point is a digit that a person once wrote, and the model has never seen. Click or tap one.",
  keys: "Enter takes the point nearest to the hand.",
  go: "Go to the map",
  focus: MAP,
  result: ".digit",
  after: ({ digit }) =>
    digit?.original
      ? "Left, what a person wrote. Right, what the model draws at its point."
      : "This is what the model draws at its point. The file has only some of the originals.",
  moment: 4500,
  done: ({ selected, digit }, { began }) => selected !== null && selected !== began.selected && digit?.index === selected,
  prepare: (state) => (topShown(state) === "points" ? {} : { view: { ...state.view, top: "points" } }),
};

/** @type {Step} */
const draw = {
  name: "draw",
  page: "digit",
  target: PAD,
  keep: [MAP, PAD, ".pens", ".seen", ...SEEN],
  title: "Draw a digit of your own",
  words: () => "Draw one here, large, and see where it lands on the map.",
  keys: "Arrow keys move the brush; Space puts it down and lifts it.",
  go: "Go to the pad",
  focus: PAD,
  result: MAP,
  after: ({ own }) =>
    own
      ? "The star is where the model puts your digit. The picture beside yours is what it draws there."
      : "The hand has gone to where the model puts your digit.",
  moment: 5000,
  done: ({ drawing, exact }, { began }) =>
    drawing !== "" && drawing !== began.drawing && drawing !== exact?.given?.drawing,
};

/** @type {Step} */
const doubt = {
  name: "doubt",
  page: "explore",
  target: '[data-view="layer"]',
  keep: [MAP, '[data-testid="key"]', '[data-testid="decoded-image"]', ".view", "[role=tablist]"],
  title: "See where the model is unsure",
  words: (root) => {
    const option = root.querySelector('[data-view="layer"] [value="uncertainty"]');
    return `The map can be coloured by what the model knows. Choose “${option?.textContent?.trim() ?? "uncertainty"}”.`;
  },
  keys: "The arrow keys choose.",
  go: "Go to the choice",
  focus: '[data-view="layer"]',
  result: MAP,
  after: () => "In the strong shades the model wavers between pictures, and what it draws is blurred.",
  moment: 4500,
  done: (state) => state.view.layer === "uncertainty" && !layerMissing(state),
};

/** @type {Step} */
const walk = {
  name: "walk",
  page: "explore",
  target: ".pins",
  keep: [MAP, ".paths", '[data-testid="decoded-image"]', "[role=tablist]"],
  title: "Walk from A to B",
  words: () => "Put pin A at one digit and pin B at another: what lies between them?",
  keys: "On the map, the keys A and B put a pin where the hand is.",
  go: "Go to the pins",
  focus: ".pins select",
  result: ".paths",
  after: () => "A picture for every stretch of the way; Play walks it. That was the tour: the ? beside the zoom brings it back.",
  moment: Infinity,
  done: ({ view, paths }) => view.a !== null && view.b !== null && String(view.a) !== String(view.b) && paths !== null,
  prepare: () => ({ tab: "path" }),
};

/**
 * @param {State} began
 * @returns {Trail}
 */
export function begin(began) {
  return { began, moves: 0, far: 0, last: null, crossed: false };
}

/**
 * The trail, longer by what has changed. A place that the server put the hand at is no movement.
 * @param {Trail} trail
 * @param {State} state
 * @param {State} before
 * @param {Border | null} border
 * @returns {Trail}
 */
export function follow(trail, state, before, border) {
  const { plane, z } = state;
  if (z === before.z || !plane) return trail;
  if (state.revision !== before.revision) return { ...trail, last: null };
  const step = state.held ? Math.hypot(z[0] - before.z[0], z[1] - before.z[1]) : 0;
  const crossing = border && !trail.crossed ? cross(plane, border, trail, before.z, z) : {};
  return { ...trail, ...crossing, moves: trail.moves + (step > 0 ? 1 : 0), far: trail.far + step };
}
