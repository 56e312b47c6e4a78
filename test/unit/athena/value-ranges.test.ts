/** What statistics rule out holds no row of use: conditions as Athena takes them, bounds as files state them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CatalogEntry, Translator } from '../../../local/athena/translator.ts';
import {
  type Bounds,
  evaluateRanges,
  mayHold,
  type Ranges,
  statisticOf,
  valueKind,
} from '../../../local/athena/value-ranges.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';
import { toolPaths } from '../../../local/tools.ts';

const COLUMNS = {
  s: { trino: 'varchar', duckdb: 'VARCHAR' },
  i: { trino: 'bigint', duckdb: 'BIGINT' },
  x: { trino: 'double', duckdb: 'DOUBLE' },
  t: { trino: 'timestamp(6)', duckdb: 'TIMESTAMP' },
  d: { trino: 'date', duckdb: 'DATE' },
} as const;
type Column = keyof typeof COLUMNS;
const NONE: Ranges = new Map();
const NAMES = Object.keys(COLUMNS) as Column[];

let dir: string;
let guard: Guard;
let translator: Translator;
let instance: DuckDBInstance;
let duckdb: DuckDBConnection;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickerlake-ranges-'));
  guard = await startGuard();
  translator = await Translator.start({ guard, python: toolPaths().python, logFile: join(dir, 'log') });
  instance = await DuckDBInstance.create(':memory:');
  duckdb = await instance.connect();
}, 60_000);
afterAll(async () => {
  duckdb.closeSync();
  instance.closeSync();
  translator.close();
  await guard.stopAll();
  await rm(dir, { recursive: true, force: true });
});

const table: CatalogEntry = {
  kind: 'table',
  columns: NAMES.map((name) => ({ name, type: COLUMNS[name].trino })),
  partitionKeys: [],
};
// Columns as view quotes has them: times in fewer digits, both branches of a UNION.
const cast = NAMES.map((name) => (name === 't' ? 'CAST(t AS timestamp(3)) AS t' : name)).join(', ');
const view: CatalogEntry = {
  kind: 'view',
  sql: `SELECT ${cast} FROM rows WHERE i >= 0 UNION ALL SELECT ${cast} FROM rows WHERE NOT (i >= 0) OR i IS NULL`,
  database: 'lake',
  columns: NAMES.map((name) => ({ name, type: name === 't' ? 'timestamp(3)' : COLUMNS[name].trino })),
};

const evaluate = async (sql: string): Promise<(string | null)[][]> => {
  const reader = await duckdb.runAndReadAll(sql);
  return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
};

async function scansOf(condition: string, from: 'rows' | 'v' = 'rows'): Promise<Ranges[]> {
  const tables = { 'lake.rows': table, 'lake.v': view };
  const translation = await translator.translate(`SELECT * FROM ${from} WHERE ${condition}`, {
    database: 'lake',
    tables,
  });
  if ('missing' in translation) throw new Error(translation.missing.join());
  return Promise.all(
    translation.scans.map((scan) => evaluateRanges(scan, (name) => COLUMNS[name as Column].duckdb, evaluate)),
  );
}

const day = (n: number): string => `2026-11-${String(10 + n)}`;
const VALUES: Record<Column, (n: number) => string> = {
  s: (n) => `'${['', 'A', 'AA', 'B', 'É', '\u{1F4C8}', 'z'][n % 7] ?? ''}'`,
  i: (n) => String(n - 3),
  x: (n) => `${n / 2 - 1.5}e0`,
  t: (n) => `timestamp '${day(n)} 12:00:00.00${n % 10}'`,
  d: (n) => `date '${day(n)}'`,
};
const value = (column: Column): fc.Arbitrary<string> => fc.nat(9).map(VALUES[column]);
const operand = (column: Column): fc.Arbitrary<string> =>
  column === 'i' ? fc.oneof(value('i'), fc.constantFrom('1.5', '2.0', '0.5e0')) : value(column);

const comparison = fc.constantFrom(...NAMES).chain((column) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom('=', '<>', '<', '<=', '>', '>='), operand(column))
      .map(([op, v]) => `${column} ${op} ${v}`),
    fc.tuple(fc.constantFrom('=', '<', '>='), value(column)).map(([op, v]) => `${v} ${op} ${column}`),
    fc.tuple(value(column), value(column)).map(([a, b]) => `${column} BETWEEN ${a} AND ${b}`),
    fc.array(value(column), { minLength: 1, maxLength: 4 }).map((vs) => `${column} IN (${vs.join(', ')})`),
    fc.constantFrom(`${column} IS NULL`, `${column} IS NOT NULL`),
  ),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} AND ${b})`),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} OR ${b})`),
    tie('condition').map((inner) => `NOT (${inner})`),
  ),
}));
const cell = fc.option(fc.nat(9), { freq: 6 });
const group = fc.array(fc.tuple(cell, cell, cell, cell, cell), { minLength: 1, maxLength: 3 });

interface Group {
  readonly bounds: Readonly<Record<Column, Bounds>>;
  readonly isNeeded: boolean;
}

/** Statistics of each group as a footer prints them, and whether the condition lets a row of it through. */
async function judge(
  groups: readonly (readonly (readonly (number | null)[])[])[],
  where: string,
): Promise<Group[]> {
  const rows = groups.flatMap((rowsOf, place) =>
    rowsOf.map((row) => {
      const cells = row.map((n, index) => (n === null ? 'NULL' : VALUES[NAMES[index] ?? 's'](n)));
      return `(${place}, ${cells.join(', ')})`;
    }),
  );
  const typed = NAMES.map((name) => `CAST(${name} AS ${COLUMNS[name].duckdb}) AS ${name}`).join(', ');
  const all = `(SELECT place, ${typed} FROM (VALUES ${rows.join(', ')}) AS r(place, ${NAMES.join(', ')}))`;
  const stats = NAMES.map(
    (name) => `CAST(min(${name}) AS VARCHAR), CAST(max(${name}) AS VARCHAR), count(${name})`,
  );
  const found = await evaluate(
    `SELECT ${stats.join(', ')}, count(*) FILTER (WHERE ${where}) FROM ${all} GROUP BY place ORDER BY place`,
  );
  return found.map((row) => ({
    bounds: Object.fromEntries(
      NAMES.map((name, index) => {
        const kind = valueKind(COLUMNS[name].duckdb) ?? 'text';
        const [min = null, max = null, count] = row.slice(3 * index, 3 * index + 3);
        return [
          name,
          { least: statisticOf(kind, min), greatest: statisticOf(kind, max), isAllNull: count === '0' },
        ];
      }),
    ) as Record<Column, Bounds>,
    isNeeded: row.at(-1) !== '0',
  }));
}

