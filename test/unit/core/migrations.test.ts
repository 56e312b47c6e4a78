import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeMigration, planMigrations, readMigrations } from '../../../core/migrations.ts';

const files = (...texts: string[]): Map<string, string> =>
  new Map(texts.map((text, index) => [`${String(index + 1).padStart(4, '0')}_step.sql`, text]));

describe('reading the files', () => {
  test('takes SQL files in order, and nothing else', () => {
    const read = readMigrations(
      new Map([
        ['README.md', ''],
        ['0002_b.sql', 'b'],
        ['0001_a.sql', 'a'],
      ]),
    );
    expect(read.map(({ version, name, sql }) => [version, name, sql])).toEqual([
      [1, '0001_a.sql', 'a'],
      [2, '0002_b.sql', 'b'],
    ]);
    expect(read.map(describeMigration)[0]).toBe(
      '0001_a.sql sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    );
  });

  test.each([
    [['0001_a.sql', '0003_c.sql'], /0003_c\.sql comes where 0002 is missing/],
    [['0002_b.sql'], /0002_b\.sql comes where 0001 is missing/],
    [['0001_a.sql', '0001_b.sql'], /0001_b\.sql has a number that another file has.*the next is 0002/],
    [['0001_a.sql', '2_b.sql'], /2_b\.sql is not named like a migration/],
    [['0001_A.sql'], /0001_A\.sql is not named like a migration/],
  ])('refuses %j', (names, message) => {
    const read = (): unknown => readMigrations(new Map(names.map((name) => [name, ''])));
    expect(read).toThrow(expect.objectContaining({ code: 'MIGRATION_INVALID' }));
    expect(read).toThrow(message);
  });

  test.each([
    'COMMIT;',
    'begin ;',
    'rollback;',
    'END;',
    'START TRANSACTION',
    'CREATE INDEX CONCURRENTLY i ON t (a);',
    'vacuum t',
  ])('refuses %s, which would end or leave the transaction', (statement) => {
    expect(() => readMigrations(files(`CREATE TABLE t (a int);\n  ${statement}`))).toThrow(
      'runs in one transaction',
    );
  });

  test('takes the blocks of a function body', () => {
    expect(readMigrations(files('DO $$\nBEGIN\n  NULL;\nEND\n$$;'))).toHaveLength(1);
  });
});

describe('planning', () => {
  const texts = fc.array(fc.string(), { maxLength: 8 });

  test('from any prefix that was applied, the rest is missing, and nothing after it', () => {
    fc.assert(
      fc.property(texts, fc.nat(8), (sql, applied) => {
        const all = readMigrations(files(...sql.map((text) => `-- ${text.replaceAll(/\s/g, ' ')}`)));
        const plan = planMigrations(all, all.slice(0, applied));
        expect(plan).toEqual({ pending: all.slice(applied), ahead: [] });
        expect(planMigrations(all, [...all.slice(0, applied), ...plan.pending]).pending).toEqual([]);
      }),
    );
  });

  test('an older release finds what a newer one applied, and adds nothing', () => {
    fc.assert(
      fc.property(texts, fc.nat(8), (sql, known) => {
        const all = readMigrations(files(...sql.map((_, index) => `SELECT ${index}`)));
        expect(planMigrations(all.slice(0, known), all)).toEqual({ pending: [], ahead: all.slice(known) });
      }),
    );
  });

  test('one change to anything that was applied is refused by the file’s name', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 8 })
          .chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1), fc.boolean())),
        ([count, at, renamed]) => {
          const sql = Array.from({ length: count }, (_, index) => `SELECT ${index}`);
          const applied = readMigrations(files(...sql));
          const changed = readMigrations(
            new Map(
              applied.map(({ name, sql: text }, index) => {
                if (index !== at) return [name, text];
                return renamed ? [name.replace('step', 'other'), text] : [name, `${text} `];
              }),
            ),
          );
          const plan = (): unknown => planMigrations(changed, applied);
          expect(plan).toThrow(expect.objectContaining({ code: 'MIGRATION_INVALID' }));
          expect(plan).toThrow(changed[at]?.name);
        },
      ),
    );
  });

  test('one that later ones were applied without is refused', () => {
    const all = readMigrations(files('a', 'b', 'c'));
    expect(() =>
      planMigrations(
        all,
        [all[0], all[2]].flatMap((each) => each ?? []),
      ),
    ).toThrow(/0002_step\.sql was never applied/);
  });
});

describe('the shipped migrations', () => {
  const folder = join(import.meta.dirname, '../../../sql/migrations');
  const shipped = readMigrations(
    new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
  );

  test('are as they were released', () => {
    // A line is added with each new file; none that stands here ever changes.
    expect(shipped.map((each) => describeMigration(each).replace(/(sha256:.{12}).*/, '$1'))).toEqual([
      '0001_serving_tables.sql sha256:340f7128e65d',
      '0002_users.sql sha256:c7bb82697ada',
      '0003_dashboard_user.sql sha256:3a76af0a3da0',
    ]);
  });
});
