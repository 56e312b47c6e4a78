/** One document of progress in the lake bucket. Of two calls at once, the first to write keeps its place. */
import type { ObjectStore } from '../../adapters/objects.ts';
import { type AuditProgress, formatProgress, type SweepProgress } from '../../core/sweep-progress.ts';

type ProgressStore = Pick<ObjectStore, 'get' | 'putIfAbsent' | 'putIfUnchanged'>;

export class ProgressDocument<T extends SweepProgress | AuditProgress> {
  readonly #store: ProgressStore;
  readonly #key: string;
  readonly #parse: (text: string) => T | undefined;
  #stored: { readonly etag: string; readonly text: string } | undefined;

  constructor(store: ProgressStore, key: string, parse: (text: string) => T | undefined) {
    this.#store = store;
    this.#key = key;
    this.#parse = parse;
  }

  /** What was written, if it can be read. */
  async read(): Promise<T | undefined> {
    const stored = await this.#store.get(this.#key);
    this.#stored = stored && { etag: stored.etag, text: stored.body.toString() };
    return this.#stored && this.#parse(this.#stored.text);
  }

  /** Replaces what was read; nothing happens if somebody else did since. */
  async write(progress: T): Promise<void> {
    const text = formatProgress(progress);
    if (text === this.#stored?.text) return;
    const object = { body: Buffer.from(text), contentType: 'application/json' };
    if (this.#stored === undefined) await this.#store.putIfAbsent(this.#key, object);
    else await this.#store.putIfUnchanged(this.#key, object, this.#stored.etag);
  }
}
