/** The serving database of a stand: migrated, written to as serve-quotes does, and read whole. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  connectDatabase,
  createDatabase,
  type Database,
  type DatabaseOptions,
} from '../../adapters/database.ts';
import { QuoteReader, type QuoteReaderOptions } from '../../adapters/quote-reader.ts';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import type { DeliveredPartition, DeliveredRecord } from '../../core/kafka-event.ts';
import { type Migration, readMigrations } from '../../core/migrations.ts';
import { isNewer, type ServedQuote, toServedQuote } from '../../core/served-quote.ts';
import { DATABASE_USERS } from '../../core/serving.ts';
import { type SourceCoordinates, sourceHeaders } from '../../core/source-coordinates.ts';
import { migrateDatabase } from '../../lambdas/migrate-database/migrate-database.ts';
import { QuoteServer, type ServeOptions } from '../../lambdas/serve-quotes/serve-quotes.ts';
import type { PostgresStand } from './postgres-stand.ts';
import { LOG_ID, NOON_MS, quoteRecord, SCHEMA_ID } from './records.ts';

export const CRAWLER_PASSWORD = 'crawls, and "quotes" it';
export const LAKE_START_MS = Date.parse('1990-01-01');

const FOLDER = join(import.meta.dirname, '../../sql/migrations');

export function shippedMigrations(): Migration[] {
  return readMigrations(
    new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')])),
  );
}

/** Options of a user of the stand. */
export function optionsOf(
  stand: PostgresStand,
  { user, password }: { readonly user: string; readonly password: string },
  database = stand.database,
): DatabaseOptions {
  const { host, port, ca } = stand;
  return {
    host,
    port,
    database,
    user,
    password: () => Promise.resolve(password),
    applicationName: 'test',
    tls: { ca },
  };
}

export interface MigrateHereOptions {
  /** @default - those of sql/migrations */
  readonly migrations?: readonly Migration[];
  /** @default - the stand's */
  readonly database?: string;
  /** @default 20 s */
  readonly timeMs?: number;
  /** @default - there is no dashboard */
  readonly dashboardPassword?: string;
}

export async function migrate(
  stand: PostgresStand,
  {
    migrations = shippedMigrations(),
    database = stand.database,
    timeMs = 20_000,
    dashboardPassword,
  }: MigrateHereOptions = {},
): Promise<Awaited<ReturnType<typeof migrateDatabase>>> {
  const deadline = Date.now() + timeMs;
  return migrateDatabase(
    {
      adminLogin: () => Promise.resolve(stand.admin),
      tokenFor: (user) => Promise.reject(new Error(`${user} has a password`)),
      crawlerLogin: () => Promise.resolve({ user: DATABASE_USERS.crawler, password: CRAWLER_PASSWORD }),
      ...(dashboardPassword !== undefined && {
        dashboardLogin: () =>
          Promise.resolve({ user: DATABASE_USERS.dashboard, password: dashboardPassword }),
      }),
      connect: (login) => connectDatabase(optionsOf(stand, login, database)),
      onWait: () => undefined,
    },
    migrations,
    { wait, remainingMs: () => deadline - Date.now() },
  );
}

/** As serve-quotes logs in. */
export function openWriter(stand: PostgresStand, database = stand.database, connections = 1): Database {
  const login = { user: DATABASE_USERS.writer, password: stand.token };
  return createDatabase(optionsOf(stand, login, database), connections);
}

export function quoteReader(
  options: QuoteReaderOptions = { lakeStartMs: LAKE_START_MS, derivedFrom: 'quotes' },
): QuoteReader {
  const schemas = { load: () => Promise.resolve(new Map([[SCHEMA_ID, QUOTE_SCHEMA_TEXT]])) };
  return new QuoteReader(schemas, options);
}

export function quoteServer(
  database: Pick<Database, 'transaction'>,
  options: Partial<ServeOptions> = {},
): QuoteServer {
  return new QuoteServer(
    { database, reader: quoteReader(), wait, random: Math.random },
    { topic: 'quotes_filtered', ...options },
  );
}

export function source(offset: number, partition = 0, logId = LOG_ID): SourceCoordinates {
  return { logId, topic: 'quotes', partition, offset };
}

/** A record of the filtered topic that repeats one of its source, its timestamp included. */
export function filteredRecord(
  offset: number,
  from: SourceCoordinates,
  quote: Parameters<typeof quoteRecord>[1] = {},
): DeliveredRecord {
  const headers = Object.entries(sourceHeaders(from)).map(([name, value]) => ({
    name,
    value: Buffer.from(value),
  }));
  return quoteRecord(offset, quote, { headers, timestamp: NOON_MS + from.offset });
}

export function filteredPartition(records: readonly DeliveredRecord[], partition = 0): DeliveredPartition {
  return { topic: 'quotes_filtered', logId: LOG_ID, partition, records };
}

/** What stands in both tables, in one order, as the model below says it. */
export async function readServed(
  stand: PostgresStand,
  database = stand.database,
): Promise<{ readonly rows: unknown[]; readonly latest: unknown[] }> {
  const as = { ...stand.admin, database };
  const select = (table: string): string => `
    SELECT (extract(epoch FROM ts) * 1000)::float8 AS ts, symbol, company_name, low, high,
      (extract(epoch FROM latest_update) * 1000)::float8 AS latest_update, latest_price,
      source_log_id, source_topic, source_partition, source_offset::float8 AS source_offset
    FROM ${table} ORDER BY source_log_id, source_partition, source_offset`;
  return {
    rows: await stand.query(select('quotes_filtered'), [], as),
    latest: await stand.query(select('latest_quotes'), [], as),
  };
}

/** What has to stand there: a function of the set of records alone. */
export async function modelOf(
  partitions: readonly DeliveredPartition[],
): Promise<{ readonly rows: unknown[]; readonly latest: unknown[] }> {
  const reader = quoteReader();
  const quotes: ServedQuote[] = [];
  for (const delivered of partitions) {
    for (const row of (await reader.read(delivered)).quotes) {
      if (row.source === undefined) throw new Error('the reader gives no sources');
      quotes.push(toServedQuote(row, row.source));
    }
  }
  const distinct = withoutDoubles(quotes);
  const latest = distinct.filter((quote) =>
    distinct.every((other) => other.symbol !== quote.symbol || other === quote || isNewer(quote, other)),
  );
  return { rows: inOrder(distinct), latest: inOrder(latest) };
}

/** Each source record once. */
export function withoutDoubles(quotes: readonly ServedQuote[]): ServedQuote[] {
  const key = ({ source: { logId, topic, partition, offset } }: ServedQuote): string =>
    `${logId}/${topic}-${partition}@${offset}`;
  return [...new Map(quotes.map((quote) => [key(quote), quote])).values()];
}

function inOrder(quotes: readonly ServedQuote[]): unknown[] {
  const sorted = quotes.toSorted(
    ({ source: a }, { source: b }) =>
      (a.logId < b.logId ? -1 : a.logId > b.logId ? 1 : 0) ||
      a.partition - b.partition ||
      a.offset - b.offset,
  );
  return sorted.map(({ ts, symbol, companyName, low, high, latestUpdate, latestPrice, source: from }) => ({
    ts,
    symbol,
    company_name: companyName,
    low,
    high,
    latest_update: latestUpdate,
    latest_price: latestPrice,
    source_log_id: from.logId,
    source_topic: from.topic,
    source_partition: from.partition,
    source_offset: from.offset,
  }));
}

/** A name for a database of its own. */
export function freshName(): string {
  return `t_${randomBytes(4).toString('hex')}`;
}
