import { describe, expect, test } from '@jest/globals';
import type { QueryRows } from '../../../console/api.ts';
import { chartPoints, chooseChart, columnRole, marksFor } from '../../../console/src/sql/choose-chart.ts';

function result(columns: Readonly<Record<string, string>>, ...rows: QueryRows['rows']): QueryRows {
  return { columns: Object.entries(columns).map(([name, type]) => ({ name, type })), rows, isCut: false };
}

describe('chooseChart', () => {
  test('draws figures over time as a line', () => {
    const rows = result(
      { candle_start: 'timestamp(3)', open: 'double', close: 'double' },
      ['2026-11-20 14:30:00.000', '1', '2'],
      ['2026-11-20 14:35:00.000', '2', '3'],
    );
    expect(chooseChart(rows)).toEqual({ x: 'candle_start', y: 'close', series: '', mark: 'line' });
  });

  test('draws a line for each of few things that share times', () => {
    const rows = result(
      { symbol: 'varchar', day: 'date', price: 'double' },
      ['A', '2026-11-19', '1'],
      ['B', '2026-11-19', '2'],
      ['A', '2026-11-20', '3'],
      ['B', '2026-11-20', '4'],
    );
    expect(chooseChart(rows)).toEqual({ x: 'day', y: 'price', series: 'symbol', mark: 'line' });
  });

  test('draws figures of categories as bars', () => {
    const rows = result(
      { symbol: 'varchar', open: 'double', change_percent: 'double' },
      ['A', '9', '1'],
      ['B', '8', '2'],
    );
    expect(chooseChart(rows)).toEqual({ x: 'symbol', y: 'change_percent', series: '', mark: 'bar' });
  });

  test('draws bars where each thing only carries a time', () => {
    const rows = result(
      { symbol: 'varchar', seen: 'timestamp(3)', price: 'double' },
      ['A', '2026-11-20 14:30:00.000', '1'],
      ['B', '2026-11-20 14:31:00.000', '2'],
      ['C', '2026-11-20 14:31:00.000', '2'],
    );
    expect(chooseChart(rows)).toMatchObject({ x: 'symbol', mark: 'bar' });
  });

  test('draws two figures as dots', () => {
    const rows = result({ a: 'bigint', b: 'double' }, ['1', '2'], ['2', '3']);
    expect(chooseChart(rows)).toMatchObject({ x: 'b', y: 'a', mark: 'dot' });
  });

  test('takes where a record came from for no figure', () => {
    const rows = result({ symbol: 'varchar', kafka_offset: 'bigint' }, ['A', '1'], ['B', '2']);
    expect(chooseChart(rows)).toBeUndefined();
  });

  test('draws nothing of one row', () => {
    expect(chooseChart(result({ symbol: 'varchar', rows: 'bigint' }, ['A', '1']))).toBeUndefined();
  });
});

describe('columnRole', () => {
  test('takes text of dates, such as dt, for a time', () => {
    expect(columnRole(result({ dt: 'varchar' }, ['2026-11-20'], [null]), 0)).toBe('time');
  });

  test('takes other text for a category', () => {
    expect(columnRole(result({ symbol: 'varchar' }, ['2026-11-20'], ['AAPL']), 0)).toBe('category');
  });

  test('takes text without values for a category', () => {
    expect(columnRole(result({ symbol: 'varchar' }, [null]), 0)).toBe('category');
  });
});

describe('chartPoints', () => {
  const choice = { x: 'at', y: 'price', series: '', mark: 'line' } as const;

  test('reads times as UTC and sorts by them', () => {
    const rows = result(
      { at: 'timestamp(3)', price: 'double' },
      ['2026-11-20 14:35:00.000', '2'],
      ['2026-11-20 14:30:00.000', '1'],
    );
    expect(chartPoints(rows, choice)).toEqual([
      { x: new Date('2026-11-20T14:30:00Z'), y: 1, series: '' },
      { x: new Date('2026-11-20T14:35:00Z'), y: 2, series: '' },
    ]);
  });

  test('reads dates as midnight UTC', () => {
    const rows = result({ at: 'date', price: 'double' }, ['2026-11-20', '2']);
    expect(chartPoints(rows, choice)[0]?.x).toEqual(new Date('2026-11-20T00:00:00Z'));
  });

  test('leaves out rows without a finite figure', () => {
    const rows = result({ at: 'varchar', price: 'double' }, ['A', null], ['B', 'NaN'], ['C', '3']);
    expect(chartPoints(rows, choice)).toEqual([{ x: 'C', y: 3, series: '' }]);
  });

  test('keeps the order of categories as the statement has it', () => {
    const rows = result({ at: 'varchar', price: 'double' }, ['B', '1'], ['A', '2']);
    expect(chartPoints(rows, choice).map(({ x }) => x)).toEqual(['B', 'A']);
  });

  test('names a series by its value', () => {
    const rows = result({ at: 'date', price: 'double', symbol: 'varchar' }, ['2026-11-20', '2', 'AAPL']);
    expect(chartPoints(rows, { ...choice, series: 'symbol' })[0]?.series).toBe('AAPL');
  });
});

test('categories are not joined by a line', () => {
  expect(marksFor('category')).not.toContain('line');
});
