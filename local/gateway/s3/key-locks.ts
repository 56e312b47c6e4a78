/**
 * One write at a time for each key. S3 decides on If-None-Match atomically
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html); the emulator looks first and writes later,
 * so that two conditional writers could both win.
 */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<void>>();

  async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before === undefined ? work() : before.then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
