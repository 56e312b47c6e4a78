import { describe, expect, test } from '@jest/globals';
import { bindParameters } from '../../../local/gateway/athena/execution-parameters.ts';

const bound = (sql: string, ...values: string[]): string => bindParameters(sql, values).sql;

test('values stand for the question marks in their order', () => {
  expect(bound('SELECT ? WHERE a = ? AND b > ?', "'it''s ?'", '-1.5e3', "DATE '2026-11-20'")).toBe(
    "SELECT 'it''s ?' WHERE a = -1.5e3 AND b > DATE '2026-11-20'",
  );
});

test('a question mark in a string, a name or a comment is no parameter', () => {
  const sql = `SELECT '?', "?" -- ?\n/* ? */ FROM t WHERE a = ?`;
  expect(bound(sql, '1')).toBe(`SELECT '?', "?" -- ?\n/* ? */ FROM t WHERE a = 1`);
});

test.each([
  ['SELECT ?', [], 'expected 1 but found 0'],
  ['SELECT ?, ?', ['1'], 'expected 2 but found 1'],
  ['SELECT ?', ['1', '2'], 'expected 1 but found 2'],
])('%s with %j is refused', (sql, values, message) => {
  expect(() => bindParameters(sql, values)).toThrow(
    `INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: ${message}`,
  );
});

test('a statement without a question mark takes no notice of values', () => {
  expect(bound('SELECT 1', '2')).toBe('SELECT 1');
});

describe('a value', () => {
  test.each([
    '1',
    '-1',
    '.5',
    "'AAPL'",
    "DATE '2026-11-19'",
    "TIMESTAMP '2026-11-19 10:00:00.000'",
    "INTERVAL '2' DAY",
    'true',
    'NULL',
  ])('%s is a literal', (value) => {
    expect(bound('SELECT ?', ` ${value} `)).toBe(
      `SELECT ${value}`.replace("INTERVAL '2' DAY", "(INTERVAL '2' DAY)"),
    );
  });

  test.each([
    '1 + 1',
    'now()',
    "CAST('1' AS decimal(10, 2))",
    "CAST('2026' AS timestamp(3) with time zone)",
    "ARRAY['a', 'b']",
    "lower('A') || 'b'",
    "'a' OR true",
    '(1, -2)',
    'NOT true AND 1 <> 2',
  ])('%s is an expression, and keeps to itself', (value) => {
    expect(bound('SELECT a * ?', value)).toBe(`SELECT a * (${value})`);
  });

  test.each([
    ['AAPL', "'AAPL'"],
    ['abc def', "'abc def'"],
    ["it's", "'it''s'"],
    ['123e4567-e89b-12d3-a456-426614174000', "'123e4567-e89b-12d3-a456-426614174000'"],
    ['x + 1', "'x + 1'"],
    ['t.x', "'t.x'"],
    ['"x"', `'"x"'`],
    ['1; DROP TABLE t', "'1; DROP TABLE t'"],
    ["'open", "'''open'"],
    ['1) OR (1', "'1) OR (1'"],
    ['1 -- and', "'1 -- and'"],
    ['(SELECT 1)', "'(SELECT 1)'"],
    ['1 2', "'1 2'"],
    ['', "''"],
  ])('%s is no expression, or names a column: a string', (value, text) => {
    expect(bound('SELECT ?', value)).toBe(`SELECT ${text}`);
  });
});

describe('places in a message', () => {
  const sql = 'SELECT ?\nFROM t WHERE a = ? AND nope = ?';
  const { sql: whole, retell } = bindParameters(sql, ["'long text'", 'x', "'a\nb'"]);
  const placeIn = (text: string, word: string): string => {
    const before = text.slice(0, text.indexOf(word)).split('\n');
    return `line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };

  test.each(['FROM', 'WHERE', 'nope'])('are those of the statement before its values: %s', (word) => {
    expect(retell(`NAME: ${placeIn(whole, word)}: odd`)).toBe(`NAME: ${placeIn(sql, word)}: odd`);
  });

  test('within a value are that of its question mark', () => {
    expect(retell(`NAME: ${placeIn(whole, 'text')}: odd`)).toBe('NAME: line 1:8: odd');
    expect(retell(`NAME: ${placeIn(whole, "b'")}: odd`)).toBe('NAME: line 2:31: odd');
  });
});
