/** The same rows as two lakes keep them: lines of JSON by day, and curated files as curate-quotes writes them, with their receipts. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { utcDay } from '../../core/trading-date.ts';
import { curatedFiles } from '../data/curated-files.ts';
import { type BenchRecord, benchRecords } from '../data/records.ts';

const JSON_CHUNK = 10_000;

/**
 * @param folder takes `json/dt=…/quotes.json`, and `lake/` with the keys of the lake bucket
 * @param rowsOfFile in a curated file
 */
export function writeSmallFiles(folder: string, rows: number, rowsOfFile: number): void {
  const json = new JsonLines(join(folder, 'json'));
  for (const { key, body } of curatedFiles(json.adding(benchRecords(rows)), rowsOfFile)) {
    const file = join(folder, 'lake', key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
  json.close();
}

/** A file a day, written in chunks. */
class JsonLines {
  readonly #folder: string;
  readonly #days = new Map<string, { readonly file: number; lines: string[] }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Hands records on, each of which it has written down. */
  *adding(records: Iterable<BenchRecord>): Generator<BenchRecord> {
    for (const record of records) {
      const { quote, partition, offset, timestamp } = record;
      const day = utcDay(quote.latestUpdate ?? timestamp);
      this.#add(day, JSON.stringify({ ...quote, partition, offset, timestamp }));
      yield record;
    }
  }

  close(): void {
    for (const open of this.#days.values()) {
      this.#flush(open);
      closeSync(open.file);
    }
  }

  #add(day: string, line: string): void {
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

  #flush(open: { readonly file: number; lines: string[] }): void {
    if (open.lines.length > 0) writeSync(open.file, `${open.lines.join('\n')}\n`);
    open.lines = [];
  }
}
