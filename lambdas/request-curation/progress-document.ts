/** One document of progress in the lake bucket. Of two calls at once, the first to write keeps its place. */
import type { ObjectStore } from '../../adapters/objects.ts';
import { type AuditProgress, formatProgress, type SweepProgress } from '../../core/sweep-progress.ts';

export class ProgressDocument<T extends SweepProgress | AuditProgress> {
  readonly #store: Pick<ObjectStore, 'get' | 'putIfAbsent' | 'putIfUnchanged'>;
  readonly #key: string;
  readonly #parse: (text: string) => T | undefined;
  #etag: string | undefined;
  #text: string | undefined;
  #isNewer = false;

  constructor(
    store: Pick<ObjectStore, 'get' | 'putIfAbsent' | 'putIfUnchanged'>,
    key: string,
    parse: (text: string) => T | undefined,
  ) {
    this.#store = store;
    this.#key = key;
    this.#parse = parse;
  }

  /**
   * Progress that counts for a curation version: none, if it is an older one's or cannot be read. A newer one's counts too,
   * since what is settled for it is settled for the older, but is never written over: the newer version will be back.
   */
  async read(curationVersion: number): Promise<T | undefined> {
    const stored = await this.#store.get(this.#key);
    this.#etag = stored?.etag;
    this.#text = stored?.body.toString();
    const progress = this.#text === undefined ? undefined : this.#parse(this.#text);
    this.#isNewer = progress !== undefined && progress.curationVersion > curationVersion;
    return progress !== undefined && progress.curationVersion >= curationVersion ? progress : undefined;
  }

  async write(progress: T): Promise<void> {
    const text = formatProgress(progress);
    if (this.#isNewer || text === this.#text) return;
    const object = { body: Buffer.from(text), contentType: 'application/json' };
    if (this.#etag === undefined) await this.#store.putIfAbsent(this.#key, object);
    else await this.#store.putIfUnchanged(this.#key, object, this.#etag);
  }
}
