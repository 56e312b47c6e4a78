import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore, type ObjectStore } from '../../adapters/objects.ts';
import { parseReceiptKey, type RawObjectId, receiptKey, receiptPrefix } from '../../core/layout.ts';
import { parseReceipt, type Receipt } from '../../core/receipt.ts';
import { inParallel } from '../in-parallel.ts';
import { waitUntil } from '../wait-until.ts';

const STANDSTILL_MS = 90_000;

export interface RewrittenOptions {
  /** How many of the watched receipts have to be written again; others may be left as they are. */
  readonly needed: number;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
  /** @default 90 s */
  readonly standstillMs?: number;
}

/** A raw object and what became of its records. */
export interface CuratedObject {
  readonly object: RawObjectId;
  readonly receipt: Receipt;
}

/** What receipts say now; raw objects that have none are left out. */
export async function readReceipts(
  store: Pick<ObjectStore, 'get'>,
  objects: readonly RawObjectId[],
): Promise<readonly CuratedObject[]> {
  const read = await inParallel(objects, async (object) => {
    const key = receiptKey(object);
    const stored = await store.get(key);
    return stored === undefined ? [] : [{ object, receipt: parseReceipt(key, stored.body.toString()) }];
  });
  return read.flat();
}

/**
 * Receipts of raw objects that are curated again. Each curation raises the receipt's revision, hence its ETag, even if all
 * else stays the same: listings tell who is done.
 */
export class ReceiptWatch {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #objects: ReadonlyMap<string, RawObjectId>;
  #before: ReadonlyMap<string, string> = new Map();

  private constructor(s3: S3Client, bucket: string, objects: readonly RawObjectId[]) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#objects = new Map(objects.map((object) => [receiptKey(object), object]));
  }

  /** Remembers the receipts as they are now; an object without one is watched as well. */
  static async begin(s3: S3Client, bucket: string, objects: readonly RawObjectId[]): Promise<ReceiptWatch> {
    const watch = new ReceiptWatch(s3, bucket, objects);
    watch.#before = await watch.#readEtags([...watch.#objects.values()]);
    return watch;
  }

  get size(): number {
    return this.#objects.size;
  }

  /**
   * Waits until enough of them were written again.
   * @throws TickerlakeError WAIT_TIMED_OUT when nothing moves any more
   */
  async rewritten({ needed, signal, report, standstillMs = STANDSTILL_MS }: RewrittenOptions): Promise<void> {
    const pending = new Map(this.#objects);
    const wanted = Math.min(needed, pending.size);
    await waitUntil<undefined>({
      signal,
      standstillMs,
      ...(report === undefined ? {} : { report }),
      look: async () => {
        if (this.#objects.size - pending.size < wanted) {
          const now = await this.#readEtags([...pending.values()]);
          for (const [key, etag] of now) if (this.#before.get(key) !== etag) pending.delete(key);
        }
        const done = this.#objects.size - pending.size;
        if (done >= wanted) return { done: true, value: undefined };
        const waitingFor = `${done.toLocaleString('en')} of ${wanted.toLocaleString('en')} raw objects curated again`;
        return { done: false, mark: done, waitingFor };
      },
      explain: (waitingFor) =>
        Promise.resolve({
          message: `no progress for ${Math.round(standstillMs / 1000)} s: ${waitingFor}`,
          hint: 'tickerlake logs curate-quotes, tickerlake status for what waits in its queue; then the same command again',
        }),
    });
  }

  /** What the receipts say now; those of objects that have none yet are left out. */
  async read(): Promise<readonly CuratedObject[]> {
    return readReceipts(createS3ObjectStore(this.#bucket, this.#s3), [...this.#objects.values()]);
  }

  /** ETags by key; a partition at a time, from its first object to its last. */
  async #readEtags(objects: readonly RawObjectId[]): Promise<ReadonlyMap<string, string>> {
    const etags = new Map<string, string>();
    const keys = Map.groupBy(objects, receiptPrefix);
    for (const [prefix, group] of keys) {
      const wanted = group.map(receiptKey).sort();
      const last = wanted.at(-1) ?? '';
      // Sorts before the first, and behind every other receipt that does.
      let startAfter = (wanted[0] ?? '').slice(0, -1);
      for (;;) {
        const { Contents: found = [], IsTruncated: isTruncated } = await this.#s3.send(
          new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, StartAfter: startAfter }),
        );
        for (const { Key: key = '', ETag: etag = '' } of found) {
          if (parseReceiptKey(key) !== undefined && this.#objects.has(key)) etags.set(key, etag);
        }
        startAfter = found.at(-1)?.Key ?? last;
        if (isTruncated !== true || startAfter >= last) break;
      }
    }
    return etags;
  }
}
