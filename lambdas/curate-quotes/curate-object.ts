/**
 * Curates one raw object: outputs first, then their partitions, then what an earlier try left beyond them is removed, and
 * last the receipt, if nobody wrote one meanwhile. Dying anywhere before it leaves work that the next try does again with
 * the same result.
 */
import type { DayPartitions } from '../../adapters/catalog.ts';
import type { ObjectStore } from '../../adapters/objects.ts';
import { QuoteDecoders } from '../../adapters/quote-decoders.ts';
import type { SchemaVersions } from '../../adapters/schema-registry.ts';
import { type ColumnCuration, curateColumns } from '../../core/columns/curate-columns.ts';
import { RawColumns } from '../../core/columns/raw-columns.ts';
import { sourceTopicOf } from '../../core/curated-columns.ts';
import { CURATION_VERSION } from '../../core/curation-version.ts';
import { TickerlakeError } from '../../core/errors.ts';
import {
  curatedKey,
  parseCuratedKey,
  parseQuarantineKey,
  quarantineKey,
  type RawObjectId,
  rawObjectKey,
  receiptKey,
} from '../../core/layout.ts';
import { encodeParquet } from '../../core/parquet-file.ts';
import { formatQuarantined } from '../../core/quarantine.ts';
import type { RawHeader } from '../../core/raw-file.ts';
import { isHeld } from '../../core/raw-log.ts';
import { formatReceipt, type Receipt, readReceipt } from '../../core/receipt.ts';

export interface CuratePorts {
  /** Raw bucket: raw objects and quarantine. */
  readonly raw: Pick<ObjectStore, 'get' | 'put' | 'list' | 'delete'>;
  /** Lake bucket: curated files and receipts. */
  readonly lake: Pick<ObjectStore, 'get' | 'put' | 'putIfAbsent' | 'putIfUnchanged' | 'delete'>;
  readonly partitions: DayPartitions;
  readonly schemas: SchemaVersions;
}

export interface CurateOptions {
  /** First day of the lake, epoch ms. */
  readonly lakeStartMs: number;
  /** @default CURATION_VERSION */
  readonly curationVersion?: number;
  /** Epoch ms. @default Date.now */
  readonly now?: () => number;
}

export interface CurateTry {
  /**
   * Whether an earlier try may have died half-way: then nothing is taken for done, and what it may have left behind is
   * looked for. @default false
   */
  readonly isRetry?: boolean;
  /** Curated files of the raw object that no receipt names: removed unless they are outputs now. @default - none */
  readonly strays?: readonly string[];
}

export type CurateOutcome =
  | {
      readonly kind: 'curated';
      readonly receipt: Receipt;
      readonly bytes: number;
      /** Whether it replaced a receipt that could not be read. */
      readonly isReceiptLost: boolean;
      /** From Kafka timestamps of its rows to the receipt; only of a first curation that gave rows. */
      readonly ages?: { readonly oldestMs: number; readonly newestMs: number };
    }
  /** A receipt of this version or a newer one is there. */
  | { readonly kind: 'done-before'; readonly receipt: Receipt }
  /** There is no such raw object; the store is strongly consistent, so there is nothing to wait for. */
  | { readonly kind: 'absent' };

const WRITES_AT_ONCE = 8;
/** Somebody else's receipt came between this often: leave it to a later try. */
const MAX_ATTEMPTS = 3;

export class ObjectCurator {
  readonly #ports: CuratePorts;
  readonly #lakeStartMs: number;
  readonly #version: number;
  readonly #now: () => number;
  readonly #decoders: QuoteDecoders;

  constructor(
    ports: CuratePorts,
    { lakeStartMs, curationVersion = CURATION_VERSION, now = Date.now }: CurateOptions,
  ) {
    this.#ports = ports;
    this.#decoders = new QuoteDecoders(ports.schemas);
    this.#lakeStartMs = lakeStartMs;
    this.#version = curationVersion;
    this.#now = now;
  }

