/** The three layouts: where their files lie, and the relation that a query reads in the place of table quotes. */
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CURATED_COLUMNS, QUOTE_FIELDS, snakeCase } from '../../core/quote.ts';
import { identifier, list, literal } from '../../local/athena/sql-text.ts';
import { LOG_ID } from '../data/records.ts';

export const LAYOUTS = ['json', 'curated', 'history'] as const;
export type LayoutName = (typeof LAYOUTS)[number];

export interface Layout {
  readonly name: LayoutName;
  readonly files: number;
  readonly bytes: number;
  /** A DuckDB table expression over `url`. */
  readonly relation: (url: string) => string;
}

const PATTERNS: Readonly<Record<LayoutName, string>> = {
  json: 'json/dt=*/*.json',
  curated: 'lake/curated/quotes/dt=*/*.parquet',
  history: 'history/dt=*/*.parquet',
};

const BY_DAY = 'hive_partitioning = true, hive_types = {dt: VARCHAR}';

/** @param folder that holds all three */
export function layoutIn(folder: string, name: LayoutName): Layout {
  const files = globSync(PATTERNS[name], { cwd: folder }).sort();
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const urls = (url: string): string => list(files.map((file) => literal(`${url}/${file}`)));
  const relation = name === 'json' ? jsonRelation : parquetRelation;
  return { name, files: files.length, bytes, relation: (url) => relation(urls(url)) };
}

function parquetRelation(urls: string): string {
  const columns = [...CURATED_COLUMNS.map(({ name }) => name), 'dt'].map(identifier);
  return `(SELECT ${columns.join(', ')} FROM read_parquet(${urls}, ${BY_DAY}))`;
}

const JSON_TYPES = { string: 'VARCHAR', double: 'DOUBLE', time: 'BIGINT' } as const;

/** What a record does not say by itself is worked out, as a view over such files has to. */
function jsonRelation(urls: string): string {
  const declared = [
    ...QUOTE_FIELDS.map(({ name, kind }) => `${literal(name)}: ${literal(JSON_TYPES[kind])}`),
    "'partition': 'INTEGER'",
    "'offset': 'BIGINT'",
    "'timestamp': 'BIGINT'",
  ];
  const columns = [
    ...QUOTE_FIELDS.map(
      ({ name, kind }) =>
        `${kind === 'time' ? `epoch_ms(${identifier(name)})` : identifier(name)} AS ${identifier(snakeCase(name))}`,
    ),
    `${literal(LOG_ID)} AS log_id`,
    '"partition" AS kafka_partition',
    '"offset" AS kafka_offset',
    'epoch_ms("timestamp") AS kafka_timestamp',
    'epoch_ms("latestUpdate") AS event_time',
    // Sessions lie within the UTC day.
    'CAST(dt AS DATE) AS trading_date',
    'dt',
  ];
  const reader = `read_json(${urls}, format = 'newline_delimited', columns = {${declared.join(', ')}}, ${BY_DAY})`;
  return `(SELECT ${columns.join(', ')} FROM ${reader})`;
}
