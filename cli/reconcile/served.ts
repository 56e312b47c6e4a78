/** Reads what the speed path should have served, by the lake's SQL, and what it has served, from the database. */
import { hash } from 'node:crypto';
import type { Client } from 'pg';
import { tableNames } from '../../core/names.ts';
import { MAX_SYMBOL_CHARS } from '../../core/served-quote.ts';
import { watchlistCondition } from '../../core/watchlist.ts';
import type { ResultRow } from '../athena/result-csv.ts';
import { queryRows, withoutHead } from '../athena/result-rows.ts';
import { type QueryRequest, sqlLiteral } from '../athena/run-query.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, logIdOf, outputOf } from '../lake/connection.ts';
import { stationsOf } from '../lake/stations.ts';
import type { PartitionOffsets } from '../lake/topic-offsets.ts';
import { type CurrentWatchlist, readCurrentWatchlist } from '../serving/current-watchlist.ts';
import { withReader } from '../serving/reader.ts';
import { runSql } from '../serving/run-sql.ts';
import {
  compareServed,
  type DerivedEvidence,
  type LatestDifference,
  type ServedEvidence,
  type ServedReconciliation,
} from './compare-served.ts';
import { ReceiptReader } from './receipts.ts';
import { NO_ROWS, RowSums } from './row-sums.ts';
import { visibleRanges } from './visible.ts';

export interface ServedRequest {
  /** Of the source topic. */
  readonly ends: readonly PartitionOffsets[];
  /** Of the derived one. */
  readonly derivedEnds: readonly PartitionOffsets[];
  readonly signal: AbortSignal;
  readonly report?: (doing: string) => void;
}

/** Longest that the filter goes on with a watchlist that was replaced. */
const WATCHLIST_DELAY_MS = 60_000;

/** Reads both ends of the speed path and compares them. */
export async function reconcileServed(
  lake: LakeConnection,
  clients: LakeClients,
  { ends, derivedEnds, signal, report }: ServedRequest,
): Promise<ServedReconciliation> {
  const logId = logIdOf(lake);
  const current = await readCurrentWatchlist(
    clients.ssm,
    outputOf(lake, 'pipeline', 'WatchlistParameterName'),
  );
  report?.('reading what the watchlist keeps through SQL');
  const { watched, filtered, expected } = await readLake(lake, clients, { current, ends, signal });
  report?.('reading the serving database');
  const { served, latest } = await withReader(lake, async (client) => {
    // Longer than people may ask: this reads every row.
    await client.query(`SET statement_timeout = ${SERVED_TIMEOUT_MS}`);
    return {
      served: await readServed(client, logId, ends, signal),
      latest: await findLatestDifference(client, signal),
    };
  });
  const partitions = [...new Set([...ends.map(({ partition }) => partition), ...served.partitions().keys()])];
  const evidence = partitions.map(
    (partition): ServedEvidence => ({
      logId,
      partition,
      watched: watched.partitions().get(partition) ?? NO_ROWS,
      isWatchedWhole: current.sinceMs === undefined,
      filtered: filtered.partitions().get(partition) ?? NO_ROWS,
      expected: expected.partitions().get(partition) ?? NO_ROWS,
      served: served.partitions().get(partition) ?? NO_ROWS,
    }),
  );
  return compareServed(evidence, await readDerived(lake, clients, logId, derivedEnds), latest);
}

const SERVED_TIMEOUT_MS = 600_000;

/** Values that are served: those of both ends are read in this order. */
const VALUES = ['symbol', 'company_name', 'low', 'high', 'latest_update', 'latest_price'] as const;

interface LakeRequest extends Pick<ServedRequest, 'ends' | 'signal'> {
  readonly current: CurrentWatchlist;
}

/** Rows of both views, and each record of either once. */
async function readLake(
  lake: LakeConnection,
  { athena, s3 }: LakeClients,
  { current, ends, signal }: LakeRequest,
): Promise<{ readonly watched: RowSums; readonly filtered: RowSums; readonly expected: RowSums }> {
  const [watched, filtered, expected] = [new RowSums(), new RowSums(), new RowSums()];
  const context: Omit<QueryRequest, 'sql'> = {
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal,
  };
  const read = async (sums: RowSums, sql: string): Promise<void> => {
    for await (const rows of withoutHead(queryRows(athena, s3, { ...context, sql }))) {
      for (const row of rows) {
        const [partition, offset, value] = [Number(row[0]), Number(row[1]), lakeRowHash(row)];
        sums.add(partition, offset, value);
        if (!expected.has(partition, offset)) expected.add(partition, offset, value);
      }
    }
  };
  const logId = logIdOf(lake);
  for (const sql of watchedSql(stationsOf(lake, 'quotes').topic, logId, ends, current))
    await read(watched, sql);
  for (const sql of filteredSql(stationsOf(lake, 'quotes_filtered').topic, logId, ends))
    await read(filtered, sql);
  return { watched, filtered, expected };
}

/**
 * What the filter should have kept: an oracle in SQL. Of a watchlist that was changed, only what came when the change was sure
 * to hold is judged: which of the two the filter went by before, nobody can tell from outside.
 */
