// Questions to the server that are more than the image at the hand: they wait in line, and the first
// goes out with the hand's messages until it is answered. What is still being computed makes room for
// the next and is asked again; what got no answer at all, because the line broke, is sent again.

const AGAIN = 250; // ms until something that is being computed is asked for again
const LOST = 2500; // ms without any answer after which a question is taken to be lost

class Requests {
  constructor(ask) {
    this.ask = ask; // sends a message now
    this.line = [];
    this.last = 0;
  }

  // What the server has to say to it.
  get(what, details) {
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.line.push({ message: { id, what, ...details }, resolve, reject });
      if (this.line.length === 1) this.send();
    });
  }

  get current() {
    return this.line[0]?.message ?? null;
  }

  send(delay = 0) {
    clearTimeout(this.again);
    if (!this.line.length) return;
    this.again = setTimeout(() => {
      this.ask();
      this.send(LOST);
    }, delay);
  }

  arrive(result) {
    const first = this.line[0];
    if (!first || result?.id !== first.message.id) return;
    this.line.shift();
    if (result.pending) {
      this.line.push(first);
      first.waits = true;
      this.send(this.line[0].waits ? AGAIN : 0);
      return;
    }
    if (result.error) first.reject(new Error(result.error));
    else first.resolve(result);
    this.send(this.line[0]?.waits ? AGAIN : 0);
  }

  close() {
    clearTimeout(this.again);
    this.line = [];
  }
}
