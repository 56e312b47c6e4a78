import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPreparedSql } from '../../../local/gateway/athena/prepared-sql.ts';
import { offsetOf, placeOf, tokenize } from '../../../local/gateway/athena/sql-tokens.ts';
import { kindOf } from '../../../local/gateway/athena/statement-kind.ts';

test.each([
  ['SELECT 1', 'DML', 'SELECT'],
  ['-- why\n /* and */ (with t AS (SELECT 1) SELECT * FROM t)', 'DML', 'SELECT'],
  ["SELECT'a'", 'DML', 'SELECT'],
  ['EXPLAIN ANALYZE SELECT 1', 'DML', 'EXPLAIN'],
  ['INSERT INTO t VALUES 1', 'DML', 'INSERT'],
  ["create table t with (format = 'PARQUET') as select 1", 'DDL', 'CREATE_TABLE_AS_SELECT'],
  ['CREATE EXTERNAL TABLE t (a int)', 'DDL', 'CREATE_TABLE'],
  ['SHOW /* c */ TABLES', 'UTILITY', 'SHOW_TABLES'],
  ['show create view v', 'UTILITY', 'SHOW_CREATE_VIEW'],
  ['DESC t', 'UTILITY', 'DESCRIBE_TABLE'],
])('%s is %s, %s', (sql, type, subtype) => {
  expect(kindOf(sql)).toEqual({ type, subtype });
});

test.each(['SELCT 1', '', 'constructor'])('%j is no statement that is known', (sql) => {
  expect(kindOf(sql)).toBeUndefined();
});

test('the tokens of any text are that text, and places lead back to their offsets', () => {
  const piece = fc.constantFrom("'", '"', '--', '/*', '*/', '\n', ' ', 'a', '?', '1.5e3', '(', ';', 'é');
  fc.assert(
    fc.property(fc.array(piece), fc.nat(), (pieces, at) => {
      const sql = pieces.join('');
      expect(
        tokenize(sql)
          .map(({ text }) => text)
          .join(''),
      ).toBe(sql);
      const offset = at % (sql.length + 1);
      const { line, column } = placeOf(sql, offset);
      expect(offsetOf(sql, line, column)).toBe(offset);
    }),
    { numRuns: 500 },
  );
});

describe('SQL of prepared statements', () => {
  test('PREPARE keeps the statement, and where it stands', () => {
    expect(readPreparedSql('PREPARE top FROM\n  SELECT ? ; ')).toEqual({
      kind: 'PREPARE',
      name: 'top',
      statement: 'SELECT ?',
      placed: '                \n  SELECT ?',
    });
  });

  test.each([
    ['EXECUTE top', undefined],
    ['execute top using 1;', ['1']],
    [
      "EXECUTE \"top\" USING 'a, b', DATE '2026-11-19' , f(1, ARRAY[2, 3]) -- why",
      ["'a, b'", "DATE '2026-11-19'", 'f(1, ARRAY[2, 3])'],
    ],
    ["EXECUTE top USING /* one */ '--', -- two\n 2 /* , 3 */; -- all", ["'--'", '2']],
    ["EXECUTE top USING DATE/* d */'2026-11-19'", ["DATE       '2026-11-19'"]],
    ['EXECUTE top; -- why', undefined],
    ['EXECUTE top USING 1;, 2', ['1;', '2']],
  ])('%s', (sql, values) => {
    expect(readPreparedSql(sql)).toEqual({ kind: 'EXECUTE', name: 'top', values });
  });

  test('DEALLOCATE PREPARE', () => {
    expect(readPreparedSql('DEALLOCATE PREPARE top')).toEqual({ kind: 'DEALLOCATE', name: 'top' });
  });

  test.each([
    ['PREPARE FROM SELECT 1', "line 1:14: mismatched input 'SELECT'. Expecting: 'FROM'"],
    ['PREPARE x SELECT 1', "line 1:11: mismatched input 'SELECT'. Expecting: 'FROM'"],
    ['PREPARE x FROM ;', "line 1:17: mismatched input '<EOF>'"],
    ['EXECUTE', "line 1:8: mismatched input '<EOF>'"],
    ['EXECUTE x\nWITH 1', "line 2:1: mismatched input 'WITH'. Expecting: 'USING'"],
    ['EXECUTE x USING 1,', "line 1:19: mismatched input '<EOF>'. Expecting: <expression>"],
    ['EXECUTE x USING /* a\n b */ , 2', "line 2:7: mismatched input ','. Expecting: <expression>"],
    ['EXECUTE x USING 1, /* 2 */', "line 1:27: mismatched input '<EOF>'. Expecting: <expression>"],
    ['DEALLOCATE x', "line 1:12: mismatched input 'x'. Expecting: 'PREPARE'"],
    ['DEALLOCATE PREPARE x y', "line 1:22: mismatched input 'y'. Expecting: <EOF>"],
  ])('%j is malformed', (sql, message) => {
    expect(() => readPreparedSql(sql)).toThrow(message);
  });

  test('any other statement is none of it', () => {
    expect(readPreparedSql('SELECT prepare FROM execute')).toBeUndefined();
  });
});
