import { hash } from 'node:crypto';
import type { ListedObject, ObjectStore, ObjectToPut, StoredObject } from '../../adapters/objects.ts';

/** One call as the store sees it. */
export interface StoreCall {
  readonly action: 'putIfAbsent' | 'putIfUnchanged' | 'put' | 'get' | 'head' | 'list' | 'delete';
  readonly key: string;
}

/**
 * Awaited around every call. Between `before` and `after` the call takes effect at once, as in S3: what waits in `before`
 * has not reached the store, what fails in `after` has.
 */
export interface StoreGate {
  before?(call: StoreCall): Promise<void> | void;
  after?(call: StoreCall): Promise<void> | void;
}

/**
 * S3 as far as the lake relies on it: strongly consistent reads and listings, atomic PUTs, If-None-Match: * and If-Match.
 * Keys list in UTF-8 order; a listing is consistent a page at a time.
 */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, StoredObject>();
  readonly calls: StoreCall[] = [];
  /** Epoch ms; an object that a test put here by hand is as old as can be. */
  readonly written = new Map<string, number>();
  readonly #now: () => number;
  readonly #gate: StoreGate;
  readonly #pageKeys: number;

  constructor({
    gate = {},
    pageKeys = 1000,
    now = Date.now,
  }: { gate?: StoreGate; pageKeys?: number; now?: () => number } = {}) {
    this.#now = now;
    this.#gate = gate;
    this.#pageKeys = pageKeys;
  }

  /** A view of the same objects through another gate: another caller's connection. */
  through(gate: StoreGate): MemoryObjectStore {
    const view = new MemoryObjectStore({ gate, pageKeys: this.#pageKeys, now: this.#now });
    Object.assign(view, { objects: this.objects, calls: this.calls, written: this.written });
    return view;
  }

  count(action: StoreCall['action']): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  keys(): string[] {
    return [...this.objects.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  async putIfAbsent(key: string, object: ObjectToPut): Promise<'created' | 'exists'> {
    return this.#act({ action: 'putIfAbsent', key }, () => {
      if (this.objects.has(key)) return 'exists';
      this.#store(key, object);
      return 'created';
    });
  }

  async putIfUnchanged(key: string, object: ObjectToPut, etag: string): Promise<'replaced' | 'changed'> {
    return this.#act({ action: 'putIfUnchanged', key }, () => {
      if (this.objects.get(key)?.etag !== etag) return 'changed';
      this.#store(key, object);
      return 'replaced';
    });
  }

  async put(key: string, object: ObjectToPut): Promise<void> {
    await this.#act({ action: 'put', key }, () => {
      this.#store(key, object);
    });
  }

  async get(key: string): Promise<StoredObject | undefined> {
    return this.#act({ action: 'get', key }, () => this.objects.get(key));
  }

  async head(key: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#act({ action: 'head', key }, () => this.objects.get(key)?.metadata);
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<string> {
    let from = startAfter;
    for (;;) {
      const after = from;
      const page = await this.#act({ action: 'list', key: prefix }, () =>
        this.keys()
          .filter((key) => key.startsWith(prefix) && key > after)
          .slice(0, this.#pageKeys),
      );
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < this.#pageKeys) return;
      from = last;
    }
  }

  async *listWritten(prefix: string, startAfter?: string): AsyncIterable<ListedObject> {
    for await (const key of this.list(prefix, startAfter))
      yield { key, writtenMs: this.written.get(key) ?? 0 };
  }

  async *listFolders(prefix: string): AsyncIterable<string> {
    let last: string | undefined;
    for await (const key of this.list(prefix)) {
      const slash = key.indexOf('/', prefix.length);
      const folder = key.slice(0, slash + 1);
      if (slash === -1 || folder === last) continue;
      yield folder;
      last = folder;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#act({ action: 'delete', key }, () => {
      this.objects.delete(key);
    });
  }

  #store(key: string, { body, metadata = {} }: ObjectToPut): void {
    this.objects.set(key, { body: Buffer.from(body), metadata, etag: hash('md5', body) });
    this.written.set(key, this.#now());
  }

  async #act<T>(call: StoreCall, effect: () => T): Promise<T> {
    await this.#gate.before?.(call);
    this.calls.push(call);
    const result = effect();
    await this.#gate.after?.(call);
    return result;
  }
}
