/**
 * Lands the records of one partition: extends the chain by what lies beyond its end, and fills in what it covers but does
 * not hold. Safe against redelivery in other batches, several writers, zombies and crashes at any point.
 */
import type { ObjectStore } from '../../adapters/objects.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { DeliveredPartition, DeliveredRecord } from '../../core/kafka-event.ts';
import { type LogPartition, rawFillKey, rawKey } from '../../core/layout.ts';
import { decodeRawFile, encodeRawFile, isSameRecord, type RawFile } from '../../core/raw-file.ts';
import { nextStart, type RawExtent, recordsBeyond, recordsCovered } from '../../core/raw-log.ts';
import { surveyChain } from './survey-chain.ts';

export type RawStore = Pick<ObjectStore, 'putIfAbsent' | 'get' | 'head' | 'list'>;

export interface Landing {
  /** The chain's end as last seen, if it was: the hint for the next batch. */
  readonly end: number | undefined;
  readonly landed: number;
  /** Records that were there already, byte for byte. */
  readonly trimmed: number;
  readonly filled: number;
  /** Bytes put. */
  readonly bytes: number;
}

/** Losing this many races for the chain's end in a row means that something else is wrong. */
const MAX_LOST_RACES = 50;
const FILLS_AT_ONCE = 16;
const CONTENT_TYPE = 'application/avro';

/**
 * @param hint the chain's end as this process last saw it: if right, landing is one conditional PUT
 * @throws TickerlakeError LOG_OVERLAP_DIFFERS if an offset is already landed with another record; nothing is then written
 */
export async function landPartition(
  store: RawStore,
  delivered: DeliveredPartition,
  hint?: number,
): Promise<Landing> {
  const { records } = delivered;
  const first = records[0];
  const last = records.at(-1);
  if (first === undefined || last === undefined)
    return { end: hint, landed: 0, trimmed: 0, filled: 0, bytes: 0 };

  // Beyond a warm hint nothing needs to be known: if the hint is stale, the key is taken.
  let end = hint !== undefined && first.offset > hint ? hint : undefined;
  let missing: readonly DeliveredRecord[] = [];
  for (let race = 0; race < MAX_LOST_RACES; race += 1) {
    if (end === undefined) {
      const survey = await surveyChain(store, delivered, { first: first.offset, last: last.offset });
      end = survey.end;
      missing = await checkCovered(store, delivered, survey.covering);
    }
    const beyond = end === undefined ? [] : recordsBeyond(records, end);
    if (end === undefined || beyond.length === 0) {
      return finish(store, delivered, { end, missing, landed: 0, bytes: 0 });
    }
    const key = rawKey(delivered, nextStart(end));
    const { body, metadata, header } = encodeRawFile(key, nextStart(end), beyond);
    const outcome = await store.putIfAbsent(key, { body, metadata, contentType: CONTENT_TYPE });
    if (outcome === 'created') {
      const extended = { end: header.last, missing, landed: beyond.length, bytes: body.length };
      return finish(store, delivered, extended);
    }
    end = undefined;
  }
  throw new TickerlakeError('STORE_UNAVAILABLE', `lost ${MAX_LOST_RACES} races for the end of the raw log`, {
    coordinates: coordinatesOf(delivered, first.offset),
  });
}

async function finish(
  store: RawStore,
  delivered: DeliveredPartition,
  state: {
    readonly end: number | undefined;
    readonly missing: readonly DeliveredRecord[];
    readonly landed: number;
    readonly bytes: number;
  },
): Promise<Landing> {
  let filled = 0;
  let bytes = state.bytes;
  for (let index = 0; index < state.missing.length; index += FILLS_AT_ONCE) {
    const some = state.missing.slice(index, index + FILLS_AT_ONCE);
    const puts = await Promise.all(some.map((record) => fill(store, delivered, record)));
    for (const put of puts) {
      if (put > 0) filled += 1;
      bytes += put;
    }
  }
  const { end, landed } = state;
  return { end, landed, filled, trimmed: delivered.records.length - landed - filled, bytes };
}

/** Compares delivered records with the objects that cover them. Returns those that no object holds. */
async function checkCovered(
  store: RawStore,
  delivered: DeliveredPartition,
  covering: readonly Pick<RawExtent, 'start' | 'last'>[],
): Promise<DeliveredRecord[]> {
  const missing: DeliveredRecord[] = [];
  for (const extent of covering) {
    const covered = recordsCovered(delivered.records, extent);
    if (covered.length === 0) continue;
    const file = await readFile(store, rawKey(delivered, extent.start));
    const landed = new Map(file.records.map((record) => [record.offset, record]));
    for (const record of covered) {
      const other = landed.get(record.offset);
      if (other === undefined) missing.push(record);
      else if (!isSameRecord(record, other)) throw overlapDiffers(delivered, record.offset);
    }
  }
  return missing;
}

/** Lands one record that the chain passed over. Returns the bytes put: 0 if it was there. */
async function fill(store: RawStore, log: LogPartition, record: DeliveredRecord): Promise<number> {
  const key = rawFillKey(log, record.offset);
  const { body, metadata } = encodeRawFile(key, record.offset, [record]);
  const outcome = await store.putIfAbsent(key, { body, metadata, contentType: CONTENT_TYPE });
  if (outcome === 'created') return body.length;
  const [other] = (await readFile(store, key)).records;
  if (other === undefined || !isSameRecord(record, other)) throw overlapDiffers(log, record.offset);
  return 0;
}

async function readFile(store: RawStore, key: string): Promise<RawFile> {
  const object = await store.get(key);
  if (object !== undefined) return decodeRawFile(key, object.body);
  throw new TickerlakeError('STORE_UNAVAILABLE', 'a raw object that exists cannot be read yet', {
    coordinates: { key },
  });
}

function overlapDiffers(log: LogPartition, offset: number): TickerlakeError {
  return new TickerlakeError('LOG_OVERLAP_DIFFERS', 'another record was landed under this offset before', {
    coordinates: coordinatesOf(log, offset),
    hint: 'the topic was deleted and recreated, or reset: see LOG_OVERLAP_DIFFERS in docs/runbook.md',
  });
}

function coordinatesOf(
  { logId, topic, partition }: LogPartition,
  offset: number,
): Record<string, string | number> {
  return { logId, topic, partition, offset };
}
