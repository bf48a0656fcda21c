// Where the map and the bridge meet: two components of one page, each with a script of its own.

/**
 * @import { Message, Response } from "../latent_map/protocol.js"
 * @typedef {object} Post
 * @property {Response} [response]  the server's last
 * @property {(message: Message) => void} [send]
 * @property {boolean} [leaves]  the page is being left: nothing more is said to its server
 * @property {() => void} [arrived]  tells the map that there is a response
 */

const KEY = Symbol.for("latent-atlas");

/** @type {Post} */
export const post = (/** @type {Record<symbol, Post>} */ (/** @type {unknown} */ (globalThis))[KEY] ??= {});
