// Hands the server's answer to the map and the map's messages to the server.
const post = (globalThis[Symbol.for("latent-atlas")] ??= {});
export default function ({ data, setStateValue }) {
  post.answer = data;
  post.send = (hand) => setStateValue("hand", hand);
  post.arrived?.();
}
