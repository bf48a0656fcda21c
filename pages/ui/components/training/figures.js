// What is said beside the curves: how fast it goes, how long it takes, and the settings as they are.

import { find, findAll } from "../latent_map/elements.js";

/** @typedef {Record<string, string>} Said  by the names that the HTML has */

export class Figures {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = find(root, ".now", HTMLElement);
    this.values = findAll(this.root, "dd", HTMLElement);
  }

  /** @param {Said} said  what is missing is not shown */
  write(said) {
    for (const value of this.values) {
      const words = said[value.dataset.of ?? ""] ?? "";
      if (value.textContent !== words) value.textContent = words;
      if (value.parentElement) value.parentElement.hidden = !words;
    }
  }
}

/**
 * What a frame says of a training that is going on.
 * @param {Record<string, any>} header
 * @returns {Said}
 */
export function presentSaid(header) {
  const { rate, left, memory, device, precision, slowed } = header;
  return {
    ...settingsSaid(header),
    epoch: `${(header.epoch + header.part).toFixed(2)} of ${header.epochs}`,
    rate: `${Math.round(rate).toLocaleString("en")} a second${slowed ? " (map twice a second)" : ""}`,
    left: left === null ? "" : `about ${duration(left)}`,
    device: `${device}${precision ? `, ${precision}` : ""}`,
    memory: memory ? `${(memory / 1e6).toFixed(0)} MB` : "",
  };
}

/**
 * What a moment of the past says.
 * @param {Record<string, any>} header  whose epoch is whole or not
 * @returns {Said}
 */
export function pastSaid(header) {
  return { ...settingsSaid(header), epoch: header.epoch.toFixed(2), step: header.step.toLocaleString("en") };
}

/** @param {Record<string, any>} header */
function settingsSaid({ learning_rate, beta }) {
  const short = (/** @type {number} */ value) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "");
  return { learning_rate: short(learning_rate), beta: short(beta) };
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
