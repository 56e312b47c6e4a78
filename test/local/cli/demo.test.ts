import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CommandLine } from '../../helpers/command-line.ts';

const commandLine = new CommandLine();
beforeAll(() => commandLine.prepare(), 120_000);
afterAll(() => commandLine.remove(), 60_000);

test('the demo ends with the two lines that say that all is accounted for', async () => {
  const { code, out, err } = await commandLine.run('demo', '--records', '3000');
  expect(err).not.toContain('error:');
  expect(out.trimEnd().split('\n').slice(-2)).toEqual([
    expect.stringMatching(
      /^reconcile: produced 3010 = curated 3000 \+ quarantined 10; queryable 3000; lost 0; duplicated 0; served [1-9]\d*; served lost 0; served duplicated 0$/,
    ),
    expect.stringMatching(/^demo: ok in \d+ s$/),
  ]);
  for (const query of ['top-movers', 'candles-5m', 'quarantine-by-reason', 'watchlist'])
    expect(out).toContain(query);
  expect(code).toBe(0);
}, 180_000);

test('a tape’s good, bad and unreadable lines are each counted, and the JSON says so', async () => {
  const tape = join(commandLine.home, 'tape.ndjson');
  const lines = [
    '{"symbol":"AAPL","latestPrice":214.5,"latestUpdate":1763649000000}',
    'this is no JSON',
    '{"symbol":"MSFT","latestPrice":-1}',
    '',
    '{"symbol":"MSFT","latestPrice":500.25,"companyName":"","latestUpdate":1763649000000}',
  ];
  writeFileSync(tape, lines.map((line) => `${line}\n`).join(''));
  const { code, out } = await commandLine.run('demo', '--tape', tape, '--json');
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    produced: 3,
    curated: 2,
    quarantined: 1,
    queryable: 2,
    lost: 0,
    duplicated: 0,
    served: 2,
    servedLost: 0,
    servedDuplicated: 0,
    rejected: { price_invalid: 1 },
    skipped: [{ line: 2 }],
    skippedTotal: 1,
    engines: {
      kafka: expect.stringMatching(/^3\.9/),
      duckdb: expect.stringMatching(/^\d/),
      postgresql: expect.stringMatching(/^17\./),
    },
    resources: { run: { types: expect.arrayContaining(['AWS::Lambda::Function']) } },
  });
  expect(code).toBe(0);
}, 180_000);
