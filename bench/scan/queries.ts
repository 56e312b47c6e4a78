/** What analysts ask, in Athena's SQL, over a table `quotes` that has the columns of the view. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNamedQuery } from '../../core/named-query.ts';
import { BENCH_DAYS } from '../data/records.ts';
import { ASKED } from '../data/symbols.ts';

export interface ScanQuery {
  readonly name: string;
  readonly sql: string;
  /** Whether it asks for one symbol: what targets are set for. */
  readonly isOfOneSymbol: boolean;
}

const [, DAY] = BENCH_DAYS;

export const SCAN_QUERIES: readonly ScanQuery[] = [
  ofOneSymbol(
    "one symbol's day",
    `SELECT event_time, latest_price, latest_volume FROM quotes WHERE symbol = '${ASKED}' AND dt = '${DAY}' ORDER BY event_time`,
  ),
  ofOneSymbol('one symbol in candles of 5 minutes', named('candles-of-symbol', [ASKED, DAY, DAY])),
  ofOneSymbol(
    'one symbol across all days',
    `SELECT dt, min(latest_price) AS low, max(latest_price) AS high, count(*) AS ticks FROM quotes WHERE symbol = '${ASKED}' GROUP BY dt ORDER BY dt`,
  ),
  ofOneSymbol(
    'latest 10 rows of one symbol',
    `SELECT * FROM quotes WHERE symbol = '${ASKED}' AND dt = '${DAY}' ORDER BY event_time DESC, kafka_offset DESC LIMIT 10`,
  ),
  ofAll('last price of each symbol', named('latest-price', [])),
  ofAll('top movers', named('top-movers', [])),
  ofAll(
    'VWAP by sector',
    `SELECT sector, sum(latest_price * latest_volume) / sum(latest_volume) AS vwap FROM quotes WHERE dt = '${DAY}' GROUP BY sector ORDER BY sector`,
  ),
  ofAll(
    'volume by exchange',
    `SELECT primary_exchange, sum(day_volume) AS volume FROM (SELECT primary_exchange, symbol, max(latest_volume) AS day_volume FROM quotes WHERE dt = '${DAY}' GROUP BY 1, 2) AS days GROUP BY 1 ORDER BY 1`,
  ),
  ofAll('distinct symbols', 'SELECT count(DISTINCT symbol) AS symbols FROM quotes'),
  ofAll('rows by dt', 'SELECT dt, count(*) AS quotes FROM quotes GROUP BY dt ORDER BY dt'),
];

function ofOneSymbol(name: string, sql: string): ScanQuery {
  return { name, sql, isOfOneSymbol: true };
}

function ofAll(name: string, sql: string): ScanQuery {
  return { name, sql, isOfOneSymbol: false };
}

/** A named query with its parameters in place. */
function named(file: string, parameters: readonly string[]): string {
  const path = join(import.meta.dirname, '../../sql/queries', `${file}.sql`);
  const { sql } = parseNamedQuery(file, readFileSync(path, 'utf8'));
  const values = parameters.values();
  return sql.replace(/\?/g, () => `'${values.next().value ?? ''}'`);
}
