import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PacedReading } from '../../../../cli/console/paced-reading.ts';
import { wholeNumber } from '../../../../cli/console/parameters.ts';
import { RecordRate } from '../../../../cli/console/pipeline/record-rate.ts';
import { readLog } from '../../../../cli/console/read-log.ts';
import { rangesOf } from '../../../../cli/console/records/read-records.ts';
import { athenaUsd } from '../../../../cli/console/sql/athena-price.ts';
import { TickerlakeError } from '../../../../core/errors.ts';

describe('the price of a query on Athena', () => {
  const MB = 1024 ** 2;

  test.each([
    ['of little is that of 10 MB', 'DML', 'SUCCEEDED', 1, (10 * MB * 5) / 1024 ** 4],
    ['is rounded up to a megabyte', 'DML', 'SUCCEEDED', 10 * MB + 1, (11 * MB * 5) / 1024 ** 4],
    ['of a terabyte is five dollars', 'DML', 'SUCCEEDED', 1024 ** 4, 5],
    ['is charged for what was scanned before it was cancelled', 'DML', 'CANCELLED', 1024 ** 4, 5],
    ['is nothing where it failed', 'DML', 'FAILED', 1024 ** 4, 0],
    ['is nothing for what only asks the catalog', 'UTILITY', 'SUCCEEDED', 0, 0],
  ])('%s', (_, type, state, bytes, usd) => {
    expect(athenaUsd(type, state, bytes)).toBe(usd);
  });
});

describe('a reading that many ask for', () => {
  test('is read once for all who ask at once', async () => {
    let reads = 0;
    const reading = new PacedReading(60_000, () => Promise.resolve(++reads));
    expect(await Promise.all([reading.get(), reading.get(), reading.get()])).toEqual([1, 1, 1]);
    expect(await reading.get()).toBe(1);
  });

  test('is read again when it is old, after a failure too', async () => {
    let reads = 0;
    const reading = new PacedReading(0, () =>
      ++reads === 1 ? Promise.reject(new Error('no')) : Promise.resolve(reads),
    );
    await expect(reading.get()).rejects.toThrow('no');
    let value: number | undefined;
    while (value === undefined) value = await reading.get().catch(() => undefined);
    expect(value).toBeGreaterThan(1);
  });
});

test('the rate of records is that of the last ten seconds', () => {
  const rate = new RecordRate();
  expect(rate.of(0, 0)).toBe(0);
  expect(rate.of(100, 1000)).toBe(100);
  expect(rate.of(1000, 10_000)).toBe(100);
  // Nothing came for a while: what was before does not count any more.
  for (let second = 11; second <= 25; second += 1) rate.of(1000, second * 1000);
  expect(rate.of(1000, 26_000)).toBe(0);
});

describe('which offsets are read', () => {
  const partitions = [
    { partition: 0, startOffset: 100, endOffset: 1000 },
    { partition: 1, startOffset: 0, endOffset: 3 },
    { partition: 2, startOffset: 5, endOffset: 5 },
  ];

  test('the newest of each where nothing is asked; none of one that is empty', () => {
    expect(rangesOf(partitions, { limit: 50 })).toEqual([
      { partition: 0, from: 950, to: 1000 },
      { partition: 1, from: 0, to: 3 },
    ]);
  });

  test.each([
    [500, { partition: 0, from: 500, to: 550 }],
    [980, { partition: 0, from: 980, to: 1000 }],
    [0, { partition: 0, from: 100, to: 150 }],
  ])('from offset %i on', (offset, range) => {
    expect(rangesOf(partitions, { partition: 0, offset, limit: 50 })).toEqual([range]);
  });

  test('none behind the end', () => {
    expect(rangesOf(partitions, { partition: 0, offset: 5000, limit: 50 })).toEqual([]);
  });
});

describe('a log', () => {
  let run: string;

  beforeAll(() => {
    run = mkdtempSync(join(tmpdir(), 'run-'));
    mkdirSync(join(run, 'logs'));
    const lines = [
      'START RequestId: 1',
      ...Array.from({ length: 20 }, (_, index) =>
        JSON.stringify({
          level: index % 5 === 0 ? 'WARN' : 'INFO',
          message: `line ${index}`,
          timestamp: '2026-11-20T14:30:00.000Z',
          topic: 'quotes',
        }),
      ),
    ];
    writeFileSync(join(run, 'logs/land-quotes.log'), `${lines.join('\n')}\nhalf a li`);
  });

  afterAll(() => {
    rmSync(run, { recursive: true });
  });

  test('is read from its end, whole lines only', async () => {
    const { lines, hasMore } = await readLog(run, 'land-quotes', {
      search: undefined,
      level: undefined,
      limit: 2,
    });
    expect(lines.map(({ message }) => message)).toEqual(['line 18', 'line 19']);
    expect(lines[1]).toMatchObject({
      level: 'INFO',
      time: '2026-11-20T14:30:00.000Z',
      fields: { topic: 'quotes' },
    });
    expect(hasMore).toBe(true);
  });

  test('is searched in message and fields, whatever the case', async () => {
    const { lines } = await readLog(run, 'land-quotes', { search: 'LINE 7', level: undefined, limit: 9 });
    expect(lines.map(({ message }) => message)).toEqual(['line 7']);
    const inFields = await readLog(run, 'land-quotes', { search: 'quotes', level: undefined, limit: 99 });
    expect(inFields.lines).toHaveLength(20);
  });

  test('is shown from a level on', async () => {
    const { lines } = await readLog(run, 'land-quotes', { search: undefined, level: 'WARN', limit: 99 });
    expect(lines.map(({ message }) => message)).toEqual(['line 0', 'line 5', 'line 10', 'line 15']);
  });

  test('that is not there is told with those that are', async () => {
    const error = await readLog(run, 'land-qoutes', { search: undefined, level: undefined, limit: 1 }).catch(
      (each: unknown) => each,
    );
    expect(error).toBeInstanceOf(TickerlakeError);
    expect((error as TickerlakeError).hint).toContain('land-quotes');
  });
});

describe('a number of an address', () => {
  test.each([
    ['12', 12],
    ['0', 0],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, number) => {
    expect(wholeNumber('offset', text)).toBe(number);
  });

  test.each(['-1', '1.5', '1e3', 'x', '99999999999999999999', ' 1'])('%j is refused', (text) => {
    expect(() => wholeNumber('offset', text)).toThrow(TickerlakeError);
  });
});
