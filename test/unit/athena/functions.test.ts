/** Functions and operators answer on the local engine as on Trino, where test/verify/trino.test.ts tries the same cases. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AGGREGATES, CASES, NUMBERS, WINDOWS } from '../../helpers/athena-functions.ts';
import { startTestEngine, type TestEngine } from './engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
}, 60_000);
afterAll(async () => {
  await engine.stop();
});

for (const [topic, cases] of Object.entries(CASES))
  describe(topic, () => {
    test.each(cases)('%s', async (expression, expected) => {
      expect(await engine.value(`SELECT ${expression}`)).toBe(expected);
    });
  });

describe('aggregates', () => {
  test.each(AGGREGATES)('%s', async (rest, expected) => {
    expect(await engine.value(`SELECT ${rest}`)).toBe(expected);
  });

  test('a checksum tells other rows apart, and not their order', async () => {
    const of = (rows: string): Promise<unknown> =>
      engine.value(`SELECT checksum(x) FROM (VALUES ${rows}) AS t(x)`);
    expect(await of('1, 2, 2')).toBe(await of('2, 1, 2'));
    expect(await of('1, 2, 2')).not.toBe(await of('1, 1, 2'));
    expect(await of('1')).toMatch(/^[0-9a-f]{2}( [0-9a-f]{2}){7}$/);
  });
});

describe('windows', () => {
  test.each(WINDOWS)('%s', async (expression, expected) => {
    const { rows } = await engine.run(`SELECT ${expression} AS y FROM ${NUMBERS} ORDER BY x`);
    expect(rows.map(([value]) => value)).toEqual(expected);
  });

  test('frames by time', async () => {
    const { rows } = await engine.run(
      `SELECT sum(v) OVER (ORDER BY t RANGE BETWEEN INTERVAL '5' MINUTE PRECEDING AND CURRENT ROW) AS s
       FROM (VALUES (timestamp '2026-11-20 14:00:00', 1), (timestamp '2026-11-20 14:04:00', 2), (timestamp '2026-11-20 14:08:00', 4)) AS q(t, v) ORDER BY t`,
    );
    expect(rows).toEqual([['1'], ['3'], ['6']]);
  });
});

describe('relations', () => {
  test('UNNEST zips arrays and numbers them', async () => {
    const { rows } = await engine.run(
      "SELECT n, a, b, o FROM (VALUES 1) AS t(n) CROSS JOIN UNNEST(ARRAY[10, 20], ARRAY['x']) WITH ORDINALITY AS u(a, b, o) ORDER BY o",
    );
    expect(rows).toEqual([
      ['1', '10', 'x', '1'],
      ['1', '20', null, '2'],
    ]);
  });

  test('UNNEST spreads a map', async () => {
    const { rows } = await engine.run(
      "SELECT k, v FROM UNNEST(map(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(k, v) ORDER BY k",
    );
    expect(rows).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  test('UNNEST spreads a map that is known by its names alone', async () => {
    const { rows } = await engine.run(
      'SELECT k, v FROM (SELECT histogram(x) AS h FROM (VALUES 1, 1, 2) AS t(x)) AS q CROSS JOIN UNNEST(h) AS u(k, v) ORDER BY k',
    );
    expect(rows).toEqual([
      ['1', '2'],
      ['2', '1'],
    ]);
  });

  test('a comparison with ALL of a subquery', async () => {
    expect(await engine.value('SELECT x FROM (VALUES 1, 5) AS t(x) WHERE x >= ALL (SELECT 5)')).toBe('5');
  });

  test('UNNEST of a sequence of days', async () => {
    const { rows } = await engine.run(
      "SELECT CAST(d AS varchar) FROM UNNEST(sequence(date '2026-11-20', date '2026-11-21')) AS t(d)",
    );
    expect(rows).toEqual([['2026-11-20'], ['2026-11-21']]);
  });

  test('UNNEST of each row’s array', async () => {
    const { rows } = await engine.run(
      'SELECT x, y FROM (VALUES (1, ARRAY[5, 6]), (2, ARRAY[7])) AS t(x, ys) CROSS JOIN UNNEST(ys) AS u(y) ORDER BY y',
    );
    expect(rows).toEqual([
      ['1', '5'],
      ['1', '6'],
      ['2', '7'],
    ]);
  });

  test('TABLESAMPLE takes about the share it is told', async () => {
    const count = await engine.value(
      'SELECT count(*) FROM (SELECT 1 FROM UNNEST(sequence(1, 10000)) AS t(x)) AS s TABLESAMPLE BERNOULLI (10)',
    );
    expect(Number(count)).toBeGreaterThan(500);
    expect(Number(count)).toBeLessThan(1500);
  });

  test('grouping sets', async () => {
    const { rows } = await engine.run(
      'SELECT k, sum(v) FROM (VALUES (1, 2), (1, 3), (2, 4)) AS t(k, v) GROUP BY ROLLUP (k) ORDER BY k',
    );
    expect(rows).toEqual([
      ['1', '5'],
      ['2', '4'],
      [null, '9'],
    ]);
  });

  test('set operations, OFFSET before LIMIT', async () => {
    const { rows } = await engine.run(
      'SELECT x FROM (VALUES 1, 2, 3, 4) AS t(x) EXCEPT SELECT 2 ORDER BY 1 OFFSET 1 LIMIT 1',
    );
    expect(rows).toEqual([['3']]);
  });

  test('a recursive query', async () => {
    const { rows } = await engine.run(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n ORDER BY i',
    );
    expect(rows).toEqual([['1'], ['2'], ['3']]);
  });
});
