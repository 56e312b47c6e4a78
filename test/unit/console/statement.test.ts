import { describe, expect, test } from '@jest/globals';
import { countParameters, namedTables } from '../../../console/src/sql/statement.ts';

describe('countParameters', () => {
  test('counts question marks', () => {
    expect(countParameters('SELECT * FROM quotes WHERE symbol = ? AND dt BETWEEN ? AND ?')).toBe(3);
  });

  test.each([
    ['text', "SELECT 'why?' || 'it''s so?'"],
    ['a quoted name', 'SELECT "why?" FROM t'],
    ['a comment', 'SELECT 1 -- why?'],
    ['a comment of lines', 'SELECT /* why?\n? */ 1'],
  ])('does not count one in %s', (_, sql) => {
    expect(countParameters(sql)).toBe(0);
  });

  test('counts one behind a comment', () => {
    expect(countParameters('SELECT 1 -- why?\nWHERE a = ?')).toBe(1);
  });
});

describe('namedTables', () => {
  const tables = [{ name: 'quotes' }, { name: 'quotes_raw' }, { name: 'nasdaq_listed' }];

  test('finds what FROM and JOIN name, with a database or without', () => {
    const sql = 'SELECT * FROM tickerlake_dev.quotes q LEFT JOIN "nasdaq_listed" n ON true';
    expect(namedTables(sql, tables)).toEqual([{ name: 'quotes' }, { name: 'nasdaq_listed' }]);
  });

  test('finds none in a statement that reads from none', () => {
    expect(namedTables('SELECT quotes', tables)).toEqual([]);
  });
});
