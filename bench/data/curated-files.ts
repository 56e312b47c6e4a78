/** The bench's records as curate-quotes leaves them: a file for each raw object and day, sorted, with its receipt. */
import type { CuratedRow } from '../../core/curation.ts';
import { CURATION_VERSION } from '../../core/curation-version.ts';
import { curatedKey, type RawObjectId, receiptKey } from '../../core/layout.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import { formatReceipt } from '../../core/receipt.ts';
import { utcDay } from '../../core/trading-date.ts';
import { type BenchRecord, LOG_ID } from './records.ts';

/** Something of the lake bucket. */
export interface LakeObject {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
}

/**
 * @param rowsOfFile in a file at most: consecutive records of one partition, as a raw object has them; each day begins another
 * @returns each curated file, followed by its receipt
 */
export function* curatedFiles(records: Iterable<BenchRecord>, rowsOfFile: number): Generator<LakeObject> {
  const open = new Map<number, CuratedRow[]>();
  for (const { partition, offset, timestamp, quote } of records) {
    const eventTime = quote.latestUpdate ?? timestamp;
    let rows = open.get(partition) ?? [];
    const isOtherDay = rows[0] !== undefined && utcDay(rows[0].eventTime) !== utcDay(eventTime);
    if (isOtherDay || rows.length === rowsOfFile) {
      yield* closeFile(partition, rows);
      rows = [];
    }
    rows.push({ quote, offset, timestamp, eventTime });
    open.set(partition, rows);
  }
  for (const [partition, rows] of open) yield* closeFile(partition, rows);
}

function* closeFile(partition: number, rows: readonly CuratedRow[]): Generator<LakeObject> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return;
  const object: RawObjectId = {
    topic: 'quotes',
    logId: LOG_ID,
    partition,
    kind: 'chain',
    start: first.offset,
  };
  const key = curatedKey(object, utcDay(first.eventTime));
  const sorted = rows.toSorted((a, b) =>
    a.quote.symbol < b.quote.symbol ? -1 : a.quote.symbol > b.quote.symbol ? 1 : a.offset - b.offset,
  );
  yield { key, body: encodeRows(sorted, object), contentType: 'application/vnd.apache.parquet' };
  const receipt = formatReceipt({
    first: first.offset,
    last: last.offset,
    records: rows.length,
    curationVersion: CURATION_VERSION,
    revision: 1,
    curated: [{ key, rows: rows.length }],
    quarantined: [],
  });
  yield { key: receiptKey(object), body: Buffer.from(receipt), contentType: 'application/json' };
}
