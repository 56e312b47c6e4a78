import { describe, expect, test } from '@jest/globals';
import type { ResultRow } from '../../../cli/athena/result-csv.ts';
import { sumRows, visibleRowsSql } from '../../../cli/reconcile/visible.ts';
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

describe('sumRows', () => {
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

test('the SQL reads the contract columns of one log through the view', () => {
  const sql = visibleRowsSql('quotes', 'abc');
  expect(sql).toMatch(
    /^SELECT kafka_partition, kafka_offset, symbol, company_name, .*week52_low FROM quotes WHERE log_id = 'abc'$/,
  );
});
