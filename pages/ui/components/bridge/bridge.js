// Hands the server's answer to the map and the map's messages to the server.
const post = (globalThis[Symbol.for("latent-atlas")] ??= {});
export default function ({ data, setStateValue, parentElement }) {
  const send = (hand) => setStateValue("hand", hand);
  Object.assign(post, { answer: data, send });
  post.arrived?.();
  return () =>
    setTimeout(() => {
      if (!parentElement.isConnected && post.send === send) post.answer = post.send = undefined;
    });
}
