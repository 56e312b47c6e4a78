import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeQuery, parseNamedQuery, statementName } from '../../../core/named-query.ts';

const HEADER =
  '-- title: T\n-- description: What it answers\n-- columns: symbol varchar, price decimal(10,2)\n';

test('reads the header and leaves the statement', () => {
  const text = `${HEADER}-- parameters: log_id varchar\n-- example: {log_id}\n-- needs: history, listing\n-- why: not a header line\nSELECT '?' -- ?\nWHERE x = ?;\n`;
  expect(() => parseNamedQuery('a-query', text)).toThrow('unknown header line "why"');
  expect(parseNamedQuery('a-query', text.replace('-- why: not', '\n-- Not'))).toEqual({
    name: 'a-query',
    title: 'T',
    description: 'What it answers',
    columns: [
      { name: 'symbol', type: 'varchar' },
      { name: 'price', type: 'decimal(10,2)' },
    ],
    parameters: [{ name: 'log_id', type: 'varchar', example: { kind: 'placeholder', name: 'log_id' } }],
    needs: ['history', 'listing'],
    sql: "-- Not a header line\nSELECT '?' -- ?\nWHERE x = ?",
  });
});

test('tells literals from what each lake has its own of', () => {
  const parameters = '-- parameters: a varchar, b double, c varchar, d integer, e varchar\n';
  const text = `${HEADER}${parameters}-- example: 'O''Neil, Inc. {x}', -1.5, {log_id}, 20, ''\nSELECT ?, ?, ?, ?, ?`;
  expect(parseNamedQuery('q', text).parameters.map(({ example }) => example)).toEqual([
    { kind: 'literal', sql: "'O''Neil, Inc. {x}'" },
    { kind: 'literal', sql: '-1.5' },
    { kind: 'placeholder', name: 'log_id' },
    { kind: 'literal', sql: '20' },
    { kind: 'literal', sql: "''" },
  ]);
});

test('says of itself what it needs before it can be read', () => {
  expect(describeQuery(parseNamedQuery('q', `${HEADER}-- needs: history\nSELECT 1`))).toBe(
    'T: What it answers (needs history: the first compaction makes it)',
  );
});

test('a prepared statement has no hyphen in its name', () => {
  expect(statementName('price-of-one-symbol')).toBe('price_of_one_symbol');
});

describe('refuses', () => {
  const withParameter = `${HEADER}-- parameters: symbol varchar\n`;
  test.each([
    ['BadName', `${HEADER}SELECT 1`, 'sql/queries/BadName.sql is not named in kebab case'],
    ['q', 'SELECT 1', 'sql/queries/q.sql lacks its title'],
    ['q', HEADER, 'sql/queries/q.sql has no SQL'],
    ['q', `${HEADER}-- title: again\nSELECT 1`, 'sql/queries/q.sql states its title twice'],
    [
      'q',
      `${HEADER.replace('symbol varchar', 'symbol')}SELECT 1`,
      'sql/queries/q.sql has a malformed list of names and types',
    ],
    ['q', `${HEADER}SELECT ?`, 'sql/queries/q.sql has 1 of ? and declares 0 parameters'],
    ['q', `${withParameter}SELECT ?`, 'sql/queries/q.sql has 1 parameters and 0 examples'],
    ['q', `${withParameter}-- example: 'A', 'B'\nSELECT ?`, 'has 1 parameters and 2 examples'],
    ['q', `${withParameter}-- example: AAPL\nSELECT ?`, 'has the example AAPL, which is no literal'],
    ['q', `${HEADER}-- example: 'A'\nSELECT 1`, 'sql/queries/q.sql has 0 parameters and 1 examples'],
    ['q', `${HEADER}-- needs: spark\nSELECT 1`, 'sql/queries/q.sql needs "spark", which is unknown'],
    ['q', `${HEADER.replace('What', 'x'.repeat(1024))}SELECT 1`, 'sql/queries/q.sql says too much of itself'],
  ])('%s: %j', (name, text, message) => {
    expect(() => parseNamedQuery(name, text)).toThrow(message);
  });
});

test('every file of sql/queries is one', () => {
  const folder = join(import.meta.dirname, '../../../sql/queries');
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThanOrEqual(6);
  for (const file of files)
    expect(parseNamedQuery(file.replace(/\.sql$/, ''), readFileSync(join(folder, file), 'utf8')).sql).toMatch(
      /^(--[^\n]*\n)*(SELECT|WITH)\s/,
    );
});
