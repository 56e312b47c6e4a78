import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../lambdas/produce-quotes/config.ts';
import { readEvent } from '../../../lambdas/produce-quotes/event.ts';

const least = {
  CLUSTER_ARN: 'arn:aws:kafka:us-east-1:123456789012:cluster/c/id',
  TOPIC: 'quotes',
  REGISTRY_NAME: 'tickerlake-dev',
  SCHEMA_NAME: 'quotes',
  LAKE_BUCKET: 'lake',
};
const api = { QUOTE_API: 'iex', QUOTE_API_URL: 'https://api.example/v1/', QUOTE_API_SECRET_ARN: 'arn:aws:s' };

describe('readConfig', () => {
  test('has defaults for all that need not be given', () => {
    expect(readConfig({ ...least, SYMBOLS: '', LISTING_KEY: ' ' })).toMatchObject({
      source: 'simulator',
      symbols: undefined,
      listingKey: undefined,
      lakeStart: '1990-01-01',
      simulatorSeed: 1,
      ticksPerRun: 1,
      quoteApi: undefined,
    });
  });

  test('reads the table of symbols, which needs its database', () => {
    expect(readConfig(least).symbolsTable).toBeUndefined();
    const env = { ...least, SYMBOLS_TABLE: 'nasdaq_listed' };
    expect(readConfig({ ...env, DATABASE_NAME: 'lake' }).symbolsTable).toEqual({
      database: 'lake',
      table: 'nasdaq_listed',
    });
    expect(() => readConfig(env)).toThrow('DATABASE_NAME');
  });

  test('reads lists and the quote API', () => {
    const config = readConfig({ ...least, ...api, SYMBOLS: 'AAPL, MSFT,,', QUOTE_SOURCE: 'http' });
    expect(config.symbols).toEqual(['AAPL', 'MSFT']);
    expect(config.quoteApi).toEqual({
      name: 'iex',
      url: 'https://api.example/v1',
      secretArn: 'arn:aws:s',
      ratePerSecond: 10,
    });
  });

  test.each(Object.keys(least))('names %s when it is missing', (name) => {
    expect(() => readConfig({ ...least, [name]: undefined })).toThrow(name);
  });

  test.each([
    ['QUOTE_SOURCE', 'ftp'],
    ['SIMULATOR_SEED', '-1'],
    ['SIMULATOR_SEED', 'one'],
    ['TICKS_PER_RUN', '0'],
    ['LAKE_START', '2020'],
    ['QUOTE_API', 'other'],
    ['QUOTE_API_URL', 'ftp://x'],
    ['QUOTE_API_RATE_PER_SECOND', '0'],
  ])('refuses %s=%s by its name', (name, value) => {
    expect(() => readConfig({ ...least, ...api, [name]: value })).toThrow(name);
  });

  test.each([
    ['tape', 'TAPE_KEY'],
    ['http', 'QUOTE_API_URL'],
  ])('the source %s needs %s', (source, name) => {
    expect(() => readConfig({ ...least, QUOTE_SOURCE: source })).toThrow(name);
  });
});

describe('readEvent', () => {
  test.each([{}, null, undefined, { source: 'aws.events', time: '2026-11-20T15:00:00Z', detail: {} }])(
    'takes %j for a schedule',
    (event) => {
      expect(readEvent(event)).toMatchObject({ source: undefined, simulator: undefined, tape: undefined });
    },
  );

  test('knows when a schedule fell due', () => {
    expect(readEvent({ time: '2026-11-20T15:00:00Z' }).scheduledMs).toBe(Date.parse('2026-11-20T15:00:00Z'));
  });

  test('reads a request for simulated ticks', () => {
    const simulator = {
      seed: 3,
      start: '2026-11-20T14:30:00Z',
      intervalMs: 1000,
      fromTick: 2,
      fromSymbol: 1,
      records: 9,
    };
    expect(readEvent({ source: 'simulator', simulator }).simulator).toEqual({
      seed: 3,
      startMs: Date.parse('2026-11-20T14:30:00Z'),
      intervalMs: 1000,
      from: { tick: 2, symbol: 1 },
      records: 9,
    });
  });

  test('counts the lines of a tape from 1', () => {
    const read = (fromLine?: number): unknown =>
      readEvent({ tape: { key: 'k', fromByte: 0, fromLine } }).tape?.from;
    expect([read(), read(0), read(1), read(7)]).toEqual([
      { byte: 0, line: 1 },
      { byte: 0, line: 1 },
      { byte: 0, line: 1 },
      { byte: 0, line: 7 },
    ]);
  });

  test.each([
    [{ source: 'ftp' }, 'source'],
    [{ simulator: {} }, 'simulator.intervalMs'],
    [{ simulator: { intervalMs: 0, records: 1 } }, 'simulator.intervalMs'],
    [{ simulator: { intervalMs: 1, records: 1, start: 'soon' } }, 'simulator.start'],
    [{ simulator: { intervalMs: 1, records: 1.5 } }, 'simulator.records'],
    [{ tape: { key: '' } }, 'tape.key'],
    [{ tape: [] }, 'tape'],
    [{ symbols: [] }, 'symbols'],
    [{ symbols: [1] }, 'symbols'],
    ['text', 'event'],
  ])('refuses %j, naming %s', (event, name) => {
    expect(() => readEvent(event)).toThrow(name);
  });
});
