import { describe, expect, test } from '@jest/globals';
import { TickerlakeError } from '../../../core/errors.ts';
import {
  databaseName,
  functionName,
  isStage,
  stackName,
  tableNames,
  workgroupName,
} from '../../../core/names.ts';
import {
  CURATED_COLUMNS,
  DT_COLUMN,
  QUOTE_COLUMNS,
  quoteAvroSchema,
  snakeCase,
} from '../../../core/quote.ts';

describe('the quote contract derives', () => {
  test('the Avro schema: one required symbol, all else null by default', () => {
    const { fields, ...record } = quoteAvroSchema();
    expect(record).toEqual({
      type: 'record',
      name: 'Quote',
      namespace: 'tickerlake',
      doc: 'A stock quote at one moment.',
    });
    expect(fields).toHaveLength(18);
    const [symbol, ...others] = fields;
    expect(symbol).toMatchObject({ name: 'symbol', type: 'string' });
    expect(symbol).not.toHaveProperty('default');
    for (const field of others)
      expect(field).toMatchObject({ type: ['null', expect.any(String)], default: null });
  });

  test('the Avro types: doubles for prices and volume, longs for times', () => {
    const types = Object.fromEntries(
      quoteAvroSchema().fields.map(({ name, type }) => [name, [type].flat().at(-1)]),
    );
    expect(types).toEqual({
      symbol: 'string',
      companyName: 'string',
      primaryExchange: 'string',
      sector: 'string',
      calculationPrice: 'string',
      open: 'double',
      openTime: 'long',
      close: 'double',
      closeTime: 'long',
      high: 'double',
      low: 'double',
      latestPrice: 'double',
      latestSource: 'string',
      latestTime: 'string',
      latestUpdate: 'long',
      latestVolume: 'double',
      week52High: 'double',
      week52Low: 'double',
    });
  });

  test('the lake columns in contract order, lineage after them', () => {
    expect(CURATED_COLUMNS.map(({ name, glueType }) => `${name} ${glueType}`)).toEqual([
      'symbol string',
      'company_name string',
      'primary_exchange string',
      'sector string',
      'calculation_price string',
      'open double',
      'open_time timestamp',
      'close double',
      'close_time timestamp',
      'high double',
      'low double',
      'latest_price double',
      'latest_source string',
      'latest_time string',
      'latest_update timestamp',
      'latest_volume double',
      'week52_high double',
      'week52_low double',
      'log_id string',
      'kafka_partition int',
      'kafka_offset bigint',
      'kafka_timestamp timestamp',
      'event_time timestamp',
      'trading_date date',
    ]);
  });

  test('columns of different names, whatever fields are called', () => {
    const names = [...CURATED_COLUMNS, DT_COLUMN].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test('comments that speak of UTC where the wire speaks of epoch milliseconds', () => {
    for (const { comment } of QUOTE_COLUMNS) expect(comment).not.toContain('epoch');
  });

  test.each([
    ['week52High', 'week52_high'],
    ['latestUpdate', 'latest_update'],
    ['symbol', 'symbol'],
  ])('%s as the column %s', (field, column) => {
    expect(snakeCase(field)).toBe(column);
  });
});

describe('names', () => {
  test('are what a person types', () => {
    expect(stackName('dev', 'lake')).toBe('tickerlake-dev-lake');
    expect(functionName('prod', 'land-quotes')).toBe('tickerlake-prod-land-quotes');
    expect(workgroupName('dev', 'analysts')).toBe('tickerlake-dev-analysts');
    expect(tableNames('quotes')).toEqual({
      raw: 'quotes_raw',
      quarantine: 'quotes_quarantine',
      curated: 'quotes_curated',
      history: 'quotes_history',
      view: 'quotes',
    });
  });

  test('of databases have no hyphen, which Athena would make people quote', () => {
    expect(databaseName('dev')).toBe('tickerlake_dev');
  });

  test('of stages are a closed list', () => {
    expect(['dev', 'prod', 'staging', ''].map(isStage)).toEqual([true, true, false, false]);
  });
});

describe('an error', () => {
  test('knows by its code whether trying again can help', () => {
    expect(new TickerlakeError('STORE_UNAVAILABLE', 'S3 answered 503').canRetry).toBe(true);
    expect(new TickerlakeError('CONFIG_INVALID', 'TOPIC is not set').canRetry).toBe(false);
  });

  test('keeps its cause and where it happened', () => {
    const cause = new Error('socket hang up');
    const error = new TickerlakeError('STORE_UNAVAILABLE', 'no answer', { cause, coordinates: { key: 'a' } });
    expect(error).toMatchObject({ cause, coordinates: { key: 'a' }, hint: undefined });
  });
});
