/** Quarantined records read back: what curate-quotes wrote of each. */
import type { ObjectStore } from '../../adapters/objects.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { type LogPartition, locations, parseQuarantineKey } from '../../core/layout.ts';
import { QUALITY_RULES, type QualityCode } from '../../core/quality.ts';
import { inParallel } from '../in-parallel.ts';

/** One quarantined record with its original bytes. */
export interface QuarantinedRecord extends LogPartition {
  readonly offset: number;
  /** The record's timestamp, `2026-11-20 14:30:00.123` UTC; null where SQL could not show it. */
  readonly timestamp: string | null;
  readonly code: QualityCode;
  readonly reason: string;
  readonly schemaVersionId: string | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[];
  /** Raw object that holds it. */
  readonly rawKey: string;
  readonly curationVersion: number;
}

/** Which records are meant; a record must match all that is given. */
export interface QuarantineFilter {
  /** @default all codes */
  readonly codes?: readonly QualityCode[] | undefined;
  readonly logId?: string | undefined;
  readonly partition?: number | undefined;
  readonly offset?: number | undefined;
  /** Records of this time or later, epoch ms; one without a time that SQL can show matches none. */
  readonly sinceMs?: number | undefined;
}

/** Every quarantined record of the topic that matches, oldest first. */
export async function readQuarantined(
  raw: Pick<ObjectStore, 'get' | 'list'>,
  topic: string,
  filter: QuarantineFilter,
  onRead?: (records: number) => void,
): Promise<readonly QuarantinedRecord[]> {
  const keys: string[] = [];
  for await (const key of raw.list(locations.quarantine(topic))) {
    const place = parseQuarantineKey(key);
    if (place !== undefined && isAt(place, filter)) keys.push(key);
  }
  let done = 0;
  const records = await inParallel(keys, async (key) => {
    const object = await raw.get(key);
    done += 1;
    onRead?.(done);
    // Gone since it was listed: curated meanwhile.
    return object === undefined ? [] : [parseQuarantined(key, object.body.toString())];
  });
  return records
    .flat()
    .filter((record) => isMeant(record, filter))
    .sort(byTime);
}

function isAt(place: LogPartition & { readonly offset: number }, filter: QuarantineFilter): boolean {
  return (['logId', 'partition', 'offset'] as const).every(
    (name) => filter[name] === undefined || filter[name] === place[name],
  );
}

function isMeant({ code, timestamp }: QuarantinedRecord, { codes, sinceMs }: QuarantineFilter): boolean {
  if (codes !== undefined && codes.length > 0 && !codes.includes(code)) return false;
  return sinceMs === undefined || (timestamp !== null && epochMs(timestamp) >= sinceMs);
}

function byTime(left: QuarantinedRecord, right: QuarantinedRecord): number {
  const [a, b] = [left.timestamp ?? '', right.timestamp ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  return left.partition - right.partition || left.offset - right.offset;
}

function epochMs(timestamp: string): number {
  return Date.parse(`${timestamp.replace(' ', 'T')}Z`);
}

/**
 * Reads what `formatQuarantined` wrote.
 * @throws TickerlakeError RAW_OBJECT_MALFORMED
 */
export function parseQuarantined(key: string, text: string): QuarantinedRecord {
  const place = parseQuarantineKey(key);
  const line = parseLine(text);
  if (place === undefined || line === undefined) {
    throw new TickerlakeError('RAW_OBJECT_MALFORMED', `${key} is not a quarantined record`, {
      coordinates: { key },
      hint: 'curating its raw object again, which writes it anew: tickerlake replay --all',
    });
  }
  return {
    ...place,
    timestamp: line.kafka_timestamp,
    code: line.code,
    reason: line.reason,
    schemaVersionId: line.schema_version_id,
    key: bytesOf(line.key),
    value: bytesOf(line.value),
    headers: line.headers.map(({ name, value }) => ({ name, value: bytesOf(value) })),
    rawKey: line.raw_key,
    curationVersion: line.curation_version,
  };
}

interface QuarantinedLine {
  readonly kafka_timestamp: string | null;
  readonly code: QualityCode;
  readonly reason: string;
  readonly schema_version_id: string | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
  readonly raw_key: string;
  readonly curation_version: number;
}

function parseLine(text: string): QuarantinedLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof line !== 'object' || line === null) return undefined;
  const { code, reason, raw_key: rawKey, headers } = line as Partial<QuarantinedLine>;
  const isLine =
    code !== undefined &&
    Object.hasOwn(QUALITY_RULES, code) &&
    [reason, rawKey].every((value) => typeof value === 'string') &&
    Array.isArray(headers);
  return isLine ? (line as QuarantinedLine) : undefined;
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

/** How many records of each code, most first. */
export function countByCode(
  records: readonly Pick<QuarantinedRecord, 'code'>[],
): readonly { readonly code: QualityCode; readonly records: number }[] {
  const counts = Map.groupBy(records, ({ code }) => code);
  return [...counts]
    .map(([code, group]) => ({ code, records: group.length }))
    .sort((left, right) => right.records - left.records || (left.code < right.code ? -1 : 1));
}
