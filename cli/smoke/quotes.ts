/** The quotes of a smoke test: which symbols they are of, and where in the log the brokers put them. */
import { logIdOfCluster } from '../../core/layout.ts';
import { lastSessionOpenedAt } from '../../core/market-calendar.ts';
import type { ProduceEvent, ProduceResult } from '../../core/produce-contract.ts';
import { TOPICS } from '../../core/topics.ts';
import type { LakeConnection } from '../lake/connection.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import type { CoordinateRange } from './coordinate-range.ts';

/**
 * Symbols that exchanges keep for tests and nobody trades: column Test Issue of http://www.nasdaqtrader.com/trader.aspx?id=symboldirdefs.
 * By their hashes they come into every partition of topic quotes.
 */
export const TEST_SYMBOLS = ['ZVZZT', 'NTEST', 'ZBZX', 'ZXZZT', 'ZAZZT', 'ZCZZT', 'ZTEST'] as const;

/** Quotes that the brokers acknowledged. */
export interface SmokeQuotes {
  readonly records: number;
  readonly symbols: readonly string[];
  /** With how many of them lie in each. */
  readonly ranges: readonly (CoordinateRange & { readonly records: number })[];
  /** UTC day of their event time, which is the partition that they are in. */
  readonly dt: string;
  /** When they were acknowledged, epoch ms. */
  readonly producedMs: number;
}

/** Event time between two quotes of one symbol: all of them come in the first minutes of a session. */
const INTERVAL_MS = 1000;

/** What produce-quotes is asked for: quotes of the last session's first moments, whatever source the stage has. */
export function smokeEvent(
  symbols: readonly string[],
  records: number,
  nowMs: number,
): ProduceEvent & { readonly symbols: readonly string[] } {
  return {
    source: 'simulator',
    symbols,
    simulator: { start: sessionOpen(nowMs), intervalMs: INTERVAL_MS, fromTick: 0, records },
  };
}

export function quotesOf(
  lake: Pick<LakeConnection, 'stage' | 'outputs'>,
  { partitions, produced }: ProduceResult,
  symbols: readonly string[],
  askedMs: number,
  producedMs: number,
): SmokeQuotes {
  const logId = logIdOfCluster(stackOutput(lake, 'stream', 'ClusterArn')) ?? '';
  return {
    records: produced,
    symbols,
    ranges: partitions.map(({ partition, records, firstOffset, lastOffset }) => ({
      topic: TOPICS.quotes.name,
      logId,
      partition,
      records,
      first: Number(firstOffset),
      last: Number(lastOffset),
    })),
    dt: sessionOpen(askedMs).slice(0, 10),
    producedMs,
  };
}

/** The quotes as a condition over columns of a view; a derived topic's has the same columns with a prefix. */
export function coordinatesCondition(quotes: SmokeQuotes, prefix: '' | 'source_' = ''): string {
  const [logId, partition, offset] = prefix === '' ? COORDINATES : SOURCE_COORDINATES;
  const ranges = quotes.ranges.map(
    (range) =>
      `(${logId} = '${range.logId}' AND ${partition} = ${range.partition} AND ${offset} BETWEEN ${range.first} AND ${range.last})`,
  );
  const symbols = quotes.symbols.map((symbol) => `'${symbol}'`).join(', ');
  return `dt = '${quotes.dt}' AND symbol IN (${symbols}) AND (${ranges.join(' OR ')})`;
}

const COORDINATES = ['log_id', 'kafka_partition', 'kafka_offset'] as const;
const SOURCE_COORDINATES = ['source_log_id', 'source_partition', 'source_offset'] as const;

function sessionOpen(nowMs: number): string {
  return new Date(lastSessionOpenedAt(nowMs).openMs).toISOString();
}
