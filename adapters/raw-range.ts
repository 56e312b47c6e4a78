/**
 * Raw objects of a range of offsets or days, with what became of them so far. Whoever has them curated again and whoever
 * waits for it choose by this same code.
 */
import type { RawRange } from '../core/curation-request.ts';
import {
  type LogPartition,
  locations,
  parseCuratedKey,
  parseRawKey,
  type RawObjectId,
  rawKey,
  rawPrefix,
  receiptKey,
  receiptPrefix,
} from '../core/layout.ts';
import { readReceipt } from '../core/receipt.ts';
import { chainStartsFrom } from './chain-starts.ts';
import { inGroups, logPartitions, type PartitionChoice } from './log-partitions.ts';
import type { ListedObject, ObjectStore } from './objects.ts';

export interface RawRangeStores {
  /** Raw bucket. */
  readonly raw: Pick<ObjectStore, 'list' | 'listWritten' | 'listFolders'>;
  /** Lake bucket. */
  readonly lake: Pick<ObjectStore, 'get' | 'listWritten'>;
}

/** A raw object that was looked at. */
export interface RangedObject extends ListedObject {
  readonly object: RawObjectId;
  /** `done`: in the range, and curated since `curatedBefore`. */
  readonly state: 'due' | 'done' | 'outside';
}

/**
 * Raw objects that may lie in a range, in the order of their keys, so many at a time.
 * @param after key of a raw object: those behind it
 */
export async function* rawObjectsIn(
  stores: RawRangeStores,
  topic: string,
  range: RawRange & PartitionChoice,
  { after = '', atOnce }: { readonly after?: string | undefined; readonly atOnce: number },
): AsyncIterable<readonly RangedObject[]> {
  for await (const group of inGroups(withReceipts(stores, topic, range, after), atOnce)) {
    yield await Promise.all(
      group.map(async ({ listed, object, curatedMs }) => {
        const state = curatedMs === undefined ? 'due' : await judge(stores, object, curatedMs, range);
        return { ...listed, object, state };
      }),
    );
  }
}

interface Candidate {
  readonly listed: ListedObject;
  readonly object: RawObjectId;
  /** When its receipt was written, epoch ms; undefined if it has none, or nobody needs to know. */
  readonly curatedMs: number | undefined;
}

/** Raw objects that hold offsets of the range. Receipts list in the same order, so both are gone along once. */
async function* withReceipts(
  { raw, lake }: RawRangeStores,
  topic: string,
  range: RawRange & PartitionChoice,
  after: string,
): AsyncIterable<Candidate> {
  const { fromOffset = 0, toOffset = Number.POSITIVE_INFINITY } = range;
  const needsReceipts = (range.fromDay ?? range.toDay ?? range.curatedBefore) !== undefined;
  for await (const log of logPartitions(raw, locations.raw(topic), range)) {
    const start = await coveringStart(raw, log, fromOffset);
    const before = start === 0 ? rawPrefix(log) : rawKey(log, start - 1);
    const startAfter = before < after ? after : before;
    const receipts = needsReceipts ? new ReceiptTimes(lake, log, startAfter) : undefined;
    for await (const listed of raw.listWritten(rawPrefix(log), startAfter)) {
      const object = parseRawKey(listed.key);
      if (object === undefined || object.start > toOffset) continue;
      if (object.kind === 'fill' && object.start < fromOffset) continue;
      yield { listed, object, curatedMs: await receipts?.writtenMs(object) };
    }
  }
}

/** Start of the chain object that covers an offset: the last one that starts at or before it. */
async function coveringStart(
  raw: Pick<ObjectStore, 'list'>,
  log: LogPartition,
  offset: number,
): Promise<number> {
  let covering = 0;
  for await (const start of chainStartsFrom(raw, log, offset)) {
    if (start > offset) break;
    covering = start;
  }
  return covering;
}

/** When the receipts of one partition were written; asked in the order of their keys. */
class ReceiptTimes {
  readonly #listing: AsyncIterator<ListedObject>;
  #current: IteratorResult<ListedObject, unknown> | undefined;

  constructor(lake: RawRangeStores['lake'], log: LogPartition, afterRawKey: string) {
    const behind = parseRawKey(afterRawKey);
    const startAfter = behind === undefined ? undefined : receiptKey(behind);
    this.#listing = lake.listWritten(receiptPrefix(log), startAfter)[Symbol.asyncIterator]();
  }

  async writtenMs(object: RawObjectId): Promise<number | undefined> {
    const key = receiptKey(object);
    this.#current ??= await this.#listing.next();
    while (this.#current.done !== true && this.#current.value.key < key) {
      this.#current = await this.#listing.next();
    }
    if (this.#current.done === true || this.#current.value.key !== key) return undefined;
    return this.#current.value.writtenMs;
  }
}

/** A receipt that cannot be read says nothing of days: its raw object is due. */
async function judge(
  { lake }: RawRangeStores,
  object: RawObjectId,
  curatedMs: number,
  { fromDay, toDay, curatedBefore }: RawRange,
): Promise<RangedObject['state']> {
  if (curatedBefore !== undefined && curatedMs >= Date.parse(curatedBefore)) return 'done';
  if (fromDay === undefined && toDay === undefined) return 'due';
  const stored = await lake.get(receiptKey(object));
  const receipt = stored && readReceipt(stored.body.toString());
  if (receipt === undefined) return 'due';
  const days = receipt.curated.map(({ key }) => parseCuratedKey(key)?.dt ?? '');
  return days.some((dt) => dt >= (fromDay ?? dt) && dt <= (toDay ?? dt)) ? 'due' : 'outside';
}
