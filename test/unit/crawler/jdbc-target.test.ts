import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJdbcUrl, targetFilter } from '../../../local/crawler/jdbc-target.ts';

describe('a connection’s URL', () => {
  test('names host, port and database', () => {
    expect(parseJdbcUrl('jdbc:postgresql://db.example:5432/tickerlake')).toEqual({
      host: 'db.example',
      port: 5432,
      database: 'tickerlake',
    });
  });

  test.each([
    'jdbc:mysql://db:3306/x',
    'postgresql://db:5432/x',
    'jdbc:postgresql://db/x',
    'jdbc:postgresql://db:5432/',
    'jdbc:postgresql://db:5432/x?sslmode=disable',
  ])('in another form is none: %s', (url) => {
    expect(parseJdbcUrl(url)).toBeUndefined();
  });
});

describe('a target means', () => {
  const means = (path: string, exclusions: string[], schema: string, name: string): boolean | undefined =>
    targetFilter({ path, exclusions }, 'tickerlake')?.({ schema, name });

  test.each([
    ['tickerlake/public/%', 'public', 'latest_quotes', true],
    ['tickerlake/public/%', 'private', 'latest_quotes', false],
    ['tickerlake/%/latest%', 'private', 'latest_quotes', true],
    ['tickerlake/%/latest%', 'private', 'the_latest', false],
    ['other/public/%', 'public', 'latest_quotes', false],
    ['%/public/latest_quotes', 'public', 'latest_quotes', true],
    ['tickerlake/public/latest_quotes', 'public', 'latest-quotes', false],
  ])('%s: %s.%s is %s', (path, schema, name, expected) => {
    expect(means(path, [], schema, name)).toBe(expected);
  });

  test.each([
    [['schema_migrations'], false],
    [['schema_*'], false],
    [['public/schema_migrations'], false],
    [['tickerlake/public/schema_%'], false],
    [['private/schema_migrations'], true],
    [['migrations'], true],
  ])('not what the exclusions %j name', (exclusions, expected) => {
    expect(means('tickerlake/public/%', exclusions, 'public', 'schema_migrations')).toBe(expected);
  });

  test('nothing where the path has not three parts', () => {
    expect(targetFilter({ path: 'tickerlake/%', exclusions: [] }, 'tickerlake')).toBeUndefined();
    expect(targetFilter({ path: 'a/b/c/d', exclusions: [] }, 'tickerlake')).toBeUndefined();
  });

  test('a table by its own name, whatever characters are in it', () => {
    const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !/[%/]/.test(text));
    fc.assert(
      fc.property(name, name, (schema, table) => {
        const path = `tickerlake/${schema}/${table}`;
        expect(means(path, [], schema, table)).toBe(true);
        expect(means(path, [], schema, `${table}x`)).toBe(false);
      }),
    );
  });
});