  /** @throws TickerlakeError whatever the environment refuses: nothing is quarantined for it */
  async curate(
    object: RawObjectId,
    { isRetry = false, strays = [] }: CurateTry = {},
  ): Promise<CurateOutcome> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const outcome = await this.#tryCurate(object, { isRetry: isRetry || attempt > 1, strays });
      if (outcome !== 'overtaken') return outcome;
    }
    throw overtaken(object, 'others keep curating the raw object at the same time');
  }

  async #tryCurate(
    object: RawObjectId,
    { isRetry, strays }: Required<CurateTry>,
  ): Promise<CurateOutcome | 'overtaken'> {
    const { raw, lake, partitions } = this.#ports;
    const key = rawObjectKey(object);
    const [stored, before] = await Promise.all([raw.get(key), this.#readReceipt(object)]);
    if (stored === undefined) return { kind: 'absent' };
    if (before?.receipt !== undefined && this.#isSettled(object, before.receipt, isRetry)) {
      return { kind: 'done-before', receipt: before.receipt };
    }
    const isReceiptLost = before !== undefined && before.receipt === undefined;
    const columns = RawColumns.read(key, stored.body);
    const { header } = columns;
    const curation = await this.#judge(object, columns);
    const revision = (before?.receipt?.revision ?? 0) + 1;
    const { receipt, writes } = this.#plan(object, header, curation, revision);
    let bytes = 0;
    await inGroups(writes, async (write) => {
      const body = write.encode();
      bytes += body.length;
      await (write.bucket === 'raw' ? raw : lake).put(write.key, { body, contentType: write.contentType });
    });
    await partitions.register([...curation.days.keys()]);
    await this.#removeLeftOvers(object, receipt, [
      ...(before?.receipt?.curated ?? []).map((curated) => curated.key),
      ...(before?.receipt?.quarantined ?? []).map(({ offset }) => quarantineKey(object, offset)),
      ...(isRetry || isReceiptLost ? await this.#findQuarantined(object, header) : []),
      ...strays,
    ]);
    const isLast = await this.#writeReceipt(object, receipt, before?.etag);
    if (!isLast) return 'overtaken';
    const ages = before === undefined && !isRetry ? agesOf(curation, this.#now()) : undefined;
    return { kind: 'curated', receipt, bytes, isReceiptLost, ...(ages !== undefined && { ages }) };
  }

  /**
   * A receipt with quarantined records is never settled: schemas registered since may read them. One of a newer version
   * is; but what an older one wrote after it, before it died, only the newer one can mend.
   */
  #isSettled(object: RawObjectId, { curationVersion, quarantined }: Receipt, isRetry: boolean): boolean {
    if (curationVersion > this.#version && isRetry) {
      throw overtaken(object, 'a newer version of this function curated the raw object meanwhile');
    }
    if (curationVersion > this.#version) return true;
    return curationVersion === this.#version && quarantined.length === 0 && !isRetry;
  }

  /** One that cannot be read (torn, or put there by somebody) tells nothing, and is replaced. */
  async #readReceipt(
    object: RawObjectId,
  ): Promise<{ readonly receipt: Receipt | undefined; readonly etag: string } | undefined> {
    const stored = await this.#ports.lake.get(receiptKey(object));
    return stored && { receipt: readReceipt(stored.body.toString()), etag: stored.etag };
  }

  /** False if somebody wrote one since `before` was read: what lies there may then be theirs or ours. */
  async #writeReceipt(object: RawObjectId, receipt: Receipt, before: string | undefined): Promise<boolean> {
    const key = receiptKey(object);
    const written = { body: Buffer.from(formatReceipt(receipt)), contentType: 'application/json' };
    if (before === undefined) return (await this.#ports.lake.putIfAbsent(key, written)) === 'created';
    return (await this.#ports.lake.putIfUnchanged(key, written, before)) === 'replaced';
  }

  async #judge({ topic }: RawObjectId, records: RawColumns): Promise<ColumnCuration> {
    await this.#decoders.learn(records.schemaVersionIds());
    return curateColumns(records, {
      decoderOf: this.#decoders.find,
      planOf: this.#decoders.findPlan,
      lakeStartMs: this.#lakeStartMs,
      sourceTopic: sourceTopicOf(topic),
    });
  }

  #plan(
    object: RawObjectId,
    { start, last, records }: RawHeader,
    curation: ColumnCuration,
    revision: number,
  ): { receipt: Receipt; writes: Write[] } {
    const source = { rawKey: rawObjectKey(object), curationVersion: this.#version };
    const days = [...curation.days].map(([dt, rows]) => ({ key: curatedKey(object, dt), rows }));
    const receipt: Receipt = {
      first: start,
      last,
      records,
      curationVersion: this.#version,
      revision,
      curated: days.map(({ key, rows }) => ({ key, rows: rows.length })),
      quarantined: curation.quarantined.map(({ record, code }) => ({ offset: record.offset, code })),
    };
    const writes: Write[] = [
      ...days.map(({ key, rows }) => ({
        bucket: 'lake' as const,
        key,
        contentType: 'application/vnd.apache.parquet',
        encode: () => encodeParquet(curation.columns, rows, object),
      })),
      ...curation.quarantined.map((record) => ({
        bucket: 'raw' as const,
        key: quarantineKey(object, record.record.offset),
        contentType: 'application/json',
        encode: () => Buffer.from(formatQuarantined(record, source)),
      })),
    ];
    return { receipt, writes };
  }

  /** Keys of quarantined records that this raw object holds; a fill in its range holds others. */
  async #findQuarantined(object: RawObjectId, header: RawHeader): Promise<string[]> {
    const found: string[] = [];
    const from = quarantineKey(object, header.start);
    const prefix = from.slice(0, from.lastIndexOf('/') + 1);
    const startAfter = header.start === 0 ? undefined : quarantineKey(object, header.start - 1);
    for await (const key of this.#ports.raw.list(prefix, startAfter)) {
      const offset = parseQuarantineKey(key)?.offset ?? Number.POSITIVE_INFINITY;
      if (offset > header.last) break;
      if (isHeld(header.held, offset)) found.push(key);
    }
    return found;
  }

  async #removeLeftOvers(object: RawObjectId, now: Receipt, candidates: readonly string[]): Promise<void> {
    const kept = new Set([
      ...now.curated.map(({ key }) => key),
      ...now.quarantined.map(({ offset }) => quarantineKey(object, offset)),
    ]);
    const leftOvers = [...new Set(candidates)].filter((key) => !kept.has(key));
    await inGroups(leftOvers, async (key) => {
      const bucket = parseCuratedKey(key) === undefined ? this.#ports.raw : this.#ports.lake;
      await bucket.delete(key);
    });
  }
}

/** A producer may stamp what it likes: no age is below 0. */
function agesOf(
  { columns: { timestamps, length } }: ColumnCuration,
  nowMs: number,
): { readonly oldestMs: number; readonly newestMs: number } | undefined {
  if (length === 0) return undefined;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const timestamp of timestamps.subarray(0, length)) {
    first = Math.min(first, timestamp);
    last = Math.max(last, timestamp);
  }
  return { oldestMs: Math.max(0, nowMs - first), newestMs: Math.max(0, nowMs - last) };
}

interface Write {
  readonly bucket: 'raw' | 'lake';
  readonly key: string;
  readonly contentType: string;
  readonly encode: () => Buffer;
}

function overtaken(object: RawObjectId, what: string): TickerlakeError {
  return new TickerlakeError('STORE_CONFLICT', what, { coordinates: { key: rawObjectKey(object) } });
}

/**
 * Ends when every call has ended, also if one fails: a write that was left behind would take effect after the try is over,
 * in a frozen environment even long after, upon what a later try wrote.
 */
async function inGroups<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += WRITES_AT_ONCE) {
    const calls = await Promise.allSettled(items.slice(index, index + WRITES_AT_ONCE).map(act));
    const failed = calls.find((call) => call.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
