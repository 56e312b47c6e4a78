/** The partitions of a table that a scan can touch, from the catalog or by projection. */
import type { Table } from '@aws-sdk/client-glue';
import type { Catalog } from './catalog.ts';
import { QueryFailure } from './errors.ts';
import { parseHiveType } from './hive-types.ts';
import { isProjected, projectKeys } from './projection.ts';
import { identifier, list, literal } from './sql-text.ts';
import type { ScanRequest } from './translator.ts';

export interface Partition {
  /** Values of the partition keys, in their order; none for a table without keys. */
  readonly values: readonly string[];
  readonly bucket: string;
  /** Ends with a slash unless it is empty. */
  readonly prefix: string;
}

/** Evaluates DuckDB SQL that reads no table; rows of text. */
export type Evaluate = (sql: string) => Promise<(string | null)[][]>;

export interface PartitionsFound {
  readonly touched: readonly Partition[];
  /** How many the table has. */
  readonly total: number;
}

export async function findPartitions(
  table: Table,
  request: ScanRequest,
  catalog: Catalog,
  evaluate: Evaluate,
): Promise<PartitionsFound> {
  const keys = (table.PartitionKeys ?? []).map(({ Name = '', Type = '' }) => ({
    name: Name.toLowerCase(),
    type: parseHiveType(Type).duckdb,
  }));
  const location = table.StorageDescriptor?.Location ?? '';
  if (keys.length === 0) return { touched: [{ values: [], ...parseLocation(location) }], total: 1 };
  const properties = table.Parameters ?? {};
  const all = isProjected(properties)
    ? await project(properties, location, keys, request, evaluate)
    : (await catalog.partitions(request.database, request.table)).map(({ values, location: place }) => ({
        values,
        ...parseLocation(place),
      }));
  return { touched: await keepPartitions(all, keys, request.partitionFilter, evaluate), total: all.length };
}

export interface PartitionKey {
  readonly name: string;
  /** DuckDB type. */
  readonly type: string;
}

async function project(
  properties: Readonly<Record<string, string>>,
  location: string,
  keys: readonly PartitionKey[],
  request: ScanRequest,
  evaluate: Evaluate,
): Promise<Partition[]> {
  const injected = new Map<string, readonly string[]>();
  for (const { name } of keys) {
    const stated = request.equalities[name];
    if (stated === undefined || properties[`projection.${name}.type`] !== 'injected') continue;
    const [row = []] = await evaluate(
      `SELECT ${stated.map((value) => `CAST(${value} AS VARCHAR)`).join(', ')}`,
    );
    injected.set(name, [...new Set(row.filter((value) => value !== null))]);
  }
  const projected = projectKeys(
    properties,
    keys.map(({ name }) => name),
    injected,
    new Date(),
  );
  const template =
    properties['storage.location.template'] ??
    `${location.replace(/\/$/, '')}/${keys.map(({ name }) => `${name}=\${${name}}`).join('/')}/`;
  let combinations: string[][] = [[]];
  for (const { values } of projected)
    combinations = combinations.flatMap((head) => values.map((value) => [...head, value]));
  return combinations.map((values) => ({
    values,
    ...parseLocation(
      keys.reduce((text, { name }, index) => text.replaceAll(`\${${name}}`, values[index] ?? ''), template),
    ),
  }));
}

/** DuckDB itself judges which partitions the condition lets through: any condition on keys alone prunes. */
export async function keepPartitions<Keyed extends { readonly values: readonly (string | null)[] }>(
  partitions: readonly Keyed[],
  keys: readonly PartitionKey[],
  condition: string | null,
  evaluate: Evaluate,
): Promise<readonly Keyed[]> {
  if (condition === null || partitions.length === 0) return partitions;
  const lists = keys.map(
    ({ name }, index) =>
      `unnest(${list(partitions.map(({ values }) => textOrNull(values[index])))}) AS ${identifier(name)}`,
  );
  const typed = keys.map(
    ({ name, type }) => `TRY_CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`,
  );
  const texts = `SELECT unnest(range(${partitions.length})) AS place, ${lists.join(', ')}`;
  const rows = await evaluate(
    `SELECT CAST(place AS VARCHAR) FROM (SELECT place, ${typed.join(', ')} FROM (${texts})) WHERE ${condition}`,
  );
  const kept = new Set(rows.map(([place]) => Number(place)));
  return partitions.filter((_, place) => kept.has(place));
}

function textOrNull(value: string | null | undefined): string {
  return value === null || value === undefined ? 'NULL' : literal(value);
}

function parseLocation(location: string): { bucket: string; prefix: string } {
  const [, bucket, path = ''] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/.exec(location) ?? [];
  if (bucket === undefined)
    throw new QueryFailure('HIVE_UNKNOWN_ERROR', `a location of the table is not on S3: "${location}"`);
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` };
}
