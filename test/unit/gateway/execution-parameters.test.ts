import { expect, test } from '@jest/globals';
import { bindParameters } from '../../../local/gateway/athena/execution-parameters.ts';

test('values stand for the question marks in their order', () => {
  expect(bindParameters('SELECT ? WHERE a = ? AND b > ?', ["'it''s ?'", '-1.5e3', "DATE '2026-11-20'"])).toBe(
    "SELECT 'it''s ?' WHERE a = -1.5e3 AND b > DATE '2026-11-20'",
  );
});

test('a question mark in a string, a name or a comment is no parameter', () => {
  const sql = `SELECT '?', "?" -- ?\n/* ? */ FROM t WHERE a = ?`;
  expect(bindParameters(sql, ['1'])).toBe(`SELECT '?', "?" -- ?\n/* ? */ FROM t WHERE a = 1`);
});

test.each([
  ['SELECT ?', [], 'expected 1 but found 0'],
  ['SELECT 1', ['2'], 'expected 0 but found 1'],
])('%s with %j is refused', (sql, values, message) => {
  expect(() => bindParameters(sql, values)).toThrow(message);
});

test.each(['AAPL', "'a' OR true", '1; DROP TABLE t', "'open"])('%s is no literal', (value) => {
  expect(() => bindParameters('SELECT ?', [value])).toThrow(/SYNTAX_ERROR/);
});
