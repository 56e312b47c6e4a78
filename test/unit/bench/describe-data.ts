/** What the bench's data is, as JSON. Run by data.test.ts outside of its sandbox, where arithmetic takes many times as long. */
import {
  type BenchRecord,
  benchQuotes,
  benchRecords,
  DATA_SHA256_OF,
  DATA_SHA256_RECORDS,
  hashOfRecords,
} from '../../../bench/data/records.ts';
import { BENCH_SYMBOLS } from '../../../bench/data/symbols.ts';
import { createQuoteDecoder, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { judge } from '../../../core/quality.ts';
import type { Quote } from '../../../core/quote.ts';
import { frameBody, HEADER_BYTES } from '../../../core/wire.ts';

const LAKE_START_MS = Date.parse('2026-01-01');
const DENSITY = { of: DATA_SHA256_OF };

/** Whether a quote is good by the rules of the lake, its prices in cents and in order, a small step from the one before. */
function quoteCheck(): (quote: Quote) => boolean {
  const last = new Map<string, number>();
  return (quote) => {
    const { symbol, latestPrice: price, latestUpdate, high, low, week52High, week52Low } = quote;
    if (price === null || high === null || low === null || week52High === null || week52Low === null)
      return false;
    const move = Math.abs(price / (last.get(symbol) ?? price) - 1);
    last.set(symbol, price);
    return (
      judge(quote, latestUpdate ?? 0, LAKE_START_MS) === undefined &&
      Math.round(price * 100) / 100 === price &&
      [week52Low, low, price, high, week52High].every((value, at, all) => value >= (all[at - 1] ?? 0)) &&
      move < 0.05
    );
  };
}

/** Whether a record is the next of its partition, of a symbol that is always in this one, and is younger than its quote. */
function recordCheck(): (record: BenchRecord) => boolean {
  const decode = createQuoteDecoder(QUOTE_SCHEMA_TEXT);
  const ends = new Map<number, number>();
  const homes = new Map<string, number>();
  return ({ partition, offset, timestamp, key, value }) => {
    const { symbol, latestUpdate } = decode(frameBody(value));
    const isNext = offset === (ends.get(partition) ?? 0);
    const isHome = (homes.get(symbol) ?? partition) === partition;
    ends.set(partition, offset + 1);
    homes.set(symbol, partition);
    return isNext && isHome && symbol === key.toString() && timestamp > (latestUpdate ?? 0);
  };
}

const count = <T>(items: Iterable<T>, test: (item: T) => boolean): number => [...items].filter(test).length;
const distinct = (items: readonly unknown[]): number => new Set(items).size;

const records = [...benchRecords(DATA_SHA256_RECORDS, DENSITY)];
const bytes = records.reduce((total, { value }) => total + value.length - HEADER_BYTES, 0);
const hours = new Set(
  Array.from(benchQuotes(50_000), ({ latestUpdate }) =>
    new Date(latestUpdate ?? 0).toISOString().slice(0, 13),
  ),
);
console.log(
  JSON.stringify({
    sha256: hashOfRecords(records),
    avroBytesPerRecord: bytes / records.length,
    symbols: distinct(BENCH_SYMBOLS.map(({ symbol }) => symbol)),
    names: distinct(BENCH_SYMBOLS.map(({ companyName }) => companyName)),
    hours: [...hours].sort(),
    goodQuotes: count(benchQuotes(50_000, DATA_SHA256_OF), quoteCheck()),
    goodRecords: [1, 4, 64].map((partitions) =>
      count(benchRecords(10_000, { partitions, ...DENSITY }), recordCheck()),
    ),
    partitions: distinct(
      Array.from(benchRecords(10_000, { partitions: 64, ...DENSITY }), ({ partition }) => partition),
    ),
  }),
);
