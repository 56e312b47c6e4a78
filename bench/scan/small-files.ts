/** The same rows as two lakes keep them: lines of JSON by day, and curated files as curate-quotes writes them, with their receipts. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CuratedRow } from '../../core/curation.ts';
import { CURATION_VERSION } from '../../core/curation-version.ts';
import { curatedKey, type RawObjectId, receiptKey } from '../../core/layout.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import { formatReceipt } from '../../core/receipt.ts';
import { utcDay } from '../../core/trading-date.ts';
import { LOG_ID, marketQuotes } from './market.ts';

const PARTITIONS = 4;
const JSON_CHUNK = 10_000;

interface OpenFile {
  readonly partition: number;
  readonly rows: CuratedRow[];
  /** Offset behind the last row. */
  next: number;
}

/**
 * @param folder takes `json/dt=…/quotes.json`, and `lake/` with the keys of the lake bucket
 * @param rowsOfFile in a curated file: consecutive records of one partition, as a raw object has them
 */
export function writeSmallFiles(folder: string, rows: number, rowsOfFile: number): void {
  const json = new JsonLines(join(folder, 'json'));
  const open = Array.from(
    { length: PARTITIONS },
    (_, partition): OpenFile => ({ partition, rows: [], next: 0 }),
  );
  for (const { quote, symbolIndex } of marketQuotes(rows)) {
    const eventTime = quote.latestUpdate ?? 0;
    const day = utcDay(eventTime);
    // By symbol, as the producer does it.
    const file = open[symbolIndex % PARTITIONS];
    if (file === undefined) throw new RangeError('no partition');
    const isOtherDay = file.rows.length > 0 && utcDay(file.rows[0]?.eventTime ?? 0) !== day;
    if (isOtherDay || file.rows.length === rowsOfFile) closeFile(folder, file);
    const row = { quote, offset: file.next, timestamp: eventTime + 5, eventTime };
    file.rows.push(row);
    file.next += 1;
    json.add(day, JSON.stringify({ ...quote, partition: file.partition, offset: row.offset }));
  }
  for (const file of open) if (file.rows.length > 0) closeFile(folder, file);
  json.close();
}

function closeFile(folder: string, file: OpenFile): void {
  const { partition, rows, next } = file;
  const start = next - rows.length;
  const object: RawObjectId = { topic: 'quotes', logId: LOG_ID, partition, kind: 'chain', start };
  const key = curatedKey(object, utcDay(rows[0]?.eventTime ?? 0));
  rows.sort((a, b) =>
    a.quote.symbol < b.quote.symbol ? -1 : a.quote.symbol > b.quote.symbol ? 1 : a.offset - b.offset,
  );
  put(join(folder, 'lake', key), encodeRows(rows, object));
  const receipt = formatReceipt({
    first: start,
    last: next - 1,
    records: rows.length,
    curationVersion: CURATION_VERSION,
    revision: 1,
    curated: [{ key, rows: rows.length }],
    quarantined: [],
  });
  put(join(folder, 'lake', receiptKey(object)), receipt);
  rows.length = 0;
}

function put(file: string, body: Buffer | string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, body);
}

/** A file a day, written in chunks. */
class JsonLines {
  readonly #folder: string;
  readonly #days = new Map<string, { readonly file: number; lines: string[] }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(day: string, line: string): void {
    let open = this.#days.get(day);
    if (open === undefined) {
      const file = join(this.#folder, `dt=${day}`, 'quotes.json');
      mkdirSync(dirname(file), { recursive: true });
      open = { file: openSync(file, 'w'), lines: [] };
      this.#days.set(day, open);
    }
    open.lines.push(line);
    if (open.lines.length === JSON_CHUNK) this.#flush(open);
  }

  close(): void {
    for (const open of this.#days.values()) {
      this.#flush(open);
      closeSync(open.file);
    }
  }

  #flush(open: { readonly file: number; lines: string[] }): void {
    if (open.lines.length > 0) writeSync(open.file, `${open.lines.join('\n')}\n`);
    open.lines = [];
  }
}
