import { expect, test } from '@jest/globals';
import { jsonValue, printCsv, printJson, printTable } from '../../../cli/athena/print-result.ts';
import type { ResultPage } from '../../../cli/athena/run-query.ts';
import { recordTerminal } from './terminal-double.ts';

const COLUMNS = [
  { name: 'symbol', type: 'varchar' },
  { name: 'price', type: 'double' },
  { name: 'volume', type: 'bigint' },
];

async function* pages(...rows: (string | null)[][][]): AsyncGenerator<ResultPage> {
  for (const page of rows) yield await Promise.resolve({ columns: COLUMNS, rows: page });
}

const TWO_PAGES = [[['AAPL', '1.5', '7']], [['say "hi", x', null, '9007199254740993']]];

test('a table has numbers to the right and a dash for null', async () => {
  const { terminal, out } = recordTerminal();
  expect(await printTable(terminal, pages(...TWO_PAGES))).toBe(2);
  expect(out()).toBe(
    [
      'symbol       price            volume',
      '───────────  ─────  ────────────────',
      'AAPL           1.5                 7',
      'say "hi", x      –  9007199254740993',
      '',
    ].join('\n'),
  );
});

test('numbers have no exponent for people, and a terminal gets lines no longer than it is wide', async () => {
  const { terminal, out } = recordTerminal({ tty: true, env: { NO_COLOR: '1' } });
  await printTable(terminal, pages([['long '.repeat(40), '3.6145295E7', '1']]));
  expect(out()).toContain('36145295');
  for (const line of out().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(out()).toContain('…');
});

test('a table says how many rows it leaves out', async () => {
  const { terminal, err } = recordTerminal();
  const many = Array.from({ length: 1200 }, (_, index) => [`S${index}`, null, null]);
  expect(await printTable(terminal, pages(many))).toBe(1200);
  expect(err()).toMatch(/1,000 more rows/);
});

test('a value cannot move the cursor', async () => {
  const { terminal, out } = recordTerminal();
  await printTable(terminal, pages([['a\u001b[2Jb\nc', null, null]]));
  expect(out()).toContain('a [2Jb c');
});

test('csv quotes only what needs it, and tells null from empty', async () => {
  const { terminal, out } = recordTerminal();
  await printCsv(terminal, pages(...TWO_PAGES, [['', '0', null]]));
  expect(out()).toBe('symbol,price,volume\nAAPL,1.5,7\n"say ""hi"", x",,9007199254740993\n"",0,\n');
});

test('json is one array, typed by column', async () => {
  const { terminal, out } = recordTerminal();
  await printJson(terminal, pages(...TWO_PAGES));
  expect(JSON.parse(out())).toEqual([
    { symbol: 'AAPL', price: 1.5, volume: 7 },
    { symbol: 'say "hi", x', price: null, volume: '9007199254740993' },
  ]);
});

test('json of no rows is an empty array', async () => {
  const { terminal, out } = recordTerminal();
  await printJson(terminal, pages([]));
  expect(JSON.parse(out())).toEqual([]);
});

test.each([
  ['true', 'boolean', true],
  ['NaN', 'double', 'NaN'],
  ['1.10', 'decimal(10,2)', '1.10'],
  ['2026-11-20', 'date', '2026-11-20'],
] as const)('%s as %s', (text, type, value) => {
  expect(jsonValue(text, type)).toBe(value);
});
