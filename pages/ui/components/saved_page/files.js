// The files of a saved page: gzipped, and written as text of seven bits in each character.

/**
 * @param {string} name
 * @returns {Promise<Uint8Array>}
 */
export async function readFile(name) {
  const script = document.querySelector(`script[data-file-name="${name}"]`);
  if (!(script instanceof HTMLScriptElement)) throw new Error(`the page has no ${name}`);
  const bytes = fromSevenBits(script.text);
  script.remove(); // nobody reads it twice, and its text takes twice its bytes
  return inflate(bytes);
}

/**
 * @param {string} text  whose last bits may be padding
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromSevenBits(text) {
  const bytes = new Uint8Array(Math.floor((7 * text.length) / 8));
  let bits = 0;
  let count = 0;
  let to = 0;
  for (let i = 0; i < text.length; i++) {
    bits = ((bits << 7) | (text.charCodeAt(i) & 127)) & 0x7fff;
    count += 7;
    if (count >= 8) bytes[to++] = (bits >> (count -= 8)) & 255;
  }
  return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
