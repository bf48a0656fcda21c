// Hands the server's response to the map and the map's messages to the server.

import { post } from "./post.js";

/**
 * @import { Message, Response } from "../latent_map/protocol.js"
 * @typedef {object} Mounted
 * @property {Response} data
 * @property {(name: string, value: Message) => void} setStateValue
 * @property {HTMLElement} parentElement
 */

/** @param {Mounted} mounted */
export default function ({ data, setStateValue, parentElement }) {
  const send = (/** @type {Message} */ message) => setStateValue("message", message);
  Object.assign(post, { response: data, send });
  post.arrived?.();
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected || post.send !== send) return;
      post.response = post.send = undefined;
    });
}
