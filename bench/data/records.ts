/**
 * The bench's quotes, by number: 3,000 listings over two trading days, tick by tick as a feed sends them, prices that walk on from
 * quote to quote. The same on every machine: DATA_SHA256 is checked by test/unit/bench/data.test.ts.
 */
import { hash } from 'node:crypto';
import { encodeQuote } from '../../core/codec.ts';
import { logIdOfCluster } from '../../core/layout.ts';
import { SESSION_MS } from '../../core/market-calendar.ts';
import type { Quote } from '../../core/quote.ts';
import { mixKeys, Random } from '../../core/random.ts';
import { Simulator } from '../../core/simulator.ts';
import { frameHeader } from '../../core/wire.ts';
import { BENCH_SYMBOLS } from './symbols.ts';

export const SCHEMA_VERSION_ID = '6b86b273-ff34-4ce1-9d6b-804eff5a3f57';
export const CLUSTER_ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/bench/0a1b2c3d-bench-1';
export const LOG_ID = logIdOfCluster(CLUSTER_ARN) ?? '';
export const DEFAULT_PARTITIONS = 4;

/** Of the values of the first 100,000 records of a million, one after the other. */
export const DATA_SHA256 = '6becebbc78cc0c719a56555c8c9ff9c1f2f2e4accfb34a1560c71708b9aca783';
export const DATA_SHA256_RECORDS = 100_000;
export const DATA_SHA256_OF = 1_000_000;

/** The days that the quotes are of. */
export const BENCH_DAYS = ['2026-11-19', '2026-11-20'] as const;
const START_MS = Date.parse(`${BENCH_DAYS[0]}T14:30:00Z`);
const SEED = 1;

/** A record as it stands in the topic. */
export interface BenchRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch ms: a few milliseconds after the quote's own time. */
  readonly timestamp: number;
  /** The symbol. */
  readonly key: Buffer;
  /** Glue header and Avro body. */
  readonly value: Buffer;
  readonly quote: Quote;
}

export interface BenchDataOptions {
  /** 1 to 64; a symbol is always in the same. @default DEFAULT_PARTITIONS */
  readonly partitions?: number;
  /** Records of the two days, which says how dense they are: less than that is their beginning. @default - the count asked for */
  readonly of?: number;
}

/** The first `count` quotes. */
export function* benchQuotes(count: number, of = count): Generator<Quote> {
  const ticksPerDay = Math.ceil(of / BENCH_SYMBOLS.length / BENCH_DAYS.length);
  const simulator = new Simulator({
    seed: SEED,
    symbols: BENCH_SYMBOLS,
    startMs: START_MS,
    intervalMs: ticksPerDay > 1 ? Math.floor(SESSION_MS / (ticksPerDay - 1)) : SESSION_MS + 1,
  });
  for (let number = 0; number < count; number += 1) {
    const symbol = BENCH_SYMBOLS[simulator.cursor.symbol];
    yield { ...simulator.next(), primaryExchange: symbol?.exchange ?? null };
  }
}

/** The first `count` records, in the order in which they are produced: one after the other, so that any count takes no memory. */
export function* benchRecords(
  count: number,
  { partitions = DEFAULT_PARTITIONS, of = count }: BenchDataOptions = {},
): Generator<BenchRecord> {
  const header = frameHeader(SCHEMA_VERSION_ID);
  const keys = BENCH_SYMBOLS.map(({ symbol }) => Buffer.from(symbol));
  const ends = Array.from({ length: partitions }, () => 0);
  let number = 0;
  for (const quote of benchQuotes(count, of)) {
    const symbol = number % keys.length;
    const partition = symbol % partitions;
    const offset = ends[partition] ?? 0;
    const delayMs = 2 + Math.floor(new Random(mixKeys(SEED, number)).uniform() * 48);
    yield {
      partition,
      offset,
      timestamp: (quote.latestUpdate ?? 0) + delayMs,
      key: keys[symbol] ?? Buffer.alloc(0),
      value: Buffer.concat([header, encodeQuote(quote)]),
      quote,
    };
    ends[partition] = offset + 1;
    number += 1;
  }
}

/** SHA-256 of the values of some records, in hex. */
export function hashOfRecords(records: Iterable<BenchRecord>): string {
  return hash('sha256', Buffer.concat(Array.from(records, ({ value }) => value)));
}
