/** Quotes on their way: produced, queryable, fresh, served. */
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { ProduceResult } from '../../core/produce-contract.ts';
import { TOPICS } from '../../core/topics.ts';
import { type Watchlist, watchlistCondition } from '../../core/watchlist.ts';
import { readResult, runQuery } from '../athena/run-query.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import { invokeFunction } from '../lake/invoke-function.ts';
import { readCurrentWatchlist } from '../serving/current-watchlist.ts';
import { askUntil, failed, ok, type Report, skipped, type Verdict } from './check.ts';
import { coordinatesCondition, quotesOf, type SmokeQuotes, smokeEvent, TEST_SYMBOLS } from './quotes.ts';
import type { SmokeLake } from './smoke-lake.ts';

export interface Produced {
  readonly verdict: Verdict;
  /** Undefined where the brokers acknowledged nothing. */
  readonly quotes: SmokeQuotes | undefined;
}

/**
 * Produces by function produce-quotes, which is in the VPC and may write: nobody outside can. The quotes are of symbols that
 * nobody trades: what is produced stays in the log and in its tables. On this machine, where the lake's own quotes are simulated,
 * one symbol of the watchlist is among them, for the speed path: its quotes are those that the simulator gives for that time anyway.
 */
export async function produceSmoke(lake: SmokeLake, records: number, signal: AbortSignal): Promise<Produced> {
  const functionName = stackOutput(lake, 'pipeline', 'ProduceQuotesFunctionName');
  const watched = lake.inside === undefined ? [] : await watchedSymbol(lake, functionName);
  const symbols = [...watched, ...TEST_SYMBOLS];
  const askedMs = Date.now();
  const event = smokeEvent(symbols, records, askedMs);
  const result = (await invokeFunction(lake.lambda, functionName, event, signal)) as ProduceResult;
  const look = `aws logs tail /aws/lambda/${functionName}, or tickerlake logs produce-quotes`;
  if (result.produced === 0)
    return { verdict: failed('the brokers acknowledged nothing', look), quotes: undefined };
  const quotes = quotesOf(lake, result, symbols, askedMs, Date.now());
  const rejected = Object.entries(result.rejected).map(([code, count]) => `${count} break ${code}`);
  if (result.produced !== records || rejected.length > 0) {
    const why = [`the brokers acknowledged ${result.produced} of ${records} quotes`, ...rejected].join(', ');
    return { verdict: failed(why, look), quotes };
  }
  const taken = result.partitions.map(({ partition }) => partition);
  const { partitions, name } = TOPICS.quotes;
  if (records >= symbols.length && taken.length < partitions) {
    const why = `only partitions ${taken.join(', ')} of ${partitions} took quotes`;
    return { verdict: failed(why, `the partitions of topic ${name}: check topics`), quotes };
  }
  return { verdict: ok(`${records} quotes acknowledged in partitions ${taken.join(', ')}`), quotes };
}

async function watchedSymbol(lake: SmokeLake, functionName: string): Promise<readonly string[]> {
  const { Environment: environment } = await lake.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  if ((environment?.Variables?.['QUOTE_SOURCE'] ?? 'simulator') !== 'simulator') return [];
  const [first] = (await readWatchlist(lake)).symbols;
  return first === undefined || (TEST_SYMBOLS as readonly string[]).includes(first) ? [] : [first];
}

async function readWatchlist(lake: SmokeLake): Promise<Watchlist> {
  const name = stackOutput(lake, 'pipeline', 'WatchlistParameterName');
  return (await readCurrentWatchlist(lake.ssm, name)).watchlist;
}

/** Waits until the view shows each quote, and that once. @param onSeen called with the time when it does, epoch ms */
export async function checkQueryable(
  lake: SmokeLake,
  quotes: SmokeQuotes,
  {
    report,
    signal,
    onSeen,
  }: { readonly report: Report; readonly signal: AbortSignal; readonly onSeen: () => void },
): Promise<Verdict> {
  const sql = `SELECT kafka_partition, count(*), count(DISTINCT kafka_offset) FROM quotes WHERE ${coordinatesCondition(quotes)} GROUP BY 1`;
  return askUntil(
    async () => {
      const rows = new Map(
        (await query(lake, sql, signal)).map(([partition, count, identities]) => [
          Number(partition),
          { count: Number(count), identities: Number(identities) },
        ]),
      );
      const doubled = [...rows].find(([, { count, identities }]) => count !== identities);
      if (doubled !== undefined) {
        const [partition, { count, identities }] = doubled;
        return failed(
          `view quotes shows ${count} rows of ${identities} quotes in partition ${partition}: some twice`,
          'tickerlake reconcile; docs/runbook.md, Is anything missing?',
        );
      }
      const seen = quotes.ranges.reduce(
        (sum, { partition, records }) => sum + Math.min(records, rows.get(partition)?.count ?? 0),
        0,
      );
      if (seen < quotes.records) return `${seen} of ${quotes.records} quotes queryable`;
      onSeen();
      return ok(`${quotes.records} quotes in view quotes, each once`);
    },
    report,
    signal,
  );
}

