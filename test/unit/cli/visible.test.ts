import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ResultRow } from '../../../cli/athena/result-csv.ts';
import {
  type VisibleRows,
  VisibleSums,
  visibleRanges,
  visibleRowsSql,
} from '../../../cli/reconcile/visible.ts';
import { HashSum, quoteHash } from '../../../core/hash.ts';
import { QUOTE_FIELDS, type Quote } from '../../../core/quote.ts';

const TEXT_TIME = '2026-11-20 14:30:00.125';
const EPOCH_MS = Date.parse('2026-11-20T14:30:00.125Z');

function quote(symbol: string, latestPrice: number | null, sector: string | null): Quote {
  const values = QUOTE_FIELDS.map(({ name }) => [name, null] as const);
  return { ...Object.fromEntries(values), symbol, latestPrice, sector, latestUpdate: EPOCH_MS } as Quote;
}

/** The row as Athena prints it. */
function row(partition: number, offset: number, shown: Record<string, string>): ResultRow {
  const values = QUOTE_FIELDS.map(({ name }) => shown[name] ?? null);
  return [String(partition), String(offset), ...values];
}

async function* batches(...rows: ResultRow[]): AsyncGenerator<ResultRow[]> {
  yield [['kafka_partition', 'kafka_offset', ...QUOTE_FIELDS.map(({ name }) => name)]];
  yield await Promise.resolve(rows);
}

async function sumRows(
  ...files: AsyncIterable<readonly ResultRow[]>[]
): Promise<ReadonlyMap<number, VisibleRows>> {
  const sums = new VisibleSums();
  for (const file of files) await sums.add(file);
  return sums.partitions();
}

describe('VisibleSums', () => {
  test('finds the hash that the producer found, whatever the order of rows', async () => {
    const hash = new HashSum();
    for (const value of [quote('AAPL', 12_345_678.5, ''), quote('MSFT', null, null)])
      hash.add(quoteHash(value));
    const sums = await sumRows(
      batches(
        row(2, 8, { symbol: 'MSFT', latestUpdate: TEXT_TIME }),
        row(2, 7, { symbol: 'AAPL', latestPrice: '1.23456785E7', sector: '', latestUpdate: TEXT_TIME }),
      ),
    );
    expect(sums.get(2)).toMatchObject({ rows: 2, hash: hash.toString(), firstDoubled: undefined });
  });

  test('an empty string is not a null', async () => {
    const shown = { symbol: 'AAPL', latestUpdate: TEXT_TIME };
    const [nothing, empty] = await Promise.all([
      sumRows(batches(row(0, 0, shown))),
      sumRows(batches(row(0, 0, { ...shown, sector: '' }))),
    ]);
    expect(nothing.get(0)?.hash).not.toBe(empty.get(0)?.hash);
  });

  test('names the first offset that shows twice', async () => {
    const shown = { symbol: 'AAPL' };
    const sums = await sumRows(batches(...[5, 9, 9, 5, 3].map((offset) => row(1, offset, shown))));
    expect(sums.get(1)).toMatchObject({ rows: 5, firstDoubled: 5 });
    expect(sums.get(1)?.offsets.size).toBe(3);
  });
});

test('a row that shows in two files is doubled as well', async () => {
  const file = (): AsyncIterable<ResultRow[]> => batches(row(1, 7, { symbol: 'AAPL' }));
  expect((await sumRows(file(), file())).get(1)).toMatchObject({ rows: 2, firstDoubled: 7 });
});

test('the SQL reads the contract columns of one log through the view', () => {
  expect(visibleRowsSql('quotes', 'abc', 'true')).toMatch(
    /^SELECT kafka_partition, kafka_offset, symbol, company_name, .*week52_low FROM quotes WHERE log_id = 'abc' AND true$/,
  );
});

describe('visibleRanges', () => {
  test('a small log is read by one query', () => {
    expect(visibleRanges([{ partition: 0, endOffset: 250_000 }])).toEqual(['true']);
  });

  test('every row that there can be fits exactly one range, beyond the ends and in unknown partitions too', () => {
    const ends = fc.uniqueArray(fc.record({ partition: fc.nat(5), endOffset: fc.nat(60) }), {
      minLength: 1,
      selector: ({ partition }) => partition,
    });
    fc.assert(
      fc.property(ends, fc.nat(8), fc.nat(100), (list, partition, offset) => {
        const fitting = visibleRanges(list, 10).filter((range) => holds(range, partition, offset));
        expect(fitting).toHaveLength(1);
      }),
    );
  });
});

/** Evaluates a range's SQL for one row, as any engine would. */
function holds(range: string, partition: number, offset: number): boolean {
  return range.split(' AND ').every((term) => {
    const [, name, operator, value = ''] = /^(\w+) (=|>=|<|NOT IN) (.+)$/.exec(term) ?? [];
    const actual = name === 'kafka_partition' ? partition : offset;
    if (operator === '=') return actual === Number(value);
    if (operator === '>=') return actual >= Number(value);
    if (operator === '<') return actual < Number(value);
    if (operator === 'NOT IN') return !value.slice(1, -1).split(', ').map(Number).includes(actual);
    return term === 'true';
  });
}