export function watchedSql(
  topic: string,
  logId: string,
  ends: ServedRequest['ends'],
  { watchlist, sinceMs }: CurrentWatchlist,
): readonly string[] {
  const since =
    sinceMs === undefined
      ? ''
      : ` AND kafka_timestamp > timestamp '${new Date(sinceMs + WATCHLIST_DELAY_MS).toISOString().replace('T', ' ').slice(0, -1)}'`;
  const where = `log_id = ${sqlLiteral(logId)} AND ${watchlistCondition(watchlist)}${since}`;
  return visibleRanges(ends).map(
    (range) =>
      `SELECT kafka_partition, kafka_offset, event_time, ${VALUES.join(', ')} FROM ${tableNames(topic).view} WHERE ${where} AND ${range}`,
  );
}

const SOURCE = { partition: 'source_partition', offset: 'source_offset' };

export function filteredSql(topic: string, logId: string, ends: ServedRequest['ends']): readonly string[] {
  return visibleRanges(ends, undefined, SOURCE).map(
    (range) =>
      `SELECT source_partition, source_offset, event_time, ${VALUES.join(', ')} FROM ${tableNames(topic).view} WHERE source_log_id = ${sqlLiteral(logId)} AND ${range}`,
  );
}

type ServedValues = readonly [
  ts: number,
  symbol: string | null,
  companyName: string | null,
  low: number | null,
  high: number | null,
  latestUpdate: number | null,
  latestPrice: number | null,
];

/** First 8 bytes of SHA-256 over the values, times in epoch ms. */
function servedHash(values: ServedValues): bigint {
  return hash('sha256', JSON.stringify(values), 'buffer').readBigUInt64BE(0);
}

/** The hash of a lake's row as the database has to hold it: its text knows no U+0000, and its index no symbol without end. */
export function lakeRowHash(row: ResultRow): bigint {
  const [, , ts, symbol = null, company = null, low, high, latestUpdate, latestPrice] = row;
  return servedHash([
    lakeTime(ts) ?? Number.NaN,
    servable(symbol)?.slice(0, MAX_SYMBOL_CHARS).toWellFormed() ?? null,
    servable(company),
    numberOf(low),
    numberOf(high),
    lakeTime(latestUpdate),
    numberOf(latestPrice),
  ]);
}

/** The hash of a row of the database; times come as epoch ms. */
export function servedRowHash(row: readonly (string | null)[]): bigint {
  const [, , ts, symbol = null, company = null, low, high, latestUpdate, latestPrice] = row;
  return servedHash([
    numberOf(ts) ?? Number.NaN,
    symbol,
    company,
    numberOf(low),
    numberOf(high),
    numberOf(latestUpdate),
    numberOf(latestPrice),
  ]);
}

function servable(text: string | null): string | null {
  return text?.replaceAll('\0', '\uFFFD') ?? null;
}

function numberOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

function lakeTime(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** Every row that the database has of the log, whatever topic it says. */
async function readServed(
  client: Client,
  logId: string,
  ends: ServedRequest['ends'],
  signal: AbortSignal,
): Promise<RowSums> {
  const sums = new RowSums();
  const columns = `source_partition, source_offset, ${epochMs('ts')}, symbol, company_name, low, high, ${epochMs('latest_update')}, latest_price`;
  for (const range of visibleRanges(ends, undefined, SOURCE)) {
    const sql = `SELECT ${columns} FROM quotes_filtered WHERE source_log_id = $1 AND ${range}`;
    const onRow = (row: readonly (string | null)[]): void => {
      sums.add(Number(row[0]), Number(row[1]), servedRowHash(row));
    };
    await runSql(client, sql, { onRow }, signal, [logId]);
  }
  return sums;
}

function epochMs(column: string): string {
  return `extract(epoch FROM ${column}) * 1000`;
}

/** Over all logs, since the database keeps one latest row whatever cluster it came from. */
const LATEST = `
  WITH newest AS (
    SELECT DISTINCT ON (symbol) * FROM quotes_filtered
    ORDER BY symbol, ts DESC, source_partition DESC, source_offset DESC, source_log_id COLLATE "C" DESC
  )
  SELECT coalesce(n.source_partition, l.source_partition), coalesce(n.source_offset, l.source_offset), count(*) OVER ()
  FROM newest n FULL JOIN latest_quotes l ON l.symbol = n.symbol
  WHERE (n.ts, n.symbol, n.company_name, n.low, n.high, n.latest_update, n.latest_price,
         n.source_log_id, n.source_topic, n.source_partition, n.source_offset)
    IS DISTINCT FROM
        (l.ts, l.symbol, l.company_name, l.low, l.high, l.latest_update, l.latest_price,
         l.source_log_id, l.source_topic, l.source_partition, l.source_offset)
  LIMIT 1`;

export async function findLatestDifference(
  client: Client,
  signal?: AbortSignal,
): Promise<LatestDifference | undefined> {
  let found: LatestDifference | undefined;
  const onRow = ([partition = null, offset = null, symbols = null]: readonly (string | null)[]): void => {
    found = { partition: Number(partition), offset: Number(offset), symbols: Number(symbols) };
  };
  await runSql(client, LATEST, { onRow }, signal);
  return found;
}

async function readDerived(
  lake: LakeConnection,
  { s3 }: LakeClients,
  logId: string,
  ends: readonly PartitionOffsets[],
): Promise<readonly DerivedEvidence[]> {
  const { topic } = stationsOf(lake, 'quotes_filtered');
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  return Promise.all(
    ends.map(async ({ partition, endOffset }) => ({
      logId,
      partition,
      endOffset,
      receipts: await new ReceiptReader(s3, bucket, { topic, logId, partition }).read(),
    })),
  );
}