/** A batching window of half a minute, curation, a query, and as much again. */
export const FRESH_WITHIN_MS = 120_000;

/** From the brokers' acknowledgement to the rows in a query's answer. */
export function checkFreshness(quotes: SmokeQuotes, seenMs: number | undefined): Verdict {
  if (seenMs === undefined)
    return skipped('nothing to measure: the quotes are not queryable', 'check queryable');
  const age = Number(((seenMs - quotes.producedMs) / 1000).toFixed(1));
  if (seenMs - quotes.producedMs <= FRESH_WITHIN_MS) {
    return ok(
      `queryable ${age} s after the brokers had them; at most ${FRESH_WITHIN_MS / 1000} s is expected`,
    );
  }
  return failed(
    `queryable only ${age} s after the brokers had them; at most ${FRESH_WITHIN_MS / 1000} s is expected`,
    'docs/runbook.md, landing-lag and curation-backlog',
  );
}

/**
 * Each quote that the watchlist keeps is in the derived topic's view once, and in the serving database. From outside the VPC
 * nobody can look into that, and no metric tells these quotes from others: so there it is left out, with how to prove it.
 */
export async function checkServed(
  lake: SmokeLake,
  quotes: SmokeQuotes,
  report: Report,
  signal: AbortSignal,
): Promise<Verdict> {
  const watched = watchlistCondition(await readWatchlist(lake));
  const kept = await count(lake, `quotes WHERE ${coordinatesCondition(quotes)} AND ${watched}`, signal);
  if (kept === 0) {
    const parameter = stackOutput(lake, 'pipeline', 'WatchlistParameterName');
    return skipped(
      `the watchlist keeps none of ${quotes.symbols.join(', ')}, so nothing is served`,
      `add ${TEST_SYMBOLS[0]} to "symbols" of parameter ${parameter} (aws ssm put-parameter --overwrite), and run again in a minute`,
    );
  }
  const derived = `quotes_filtered WHERE ${coordinatesCondition(quotes, 'source_')}`;
  const { inside } = lake;
  const filtered = await askUntil(
    async () => {
      const rows = await count(lake, derived, signal);
      if (rows < kept) return `${rows} of ${kept} quotes in view quotes_filtered`;
      return rows === kept
        ? ok('')
        : failed(
            `view quotes_filtered shows ${rows} rows of ${kept} quotes`,
            'docs/runbook.md, Filter and serve',
          );
    },
    report,
    signal,
  );
  if (filtered.state !== 'ok') return filtered;
  if (inside === undefined) {
    return skipped(
      `not proved from here: RDS is private; ${kept} quotes in view quotes_filtered, each once, which is what serve-quotes reads`,
      `from inside the VPC (docs/serving.md, Log in): ${servedStatement(quotes)}, which has to be ${kept}`,
    );
  }
  return askUntil(
    async () => {
      const rows = await inside.countServed(quotes.ranges);
      if (rows < kept) return `${rows} of ${kept} quotes served`;
      return ok(`${rows} rows in RDS, by the coordinates of their quotes`);
    },
    report,
    signal,
  );
}

/** What a person asks the database: the rows that repeat these quotes, by their coordinates. */
function servedStatement({ ranges }: SmokeQuotes): string {
  const conditions = ranges.map(
    ({ topic, logId, partition, first, last }) =>
      `(source_log_id = '${logId}' AND source_topic = '${topic}' AND source_partition = ${partition} AND source_offset BETWEEN ${first} AND ${last})`,
  );
  return `SELECT count(*) FROM quotes_filtered WHERE ${conditions.join(' OR ')}`;
}

async function count(lake: SmokeLake, from: string, signal: AbortSignal): Promise<number> {
  const [row] = await query(lake, `SELECT count(*) FROM ${from}`, signal);
  return Number(row?.[0]);
}

async function query(
  lake: SmokeLake,
  sql: string,
  signal: AbortSignal,
): Promise<readonly (readonly (string | null)[])[]> {
  const { id } = await runQuery(lake.athena, {
    sql,
    workgroup: stackOutput(lake, 'query', 'AnalystsWorkGroupName'),
    database: stackOutput(lake, 'lake', 'DatabaseName'),
    signal,
  });
  const rows: (readonly (string | null)[])[] = [];
  for await (const page of readResult(lake.athena, id)) rows.push(...page.rows);
  return rows;
}
