/** An object store in memory that lets go of what has passed through, so that a run's memory is that of the code. */
import { hash } from 'node:crypto';
import type { ObjectToPut, StoredObject } from '../../adapters/objects.ts';

export class PassingStore {
  /** Requests so far. */
  readonly requests = { put: 0, get: 0, list: 0, head: 0 };
  bytes = 0;
  readonly #objects = new Map<string, StoredObject>();

  put(key: string, { body, metadata = {} }: ObjectToPut): Promise<void> {
    this.requests.put += 1;
    this.bytes += body.length;
    this.#objects.set(key, { body: Buffer.from(body), metadata, etag: hash('md5', body) });
    return Promise.resolve();
  }

  async putIfAbsent(key: string, object: ObjectToPut): Promise<'created' | 'exists'> {
    if (this.#objects.has(key)) return 'exists';
    await this.put(key, object);
    return 'created';
  }

  async putIfUnchanged(key: string, object: ObjectToPut, etag: string): Promise<'replaced' | 'changed'> {
    if (this.#objects.get(key)?.etag !== etag) return 'changed';
    await this.put(key, object);
    return 'replaced';
  }

  get(key: string): Promise<StoredObject | undefined> {
    this.requests.get += 1;
    return Promise.resolve(this.#objects.get(key));
  }

  head(key: string): Promise<Readonly<Record<string, string>> | undefined> {
    this.requests.head += 1;
    return Promise.resolve(this.#objects.get(key)?.metadata);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  async *list(prefix: string, startAfter = ''): AsyncIterable<string> {
    this.requests.list += 1;
    yield* [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
  }

  delete(key: string): Promise<void> {
    this.#objects.delete(key);
    return Promise.resolve();
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  forget(): void {
    this.#objects.clear();
  }
}
