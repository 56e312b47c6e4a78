/**
 * Writes quotes and how far the topic is served, in one transaction: three statements, whatever the number of rows. Each
 * table's rows are written in the order of its key, and the tables in one order, so that no two writers wait for each
 * other in a circle.
 */
import type { Database, DatabaseSession } from '../../adapters/database.ts';
import { newestBySymbol, type ServedQuote } from '../../core/served-quote.ts';

/** Up to where a partition of the topic is served. */
export interface ServedOffset {
  readonly logId: string;
  readonly topic: string;
  readonly partition: number;
  /** One above the last record's. */
  readonly nextOffset: number;
}

type ColumnValue = (quote: ServedQuote) => string | number | null;

/** Columns of both tables of quotes, with the type that each arrives as. */
const COLUMNS: readonly (readonly [name: string, type: string, valueOf: ColumnValue])[] = [
  ['ts', 'bigint', ({ ts }) => ts],
  ['symbol', 'text', ({ symbol }) => symbol],
  ['company_name', 'text', ({ companyName }) => companyName],
  ['low', 'double precision', ({ low }) => low],
  ['high', 'double precision', ({ high }) => high],
  ['latest_update', 'bigint', ({ latestUpdate }) => latestUpdate],
  ['latest_price', 'double precision', ({ latestPrice }) => latestPrice],
  ['source_log_id', 'text', ({ source }) => source.logId],
  ['source_topic', 'text', ({ source }) => source.topic],
  ['source_partition', 'integer', ({ source }) => source.partition],
  ['source_offset', 'bigint', ({ source }) => source.offset],
];

const NAMES = COLUMNS.map(([name]) => name).join(', ');
/** Times come as epoch ms. An interval of time alone is a count of microseconds: nothing is rounded. */
const VALUES = COLUMNS.map(([name]) =>
  name === 'ts' || name === 'latest_update'
    ? `'epoch'::timestamptz + ${name} * interval '1 millisecond'`
    : name,
).join(', ');
const BATCH = `unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) AS batch (${NAMES})`;

/** One that stands in the batch twice is a conflict, too. */
const INSERT_QUOTES = `
INSERT INTO quotes_filtered (${NAMES})
SELECT ${VALUES} FROM ${BATCH}
ORDER BY source_log_id, source_topic, source_partition, source_offset
ON CONFLICT (source_log_id, source_topic, source_partition, source_offset) DO NOTHING`;

const AGE = ['ts', 'source_partition', 'source_offset', 'source_log_id'] as const;
const ageOf = (row: string): string => `(${AGE.map((name) => `${row}.${name}`).join(', ')})`;

/** An older event never overwrites a newer. */
const UPSERT_LATEST = `
INSERT INTO latest_quotes AS known (${NAMES})
SELECT ${VALUES} FROM ${BATCH}
ORDER BY symbol
ON CONFLICT (symbol) DO UPDATE
SET ${COLUMNS.map(([name]) => `${name} = EXCLUDED.${name}`).join(', ')}
WHERE ${ageOf('EXCLUDED')} > ${ageOf('known')}`;

/** A batch that was diverted comes later than those above it. */
const RAISE_OFFSETS = `
INSERT INTO stream_offsets AS known (log_id, topic, kafka_partition, next_offset)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[]) AS batch (log_id, topic, kafka_partition, next_offset)
ORDER BY log_id, topic, kafka_partition
ON CONFLICT (log_id, topic, kafka_partition) DO UPDATE
SET next_offset = GREATEST(known.next_offset, EXCLUDED.next_offset), updated_at = now()`;

/**
 * @returns how many quotes were not there before
 * @throws TickerlakeError DATABASE_UNAVAILABLE, DATABASE_REFUSED: then nothing is written, or all of it is
 */
export async function writeQuotes(
  database: Pick<Database, 'transaction'>,
  { quotes, offsets }: { readonly quotes: readonly ServedQuote[]; readonly offsets: readonly ServedOffset[] },
  remainingMs: () => number,
): Promise<number> {
  return database.transaction(async (session) => {
    let added = 0;
    if (quotes.length > 0) {
      added = (await session.query(INSERT_QUOTES, arraysOf(quotes))).rowCount;
      await session.query(UPSERT_LATEST, arraysOf(newestBySymbol(quotes)));
    }
    await raiseOffsets(session, offsets);
    return added;
  }, remainingMs);
}

async function raiseOffsets(session: DatabaseSession, offsets: readonly ServedOffset[]): Promise<void> {
  await session.query(RAISE_OFFSETS, [
    offsets.map(({ logId }) => logId),
    offsets.map(({ topic }) => topic),
    offsets.map(({ partition }) => partition),
    offsets.map(({ nextOffset }) => nextOffset),
  ]);
}

function arraysOf(quotes: readonly ServedQuote[]): string[] {
  return COLUMNS.map(([, , valueOf]) => arrayLiteral(quotes, valueOf));
}

/**
 * An array as PostgreSQL reads it; the driver's own way quotes numbers and searches each of them for what needs an escape.
 * https://www.postgresql.org/docs/17/arrays.html#ARRAYS-IO
 */
export function arrayLiteral<T>(items: readonly T[], valueOf: (item: T) => string | number | null): string {
  let text = '{';
  let separator = '';
  for (const item of items) {
    const value = valueOf(item);
    text += separator;
    text += value === null ? 'NULL' : typeof value === 'number' ? String(value) : quoted(value);
    separator = ',';
  }
  return `${text}}`;
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
