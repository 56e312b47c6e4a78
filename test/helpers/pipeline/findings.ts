/** What became of every record, compared with what was promised. */
import { zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import {
  curatedKey,
  parseCuratedKey,
  parseQuarantineKey,
  parseRawKey,
  quarantineKey,
  type RawObjectId,
  receiptKey,
} from '../../../core/layout.ts';
import { decodeRawFile, type RawFile } from '../../../core/raw-file.ts';
import { findChainBreak } from '../../../core/raw-log.ts';
import { parseReceipt, type Receipt } from '../../../core/receipt.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import { LOG_ID, NOON_MS } from '../records.ts';
import { NEW_CODE, nameOf, type Topic, type TopicRecord } from './topic.ts';

export interface Evidence {
  readonly topic: Topic;
  readonly raw: MemoryObjectStore;
  readonly lake: MemoryObjectStore;
  /** Registered days of the curated table. */
  readonly days: ReadonlySet<string>;
  /** Records of batches that were diverted and not replayed. */
  readonly left: readonly TopicRecord[];
  readonly readRows: boolean;
}

interface LandedObject {
  readonly object: RawObjectId;
  readonly file: RawFile;
}

export async function findFaults(evidence: Evidence): Promise<string[]> {
  const { raw, lake, topic } = evidence;
  const landed = readRawLog(raw);
  const faults = [...checkRawLog(evidence, landed)];
  const records = new Map(topic.flat().map((record) => [nameOf(record), record]));
  const namedFiles = new Map<string, { readonly rows: number; readonly expected: readonly TopicRecord[] }>();
  const namedQuarantine = new Set<string>();
  for (const { object, file } of landed) {
    const receipt = readReceipt(lake, object, faults);
    if (receipt === undefined) continue;
    const held = file.records.flatMap(({ offset }) => records.get(nameOf({ ...object, offset })) ?? []);
    faults.push(...checkReceipt(object, file, receipt, held));
    for (const { key, rows } of receipt.curated) {
      const expected = held.filter(({ code, dt }) => code === undefined && curatedKey(object, dt) === key);
      namedFiles.set(key, { rows, expected });
    }
    for (const { offset } of receipt.quarantined) namedQuarantine.add(quarantineKey(object, offset));
  }
  const curated = lake.keys().filter((key) => parseCuratedKey(key) !== undefined);
  const quarantined = raw.keys().filter((key) => parseQuarantineKey(key) !== undefined);
  faults.push(...compareKeys('curated file', curated, [...namedFiles.keys()]));
  faults.push(...compareKeys('quarantined record', quarantined, [...namedQuarantine]));
  for (const key of curated) {
    const { dt } = parseCuratedKey(key) ?? {};
    if (dt !== undefined && !evidence.days.has(dt)) faults.push(`${key}: its day is not registered`);
    const { rows, expected } = namedFiles.get(key) ?? { rows: 0, expected: [] };
    const body = lake.objects.get(key)?.body ?? Buffer.alloc(0);
    faults.push(...(await checkFile(key, body, rows, evidence.readRows ? expected : undefined)));
  }
  return faults;
}

function readRawLog(raw: MemoryObjectStore): LandedObject[] {
  return raw.keys().flatMap((key) => {
    const object = parseRawKey(key);
    if (object === undefined) return [];
    return [{ object, file: decodeRawFile(key, raw.objects.get(key)?.body ?? Buffer.alloc(0)) }];
  });
}

/** Each record is landed once or waits in the destination, nothing else is landed, and the chains are whole. */
function checkRawLog({ topic, left }: Evidence, landed: readonly LandedObject[]): string[] {
  const faults: string[] = [];
  const times = new Map<string, number>();
  for (const { object, file } of landed) {
    for (const { offset } of file.records) {
      const name = nameOf({ ...object, offset });
      times.set(name, (times.get(name) ?? 0) + 1);
    }
  }
  const waiting = new Set(left.map(nameOf));
  for (const record of topic.flat()) {
    const count = times.get(nameOf(record)) ?? 0;
    if (count > 1) faults.push(`${nameOf(record)} is landed ${count} times`);
    if (count === 0 && !waiting.has(nameOf(record))) faults.push(`${nameOf(record)} is lost before raw`);
    times.delete(nameOf(record));
  }
  for (const name of times.keys()) faults.push(`${name} is landed and was never produced`);
  topic.forEach((_, partition) => {
    const chain = landed.filter(({ object }) => object.partition === partition && object.kind === 'chain');
    const broken = findChainBreak(chain.map(({ file }) => file.header));
    if (broken !== undefined) faults.push(`chain ${partition}: ${broken.kind} at ${broken.offset}`);
  });
  return faults;
}

function readReceipt(lake: MemoryObjectStore, object: RawObjectId, faults: string[]): Receipt | undefined {
  const key = receiptKey(object);
  const stored = lake.objects.get(key);
  if (stored === undefined) faults.push(`${key} is missing`);
  return stored && parseReceipt(key, stored.body.toString());
}

/** The receipt is of today's version and names each record in its one right place. */
function checkReceipt(
  object: RawObjectId,
  { header }: RawFile,
  receipt: Receipt,
  held: readonly TopicRecord[],
): string[] {
  const bad = held.filter(({ code }) => code !== undefined);
  const days = Map.groupBy(
    held.filter(({ code }) => code === undefined),
    ({ dt }) => dt,
  );
  const said = {
    first: receipt.first,
    last: receipt.last,
    records: receipt.records,
    version: receipt.curationVersion,
    curated: receipt.curated,
    quarantined: receipt.quarantined,
  };
  const expected = {
    first: header.start,
    last: header.last,
    records: header.records,
    version: NEW_CODE.curationVersion,
    curated: [...days].sort().map(([dt, some]) => ({ key: curatedKey(object, dt), rows: some.length })),
    quarantined: bad.map(({ offset, code }) => ({ offset, code })),
  };
  if (JSON.stringify(said) === JSON.stringify(expected)) return [];
  return [`${receiptKey(object)} says ${JSON.stringify(said)}, not ${JSON.stringify(expected)}`];
}

function compareKeys(what: string, found: readonly string[], named: readonly string[]): string[] {
  const [there, said] = [new Set(found), new Set(named)];
  return [
    ...found.filter((key) => !said.has(key)).map((key) => `${what} ${key} is named by no receipt`),
    ...named.filter((key) => !there.has(key)).map((key) => `${what} ${key} is named and not there`),
  ];
}

/** @param expected its rows, if they are to be read */
async function checkFile(
  key: string,
  body: Buffer,
  rows: number,
  expected: readonly TopicRecord[] | undefined,
): Promise<string[]> {
  const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
  const count = Number(parquetMetadata(file).num_rows);
  if (count !== rows) return [`${key} has ${count} rows, its receipt says ${rows}`];
  if (expected === undefined) return [];
  const compressors = { ZSTD: (page: Uint8Array): Uint8Array => zstdDecompressSync(page) };
  const found: Record<string, unknown>[] = await parquetReadObjects({ file, compressors });
  const actual = found.map((row): unknown[] => [
    row['log_id'],
    Number(row['kafka_partition']),
    Number(row['kafka_offset']),
    row['symbol'],
    (row['kafka_timestamp'] as Date).getTime(),
    (row['event_time'] as Date).toISOString().slice(0, 10),
  ]);
  const wanted = expected.map(({ partition, offset, symbol, dt }) => [
    LOG_ID,
    partition,
    offset,
    symbol,
    NOON_MS,
    dt,
  ]);
  const sort = (list: unknown[][]): string =>
    JSON.stringify(list.sort((a, b) => Number(a[2]) - Number(b[2])));
  return sort(actual) === sort(wanted) ? [] : [`${key} holds ${sort(actual)}, not ${sort(wanted)}`];
}
