/**
 * Curates one raw object: outputs first, then their partitions, then what an older receipt named beyond them is removed,
 * and last the receipt. Dying anywhere before it leaves work that the next try does again with the same result.
 */
import type { DayPartitions } from '../../adapters/catalog.ts';
import type { ObjectStore } from '../../adapters/objects.ts';
import type { SchemaVersions } from '../../adapters/schema-registry.ts';
import { createQuoteDecoder, type QuoteDecoder } from '../../core/codec.ts';
import { CURATION_VERSION, type Curation, curate, schemaVersionIdsIn } from '../../core/curation.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { curatedKey, quarantineKey, type RawObjectId, rawObjectKey, receiptKey } from '../../core/layout.ts';
import { encodeParquet } from '../../core/parquet-file.ts';
import { formatQuarantined } from '../../core/quarantine.ts';
import { decodeRawFile, type RawFile } from '../../core/raw-file.ts';
import { formatReceipt, parseReceipt, type Receipt } from '../../core/receipt.ts';

export interface CuratePorts {
  /** Raw bucket: raw objects and quarantine. */
  readonly raw: Pick<ObjectStore, 'get' | 'put' | 'delete'>;
  /** Lake bucket: curated files and receipts. */
  readonly lake: Pick<ObjectStore, 'get' | 'put' | 'delete'>;
  readonly partitions: DayPartitions;
  readonly schemas: SchemaVersions;
}

export interface CurateOptions {
  /** First day of the lake, epoch ms. */
  readonly lakeStartMs: number;
  /** @default CURATION_VERSION */
  readonly curationVersion?: number;
}

export type CurateOutcome =
  | { readonly kind: 'curated'; readonly receipt: Receipt; readonly bytes: number }
  /** A receipt of this version or a newer one is there. */
  | { readonly kind: 'done-before'; readonly receipt: Receipt }
  /** There is no such raw object; the store is strongly consistent, so there is nothing to wait for. */
  | { readonly kind: 'absent' };

const WRITES_AT_ONCE = 8;

export class ObjectCurator {
  readonly #ports: CuratePorts;
  readonly #lakeStartMs: number;
  readonly #version: number;
  readonly #decoders = new Map<string, QuoteDecoder | undefined>();

  constructor(ports: CuratePorts, { lakeStartMs, curationVersion = CURATION_VERSION }: CurateOptions) {
    this.#ports = ports;
    this.#lakeStartMs = lakeStartMs;
    this.#version = curationVersion;
  }

  /** @throws TickerlakeError whatever the environment refuses: nothing is quarantined for it */
  async curate(object: RawObjectId): Promise<CurateOutcome> {
    const { raw, lake, partitions } = this.#ports;
    const key = rawObjectKey(object);
    const [stored, before] = await Promise.all([raw.get(key), this.#readReceipt(object)]);
    if (stored === undefined) return { kind: 'absent' };
    if (before !== undefined && this.#isSettled(before)) return { kind: 'done-before', receipt: before };

    const file = decodeRawFile(key, stored.body);
    const curation = await this.#judge(file);
    const { receipt, writes } = this.#plan(object, file, curation);
    let bytes = 0;
    await inGroups(writes, async (write) => {
      const body = write.encode();
      bytes += body.length;
      await (write.bucket === 'raw' ? raw : lake).put(write.key, { body, contentType: write.contentType });
    });
    await partitions.register([...curation.days.keys()]);
    if (before !== undefined) await this.#removeLeftOvers(object, before, receipt);
    await lake.put(receiptKey(object), {
      body: Buffer.from(formatReceipt(receipt)),
      contentType: 'application/json',
    });
    return { kind: 'curated', receipt, bytes };
  }

  /** A receipt with quarantined records is never settled: schemas registered since may read them. */
  #isSettled({ curationVersion, quarantined }: Receipt): boolean {
    return curationVersion > this.#version || (curationVersion === this.#version && quarantined.length === 0);
  }

  async #readReceipt(object: RawObjectId): Promise<Receipt | undefined> {
    const key = receiptKey(object);
    const stored = await this.#ports.lake.get(key);
    return stored === undefined ? undefined : parseReceipt(key, stored.body.toString());
  }

  async #judge({ records }: RawFile): Promise<Curation> {
    const unknown = [...schemaVersionIdsIn(records)].filter((id) => !this.#decoders.has(id));
    if (unknown.length > 0) {
      for (const [id, text] of await this.#ports.schemas.load()) {
        if (!this.#decoders.has(id)) this.#decoders.set(id, decoderOrNone(text));
      }
    }
    return curate(records, { decoderOf: (id) => this.#decoders.get(id), lakeStartMs: this.#lakeStartMs });
  }

  #plan(object: RawObjectId, file: RawFile, curation: Curation): { receipt: Receipt; writes: Write[] } {
    const source = { rawKey: rawObjectKey(object), curationVersion: this.#version };
    const days = [...curation.days].map(([dt, rows]) => ({ key: curatedKey(object, dt), rows }));
    const receipt: Receipt = {
      first: file.header.start,
      last: file.header.last,
      records: file.header.records,
      curationVersion: this.#version,
      curated: days.map(({ key, rows }) => ({ key, rows: rows.length })),
      quarantined: curation.quarantined.map(({ record, code }) => ({ offset: record.offset, code })),
    };
    const writes: Write[] = [
      ...days.map(({ key, rows }) => ({
        bucket: 'lake' as const,
        key,
        contentType: 'application/vnd.apache.parquet',
        encode: () => encodeParquet(rows, object),
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

  async #removeLeftOvers(object: RawObjectId, before: Receipt, now: Receipt): Promise<void> {
    const files = new Set(now.curated.map(({ key }) => key));
    const offsets = new Set(now.quarantined.map(({ offset }) => offset));
    await inGroups(before.curated, async ({ key }) => {
      if (!files.has(key)) await this.#ports.lake.delete(key);
    });
    await inGroups(before.quarantined, async ({ offset }) => {
      if (!offsets.has(offset)) await this.#ports.raw.delete(quarantineKey(object, offset));
    });
  }
}

interface Write {
  readonly bucket: 'raw' | 'lake';
  readonly key: string;
  readonly contentType: string;
  readonly encode: () => Buffer;
}

/** A version that the current schema cannot read counts as unknown: its records wait in quarantine for newer code. */
function decoderOrNone(schemaText: string): QuoteDecoder | undefined {
  try {
    return createQuoteDecoder(schemaText);
  } catch (error) {
    if (error instanceof TickerlakeError && error.code === 'SCHEMA_INCOMPATIBLE') return undefined;
    throw error;
  }
}

async function inGroups<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += WRITES_AT_ONCE) {
    await Promise.all(items.slice(index, index + WRITES_AT_ONCE).map(act));
  }
}
