/** A curated day as a busy pipeline leaves it: many small files, each a raw object's rows, with their receipts. */
import type { Credentials } from '../cli/lake/connection.ts';
import type { CuratedRow } from '../core/curation.ts';
import { CURATION_VERSION } from '../core/curation-version.ts';
import { curatedKey, type RawObjectId, receiptKey } from '../core/layout.ts';
import { SESSION_MS } from '../core/market-calendar.ts';
import { NASDAQ_SYMBOLS } from '../core/nasdaq-symbols.ts';
import { encodeRows } from '../core/parquet-file.ts';
import { formatReceipt } from '../core/receipt.ts';
import { Simulator } from '../core/simulator.ts';

export const DAY = '2026-11-20';
export const LOG_ID = '0a1b2c3d-4e5f-6789-abcd-ef0123456789-1';
const PARTITIONS = 4;

/** Something to be put into the lake bucket. */
export interface DayObject {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
}

/** What the thread that puts a day is told. */
export interface DayRequest {
  readonly rows: number;
  readonly files: number;
  readonly bucket: string;
  /** Configuration of its S3 client. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Credentials;
    readonly forcePathStyle: true;
  };
}

/**
 * @param rows of the day, over all partitions
 * @param files that they are spread over
 * @returns each curated file, followed by its receipt
 */
export function* makeCuratedDay(rows: number, files: number): Generator<DayObject> {
  const ticks = Math.ceil(rows / NASDAQ_SYMBOLS.length);
  const simulator = new Simulator({
    seed: 1,
    symbols: NASDAQ_SYMBOLS,
    startMs: Date.parse(`${DAY}T14:30:00Z`),
    intervalMs: Math.floor(SESSION_MS / ticks),
  });
  const rowsOfFile = Math.ceil(rows / files);
  const open = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    next: 0,
    rows: [] as CuratedRow[],
  }));
  for (let made = 0; made < rows; made += 1) {
    const quote = simulator.next();
    // By symbol, as the producer does it.
    const log = open[(made % NASDAQ_SYMBOLS.length) % PARTITIONS];
    if (log === undefined) throw new RangeError('no partition');
    const eventTime = quote.latestUpdate ?? 0;
    log.rows.push({ quote, offset: log.next, timestamp: eventTime + 5, eventTime });
    log.next += 1;
    if (log.rows.length === rowsOfFile) yield* closeFile(log);
  }
  for (const log of open) if (log.rows.length > 0) yield* closeFile(log);
}

function* closeFile(log: {
  readonly partition: number;
  next: number;
  rows: CuratedRow[];
}): Generator<DayObject> {
  const { partition, rows } = log;
  const start = log.next - rows.length;
  const object: RawObjectId = { topic: 'quotes', logId: LOG_ID, partition, kind: 'chain', start };
  const key = curatedKey(object, DAY);
  rows.sort((a, b) =>
    a.quote.symbol < b.quote.symbol ? -1 : a.quote.symbol > b.quote.symbol ? 1 : a.offset - b.offset,
  );
  yield { key, body: encodeRows(rows, object), contentType: 'application/vnd.apache.parquet' };
  const receipt = {
    first: start,
    last: log.next - 1,
    records: rows.length,
    curationVersion: CURATION_VERSION,
    revision: 1,
    curated: [{ key, rows: rows.length }],
    quarantined: [],
  };
  yield {
    key: receiptKey(object),
    body: Buffer.from(formatReceipt(receipt)),
    contentType: 'application/json',
  };
  log.rows = [];
}
