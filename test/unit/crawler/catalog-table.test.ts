import { describe, expect, test } from '@jest/globals';
import { crawledTable, hiveType, type Relation } from '../../../local/crawler/catalog-table.ts';
import {
  type CatalogTable,
  planChanges,
  type SchemaChangePolicy,
} from '../../../local/crawler/update-catalog.ts';

const LATEST: Relation = {
  schema: 'public',
  name: 'latest_quotes',
  kind: 'table',
  columns: [
    { name: 'symbol', type: 'text', udt: 'text', precision: null, scale: null },
    { name: 'ts', type: 'timestamp with time zone', udt: 'timestamptz', precision: null, scale: null },
    { name: 'latest_price', type: 'double precision', udt: 'float8', precision: 53, scale: null },
  ],
};
const IDENTITY = { crawlerName: 'watch', connectionName: 'rds', tablePrefix: '', database: 'tickerlake' };

test('a table is named, placed and described as Glue’s crawler does', () => {
  const { Name, Parameters, StorageDescriptor } = crawledTable(LATEST, IDENTITY);
  expect(Name).toBe('tickerlake_public_latest_quotes');
  expect(Parameters).toMatchObject({
    classification: 'postgresql',
    connectionName: 'rds',
    typeOfData: 'table',
    UPDATED_BY_CRAWLER: 'watch',
  });
  expect(StorageDescriptor.Location).toBe('tickerlake.public.latest_quotes');
  expect(StorageDescriptor.Columns).toEqual([
    { Name: 'symbol', Type: 'string' },
    { Name: 'ts', Type: 'timestamp' },
    { Name: 'latest_price', Type: 'double' },
  ]);
});

test('a name that Athena could not say is mended in the catalog, and kept in the location', () => {
  const table = crawledTable(
    { ...LATEST, schema: 'My-Schema', name: 'Quotes 2' },
    { ...IDENTITY, tablePrefix: 'rds_' },
  );
  expect(table.Name).toBe('rds_tickerlake_my_schema_quotes_2');
  expect(table.StorageDescriptor.Location).toBe('tickerlake.My-Schema.Quotes 2');
});

test.each([
  ['smallint', 'int2', null, null, 'smallint'],
  ['integer', 'int4', 32, 0, 'int'],
  ['bigint', 'int8', 64, 0, 'bigint'],
  ['real', 'float4', 24, null, 'float'],
  ['boolean', 'bool', null, null, 'boolean'],
  ['date', 'date', null, null, 'date'],
  ['timestamp without time zone', 'timestamp', null, null, 'timestamp'],
  ['bytea', 'bytea', null, null, 'binary'],
  ['jsonb', 'jsonb', null, null, 'string'],
  ['USER-DEFINED', 'mood', null, null, 'string'],
  ['numeric', 'numeric', 12, 4, 'decimal(12,4)'],
  ['numeric', 'numeric', null, null, 'decimal(38,18)'],
  ['ARRAY', '_int8', null, null, 'array<bigint>'],
  ['ARRAY', '_text', null, null, 'array<string>'],
])('%s (%s) becomes %5$s', (type, udt, precision, scale, hive) => {
  expect(hiveType({ type, udt, precision, scale })).toBe(hive);
});

describe('the catalog', () => {
  const FOUND = crawledTable(LATEST, IDENTITY);
  const UPDATE: SchemaChangePolicy = { update: 'UPDATE_IN_DATABASE', remove: 'DEPRECATE_IN_DATABASE' };
  const GONE: CatalogTable = { ...FOUND, Name: 'tickerlake_public_gone' };
  const kinds = (catalog: readonly CatalogTable[], policy = UPDATE, found = [FOUND]): string[] =>
    planChanges('watch', found, catalog, policy).map(({ kind }) => kind);

  test('gets what is new', () => {
    expect(kinds([])).toEqual(['create']);
  });

  test('is left as it is when nothing changed', () => {
    expect(kinds([FOUND])).toEqual([]);
  });

  test('gets a column that was added, or only a line in the log', () => {
    const before = { ...FOUND, StorageDescriptor: { ...FOUND.StorageDescriptor, Columns: [] } };
    expect(kinds([before])).toEqual(['update']);
    expect(kinds([before], { ...UPDATE, update: 'LOG' })).toEqual(['log']);
  });

  test.each([
    ['DEPRECATE_IN_DATABASE', 'deprecate'],
    ['DELETE_FROM_DATABASE', 'delete'],
    ['LOG', 'log'],
  ] as const)('of a table that is gone, with %s: %s', (remove, kind) => {
    expect(kinds([FOUND, GONE], { ...UPDATE, remove })).toEqual([kind]);
  });

  test('marks a table that is gone once', () => {
    const marked = { ...GONE, Parameters: { ...GONE.Parameters, DEPRECATED_BY_CRAWLER: '1' } };
    expect(kinds([FOUND, marked])).toEqual([]);
  });

  test('shows a table again that came back', () => {
    const marked = { ...FOUND, Parameters: { ...FOUND.Parameters, DEPRECATED_BY_CRAWLER: '1' } };
    expect(kinds([marked])).toEqual(['update']);
  });

  test('keeps what is not this crawler’s', () => {
    const foreign = { Name: FOUND.Name, Parameters: { UPDATED_BY_CRAWLER: 'another' } };
    expect(kinds([foreign])).toEqual(['log']);
    expect(kinds([foreign], { ...UPDATE, remove: 'DELETE_FROM_DATABASE' }, [])).toEqual([]);
  });
});
