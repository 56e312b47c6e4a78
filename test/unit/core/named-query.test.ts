import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseNamedQuery } from '../../../core/named-query.ts';

const HEADER =
  '-- title: T\n-- description: What it answers\n-- columns: symbol varchar, price decimal(10,2)\n';

test('reads the header and leaves the statement', () => {
  const text = `${HEADER}-- parameters: log_id varchar\n-- why: not a header line\nSELECT '?' -- ?\nWHERE x = ?;\n`;
  expect(() => parseNamedQuery('a-query', text)).toThrow('unknown header line "why"');
  expect(parseNamedQuery('a-query', text.replace('-- why: not', '\n-- Not'))).toEqual({
    name: 'a-query',
    title: 'T',
    description: 'What it answers',
    columns: [
      { name: 'symbol', type: 'varchar' },
      { name: 'price', type: 'decimal(10,2)' },
    ],
    parameters: [{ name: 'log_id', type: 'varchar' }],
    sql: "-- Not a header line\nSELECT '?' -- ?\nWHERE x = ?",
  });
});

describe('refuses', () => {
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
      /^(SELECT|WITH)\s/,
    );
});
