// Questions to the server that are more than the image at the hand: they wait in line, each goes out
// with the hand's messages until it is answered, and what is still being computed is asked again.

const AGAIN = 250; // ms

class Requests {
  constructor(ask) {
    this.ask = ask; // sends a message now
    this.line = [];
    this.last = 0;
  }

  // What the server has to say to it.
  get(what, details = {}) {
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.line.push({ message: { id, what, ...details }, resolve, reject });
      if (this.line.length === 1) this.ask();
    });
  }

  get current() {
    return this.line[0]?.message ?? null;
  }

  arrive(result) {
    const first = this.line[0];
    if (!first || result?.id !== first.message.id) return;
    if (result.pending) {
      clearTimeout(this.again);
      this.again = setTimeout(() => this.ask(), AGAIN);
      return;
    }
    this.line.shift();
    if (result.error) first.reject(new Error(result.error));
    else first.resolve(result);
    if (this.line.length) this.ask();
  }

  close() {
    clearTimeout(this.again);
    this.line = [];
  }
}
