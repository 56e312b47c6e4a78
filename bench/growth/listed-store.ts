/** The tests' object store, with listings as cheap as S3 makes them: by place, a page at a time, folders in one look each. */
import { MemoryObjectStore } from '../../test/helpers/memory-object-store.ts';

const PAGE_KEYS = 1000;
/** Sorts behind every character of a key. */
const LAST = '\uffff';

export class ListedStore extends MemoryObjectStore {
  readonly #onCall: (action: string) => void;
  #sorted: string[] = [];

  constructor(onCall: (action: string) => void) {
    super({
      gate: {
        before: ({ action }) => {
          onCall(action);
        },
      },
    });
    this.#onCall = onCall;
  }

  /** Sorted anew only when a key came; none goes here. */
  override keys(): string[] {
    if (this.#sorted.length !== this.objects.size) this.#sorted = super.keys();
    return this.#sorted;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  override async *list(prefix: string, startAfter = ''): AsyncIterable<string> {
    this.#onCall('list');
    const keys = this.keys();
    let given = 0;
    const isFromPrefix = startAfter < prefix;
    for (let index = this.#place(isFromPrefix ? prefix : startAfter, isFromPrefix); ; index += 1) {
      const key = keys[index];
      if (key?.startsWith(prefix) !== true) return;
      if (given > 0 && given % PAGE_KEYS === 0) this.#onCall('list');
      yield key;
      given += 1;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  override async *listFolders(prefix: string): AsyncIterable<string> {
    this.#onCall('list');
    const keys = this.keys();
    let index = this.#place(prefix, true);
    for (;;) {
      const key = keys[index];
      if (key?.startsWith(prefix) !== true) return;
      const folder = key.slice(0, key.indexOf('/', prefix.length) + 1);
      if (folder !== '') yield folder;
      index = folder === '' ? index + 1 : this.#place(folder + LAST, false);
    }
  }

  /** Of the first key behind a text, or at it. */
  #place(text: string, isAt: boolean): number {
    const keys = this.keys();
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = keys[middle] ?? '';
      if (isAt ? key < text : key <= text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
