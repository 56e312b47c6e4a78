import { describe, expect, test } from '@jest/globals';
import { failureOf } from '../../../local/athena/errors.ts';
import { parseHiveType } from '../../../local/athena/hive-types.ts';
import { classify } from '../../../local/athena/statements.ts';

describe('statements', () => {
  test.each([
    ['SELECT 1', 'query'],
    ['  -- a comment\n/* another */ with t as (select 1) select * from t', 'query'],
    ['(SELECT 1)', 'query'],
    ['VALUES 1', 'query'],
    ['SELCT 1', 'query'],
    ['EXPLAIN SELECT 1', 'explain'],
    ['explain analyze verbose select 1', 'explain'],
    ['EXPLAIN (TYPE LOGICAL) SELECT 1', 'explain'],
    ['SHOW TABLES;', 'metadata'],
    ['describe quotes', 'metadata'],
  ])('%s', (sql, kind) => {
    expect(classify(sql).kind).toBe(kind);
  });

  test('EXPLAIN leaves the query it explains, at its place', () => {
    expect(classify('EXPLAIN (TYPE LOGICAL) SELECT 1')).toMatchObject({
      sql: `${' '.repeat(23)}SELECT 1`,
      analyze: false,
    });
    expect(classify('-- why\nEXPLAIN ANALYZE SELECT 1')).toMatchObject({
      sql: `      \n${' '.repeat(16)}SELECT 1`,
      analyze: true,
    });
  });

  test.each([
    'CREATE TABLE x AS SELECT 1',
    'drop view quotes',
    'INSERT INTO x SELECT 1',
    'MSCK REPAIR TABLE x',
    'EXPLAIN DROP TABLE x',
  ])('%s is refused with what to do instead', (sql) => {
    expect(() => classify(sql)).toThrow(/^NOT_SUPPORTED: [^:]+: ./);
  });

  test.each([
    ['CREATE TABLE x AS SELECT 1', /ctas_approach=False/],
    ["UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'PARQUET')", /unload_approach=False/],
    ['CREATE TABLE x (a int)', /declare tables and views in the CDK app/],
  ])('%s is refused with the way that its clients have', (sql, hint) => {
    expect(() => classify(sql)).toThrow(hint);
  });

  test.each(['', '  ;', '-- nothing'])('%j is no query', (sql) => {
    expect(() => classify(sql)).toThrow('SYNTAX_ERROR: line 1:1: the query is empty');
  });
});

describe('types of the catalog', () => {
  test.each([
    ['string', 'VARCHAR', 'varchar'],
    ['Timestamp', 'TIMESTAMP', 'timestamp(3)'],
    ['decimal(10, 2)', 'DECIMAL(10, 2)', 'decimal(10, 2)'],
    ['varchar(20)', 'VARCHAR', 'varchar(20)'],
    [
      'array<struct<name:string,value:binary>>',
      'STRUCT("name" VARCHAR, "value" BLOB)[]',
      'array(row(name varchar, value varbinary))',
    ],
    ['map<string,array<decimal(5,1)>>', 'MAP(VARCHAR, DECIMAL(5,1)[])', 'map(varchar, array(decimal(5,1)))'],
  ])('%s', (type, duckdb, trino) => {
    expect(parseHiveType(type)).toMatchObject({ duckdb, trino });
  });

  test.each(['uniontype<int,string>', 'text', 'array<', 'map<string>'])('%s is unknown', (type) => {
    expect(() => parseHiveType(type)).toThrow(/^HIVE_INVALID_METADATA: the catalog declares a type/);
  });
});

describe('what DuckDB says', () => {
  test.each([
    ['INTERRUPT Error: Interrupted!', 'USER_CANCELED: Query was canceled'],
    [
      "Conversion Error: Could not convert string 'x' to DOUBLE\n\nLINE 1: …",
      "INVALID_CAST_ARGUMENT: Cannot cast 'x' to double",
    ],
    [
      'Out of Memory Error: failed to pin block',
      'EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor: filter by dt, or aggregate before joining and sorting',
    ],
    [
      "HTTP Error: HTTP GET error reading 'http://127.0.0.1:1/lake/a%3D1/b.parquet?s3_secret_access_key=S' in region 'x' (HTTP 403 Forbidden)\n\nAccessDenied: User: &quot;u&quot; may not",
      'PERMISSION_DENIED: Permission denied on S3 path: s3://lake/a=1/b.parquet (User: "u" may not)',
    ],
    [
      "HTTP Error: Unable to connect to URL 's3://lake/a?s3_secret_access_key=S'",
      'HIVE_CURSOR_ERROR: Failed to read from S3: is the local lake still running?',
    ],
    [
      'Failed to extract statements: Parser Error: syntax error at or near "nope"\n\nLINE 1: …',
      "SYNTAX_ERROR: mismatched input 'nope'",
    ],
    [
      'Failed to extract statements: Parser Error: SELECT clause without selection list',
      'SYNTAX_ERROR: SELECT clause without selection list',
    ],
    ['Binder Error: something new\nwith a second line', 'GENERIC_INTERNAL_ERROR: something new'],
  ])('%j', (said, message) => {
    expect(failureOf(new Error(said)).message).toBe(message);
  });
});
