// What a person sees of a set-up: on a terminal one line that moves, elsewhere a line when something happens.
const HEARTBEAT_MS = 15_000;
const FRAME_MS = 200;

const seconds = (sinceMs) => `${Math.round((performance.now() - sinceMs) / 1000)} s`;

/** Writes to standard error only: standard output belongs to the command that follows. */
export class Progress {
  #running = new Map();
  #timer;
  #stream;
  #quiet;

  constructor({ quiet = false, stream = process.stderr } = {}) {
    this.#quiet = quiet;
    this.#stream = stream;
  }

  get #moves() {
    return this.#stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  #line(text) {
    if (this.#quiet) return;
    this.#stream.write(`${this.#moves ? '\r\u001b[K' : ''}${text}\n`);
  }

  #tick() {
    if (this.#running.size === 0) return;
    const text = [...this.#running].map(([name, part]) => `${name} ${seconds(part.since)}`).join(', ');
    if (!this.#moves) this.#line(`  still at it: ${text}`);
    else this.#stream.write(`\r\u001b[K  ${text.slice(0, (this.#stream.columns ?? 80) - 4)}`);
  }

  note(text) {
    this.#line(text);
  }

  /** @param {{ name: string, title: string, size: string }} part */
  start(part) {
    this.#running.set(part.name, { since: performance.now() });
    this.#line(`  ${part.name}: ${part.title} (${part.size})`);
    this.#timer ??= setInterval(() => this.#tick(), this.#moves ? FRAME_MS : HEARTBEAT_MS).unref();
  }

  done(part) {
    const { since } = this.#running.get(part.name);
    this.#running.delete(part.name);
    this.#line(`  ${part.name}: ready in ${seconds(since)}`);
  }

  close() {
    clearInterval(this.#timer);
    if (this.#moves) this.#stream.write('\r\u001b[K');
  }
}
