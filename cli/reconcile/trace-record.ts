/** Follows one record's coordinates from the topic to SQL, and says how far it came. */
import type { ObjectStore } from '../../adapters/objects.ts';
import type { SchemaVersions } from '../../adapters/schema-registry.ts';
import {
  curatedKey,
  type LogPartition,
  parseCuratedKey,
  parseRawKey,
  quarantineKey,
  type RawObjectId,
  rawFillKey,
  rawPrefix,
  receiptKey,
} from '../../core/layout.ts';
import { eventTimeMs, type QualityCode } from '../../core/quality.ts';
import { decodeRawFile, type RawRecord } from '../../core/raw-file.ts';
import { parseReceipt, type Receipt } from '../../core/receipt.ts';
import { utcDay } from '../../core/trading-date.ts';
import { decodeValue } from '../quarantine/describe-value.ts';
import { readDiverted } from '../replay/diverted-batch.ts';

/** A partition as the broker knows it. */
export interface PartitionPosition {
  readonly startOffset: number;
  readonly endOffset: number;
  /** Next offset of the group that lands; undefined if it never committed. */
  readonly committed: number | undefined;
}

export interface TracePorts {
  /** Raw bucket. */
  readonly raw: Pick<ObjectStore, 'get' | 'list'>;
  /** Lake bucket. */
  readonly lake: Pick<ObjectStore, 'get' | 'head' | 'list'>;
  readonly schemas: SchemaVersions;
  /** Function that lands the topic: what was diverted from another is not missing in raw for that. */
  readonly landFunction: string;
  /** Where the broker and the landing group stand, or undefined where it cannot be asked or has another log. */
  readonly position: (log: LogPartition) => Promise<PartitionPosition | undefined>;
  /** Where the day's partition of the curated table is registered, if it is. */
  readonly dayLocation: (dt: string) => Promise<string | undefined>;
  /** Where it has to be. */
  readonly expectedLocation: (dt: string) => string;
}

/** The last place on its way where a record was found. */
export type RecordTrace =
  /** Not landed, so far as anybody can see. */
  | { readonly at: 'topic'; readonly position: PartitionPosition | undefined }
  | { readonly at: 'diverted'; readonly key: string; readonly condition: string }
  /** Landed, and not curated. */
  | { readonly at: 'raw'; readonly key: string }
  | { readonly at: 'quarantine'; readonly key: string; readonly code: QualityCode; readonly receipt: string }
  | {
      readonly at: 'curated';
      readonly receipt: string;
      /** The Parquet file that has it, or those that may. */
      readonly files: readonly string[];
      /** What hides the row, as far as the catalog and S3 tell. */
      readonly state: 'there' | 'file-gone' | 'day-unregistered' | 'day-elsewhere';
    };

export async function traceRecord(
  ports: TracePorts,
  log: LogPartition,
  offset: number,
): Promise<RecordTrace> {
  const landed = await findLanded(ports, log, offset);
  if (landed === undefined) return traceUnlanded(ports, log, offset);
  const key = receiptKey(landed.object);
  const stored = await ports.lake.get(key);
  if (stored === undefined) return { at: 'raw', key: landed.key };
  const receipt = parseReceipt(key, stored.body.toString());
  const quarantined = receipt.quarantined.find((record) => record.offset === offset);
  if (quarantined !== undefined) {
    return { at: 'quarantine', key: quarantineKey(log, offset), code: quarantined.code, receipt: key };
  }
  const files = await filesOf(ports, landed, receipt);
  return { at: 'curated', receipt: key, files, state: await stateOf(ports, files) };
}

/** A record as raw holds it. */
export interface Landed {
  readonly key: string;
  readonly object: RawObjectId;
  readonly record: RawRecord;
}

/** The raw object that holds the record: the link of the chain that covers its offset, or a fill. */
export async function findLanded(
  { raw }: Pick<TracePorts, 'raw'>,
  log: LogPartition,
  offset: number,
): Promise<Landed | undefined> {
  let link: string | undefined;
  for await (const key of raw.list(rawPrefix(log))) {
    const object = parseRawKey(key);
    if (object === undefined) continue;
    if (object.kind === 'fill' || object.start > offset) break;
    link = key;
  }
  for (const key of [link, rawFillKey(log, offset)]) {
    const object = key === undefined ? undefined : parseRawKey(key);
    const stored = key === undefined ? undefined : await raw.get(key);
    if (key === undefined || object === undefined || stored === undefined) continue;
    const record = decodeRawFile(key, stored.body).records.find((each) => each.offset === offset);
    if (record !== undefined) return { key, object, record };
  }
  return undefined;
}

async function traceUnlanded(ports: TracePorts, log: LogPartition, offset: number): Promise<RecordTrace> {
  const batches = await readDiverted(ports.raw);
  const holder = batches.findLast(
    ({ ranges, functionName = ports.landFunction }) =>
      functionName === ports.landFunction &&
      ranges.some(
        ({ topic, logId, partition, first, last }) =>
          topic === log.topic &&
          logId === log.logId &&
          partition === log.partition &&
          offset >= first &&
          offset <= last,
      ),
  );
  if (holder !== undefined) return { at: 'diverted', key: holder.key, condition: holder.condition };
  return { at: 'topic', position: await ports.position(log) };
}

/** The day that the record belongs to decides which of the receipt's files has it. */
async function filesOf(
  { schemas }: TracePorts,
  { object, record }: Landed,
  { curated }: Receipt,
): Promise<readonly string[]> {
  const { quote } = decodeValue(record.value, await schemas.load());
  if (quote === undefined) return curated.map(({ key }) => key);
  return [curatedKey(object, utcDay(eventTimeMs(quote, record.timestamp)))];
}

async function stateOf(
  { lake, dayLocation, expectedLocation }: TracePorts,
  files: readonly string[],
): Promise<Extract<RecordTrace, { at: 'curated' }>['state']> {
  for (const file of files) {
    if ((await lake.head(file)) === undefined) return 'file-gone';
    const dt = parseCuratedKey(file)?.dt ?? '';
    const location = await dayLocation(dt);
    if (location === undefined) return 'day-unregistered';
    if (trimmed(location) !== trimmed(expectedLocation(dt))) return 'day-elsewhere';
  }
  return 'there';
}

function trimmed(location: string): string {
  return location.replace(/\/+$/, '');
}

/**
 * Every file and quarantined record that shows a record, in the days that SQL shows it in: more than one where it is
 * doubled.
 */
export async function findShowing(
  { lake, raw }: Pick<TracePorts, 'lake' | 'raw'>,
  log: LogPartition,
  offset: number,
  days: readonly { readonly dt: string; readonly prefix: string }[],
): Promise<readonly string[]> {
  const landed = await findLanded({ raw }, log, offset);
  const found: string[] = [];
  for (const { prefix } of days) {
    for await (const key of lake.list(prefix)) {
      const parsed = parseCuratedKey(key);
      // Nobody knows what a file of a foreign name holds, but that SQL reads it.
      if (parsed === undefined || mayHold(parsed.object, log, offset, landed?.object)) found.push(key);
    }
  }
  for await (const key of raw.list(quarantineKey(log, offset))) found.push(key);
  return found;
}

function mayHold(
  object: RawObjectId,
  { logId, partition }: LogPartition,
  offset: number,
  landed: RawObjectId | undefined,
): boolean {
  if (object.logId !== logId || object.partition !== partition) return false;
  return object.kind === 'fill' ? object.start === offset : object.start === landed?.start;
}