const isKept = (ranges: Ranges, { bounds }: Group): boolean =>
  [...ranges].every(([name, confined]) => mayHold(confined, bounds[name as Column]));

test('whatever the condition and the rows, no group with a row that meets it is left out', async () => {
  let leftOut = 0;
  await fc.assert(
    fc.asyncProperty(condition, fc.array(group, { minLength: 8, maxLength: 12 }), async (where, groups) => {
      const judged = await judge(groups, where);
      const [ranges = NONE] = await scansOf(where);
      const branches = await scansOf(where, 'v');
      for (const each of judged) {
        if (!isKept(ranges, each)) leftOut++;
        if (!each.isNeeded) continue;
        expect(isKept(ranges, each)).toBe(true);
        expect(branches.some((branch) => isKept(branch, each))).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
  // The property says something only where groups are left out.
  expect(leftOut).toBeGreaterThan(50);
}, 120_000);

describe('of a group of symbols C to G, offsets 10 to 20', () => {
  const bounds: Partial<Record<Column, Bounds>> = {
    s: { least: 'C', greatest: 'G', isAllNull: false },
    i: { least: 10n, greatest: 20n, isAllNull: false },
    t: { least: 1_000_000n, greatest: 2_000_000n, isAllNull: false },
  };
  const isRead = async (where: string): Promise<boolean> => {
    const [ranges = NONE] = await scansOf(where);
    return [...ranges].every(([name, confined]) =>
      mayHold(confined, bounds[name as Column] ?? { isAllNull: false }),
    );
  };

  test.each([
    "s = 'B'",
    "s IN ('A', 'Z')",
    "s > 'G'",
    "NOT (s BETWEEN 'A' AND 'Z')",
    "s = lower('D')",
    'i < 10',
    'i = 20.5',
    'i BETWEEN 21 AND 30',
    "i = 15 AND s = 'H'",
    'i = 9 OR i > 20',
    "(i = 9 AND s = 'C') OR (i = 21 AND s = 'G')",
    "t >= timestamp '1970-01-01 00:00:03'",
    "t = date '1970-01-02'",
  ])('%s reads nothing', async (where) => {
    expect(await isRead(where)).toBe(false);
  });

  test.each([
    "s = 'G'",
    "s = 'D' OR i = 9",
    "upper(s) = 'B'",
    'i <> 15',
    'i % 2 = 5',
    'i = CAST(random() * 0 AS bigint)',
    't > localtimestamp',
    'i = 9 OR x = 5',
    'i + 1 = 5',
  ])('%s reads it', async (where) => {
    expect(await isRead(where)).toBe(true);
  });

  test('a group that is all one value has no other', async () => {
    const [ranges = NONE] = await scansOf('i <> 15');
    const confined = ranges.get('i');
    expect(confined && mayHold(confined, { least: 15n, greatest: 15n, isAllNull: false })).toBe(false);
  });

  test('nor has one without a value any', async () => {
    const [ranges = NONE] = await scansOf('i >= 0');
    const confined = ranges.get('i');
    expect(confined && mayHold(confined, { isAllNull: true })).toBe(false);
  });
});

test.each([
  ['text', 'plain', 'plain'],
  ['text', 'cut inside a character \\xC3', undefined],
  ['integer', '-5', -5n],
  ['integer', 'nonsense', undefined],
  ['real', '0.5', 0.5],
  ['real', 'nan', undefined],
  ['real', 'inf', undefined],
  ['time', '1970-01-01 00:00:01.5', 1_500_000n],
  ['time', '1970-01-02', 86_400_000_000n],
  ['time', '1970-01-01 00:00:01+00', 1_000_000n],
  ['time', '290000-01-01 00:00:00', undefined],
] as const)('a %s statistic %s is %p', (kind, text, expected) => {
  expect(statisticOf(kind, text)).toBe(expected);
});
