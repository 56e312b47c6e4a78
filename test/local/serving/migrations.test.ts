/** Migrations on a real PostgreSQL: what they leave behind, and what a failure leaves behind. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { readMigrations } from '../../../core/migrations.ts';
import { QUOTE_FIELDS, snakeCase } from '../../../core/quote.ts';
import { DATABASE_USERS, SERVING_TABLES } from '../../../core/serving.ts';
import { SOURCE_COLUMNS } from '../../../core/source-coordinates.ts';
import { PostgresStand } from '../../helpers/postgres-stand.ts';
import { CRAWLER_PASSWORD, freshName, migrate, shippedMigrations } from '../../helpers/serving.ts';

let stand: PostgresStand;
let database: string;

beforeAll(async () => {
  stand = await PostgresStand.start();
  await migrate(stand);
}, 60_000);

afterAll(async () => {
  await stand.stop();
}, 30_000);

const shared = (sql: string, as = stand.admin): Promise<Record<string, unknown>[]> =>
  stand.query(sql, [], as);

const select = (sql: string, as = stand.admin): Promise<Record<string, unknown>[]> =>
  stand.query(sql, [], { ...as, database });
const migrateHere = (options: Parameters<typeof migrate>[1] = {}): ReturnType<typeof migrate> =>
  migrate(stand, { database, ...options });
const SHIPPED = shippedMigrations().length;
/** File name of the test's own migration, from 1. */
const nameOfOwn = (number: number): string => `${String(SHIPPED + number).padStart(4, '0')}_own.sql`;
const own = (...sql: string[]): ReturnType<typeof readMigrations> => {
  // The shipped ones come first: the users are theirs.
  const shipped = shippedMigrations().map(({ name, sql: text }) => [name, text] as const);
  const more = sql.map((text, index) => [nameOfOwn(index + 1), text] as const);
  return readMigrations(new Map([...shipped, ...more]));
};

describe('the migrated database', () => {
  test('has the columns of the quote contract, with its types', async () => {
    const served = ['symbol', 'companyName', 'low', 'high', 'latestUpdate', 'latestPrice'];
    const types = { string: 'text', double: 'double precision', time: 'timestamp with time zone' };
    const sqlTypes: Record<string, string> = { string: 'text', int: 'integer', bigint: 'bigint' };
    const expected = [
      ['ts', types.time],
      ...served.map((name) => {
        const field = QUOTE_FIELDS.find((each) => each.name === name);
        return [snakeCase(name), field && types[field.kind]];
      }),
      ['source_topic', 'text'],
      ...SOURCE_COLUMNS.map(({ name, glueType }) => [name, sqlTypes[glueType]]),
    ].sort();
    for (const table of [SERVING_TABLES.filtered, SERVING_TABLES.latest]) {
      const columns = await shared(
        `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '${table}'`,
      );
      expect(columns.map((column) => [column['column_name'], column['data_type']]).sort()).toEqual(expected);
    }
  });

  test('lets nobody in but those who are named', async () => {
    await stand.query(`DROP ROLE IF EXISTS somebody; CREATE ROLE somebody LOGIN PASSWORD 'some body'`);
    await expect(shared('SELECT 1', stand.login('somebody', 'some body'))).rejects.toMatchObject({
      code: '42501',
    });
  });

  test.each([
    [DATABASE_USERS.writer, 'DELETE FROM quotes_filtered'],
    [DATABASE_USERS.writer, "UPDATE quotes_filtered SET symbol = ''"],
    [DATABASE_USERS.writer, 'TRUNCATE latest_quotes'],
    [DATABASE_USERS.writer, 'CREATE TABLE t (a int)'],
    [DATABASE_USERS.writer, 'CREATE TEMPORARY TABLE t (a int)'],
    [DATABASE_USERS.writer, 'SELECT * FROM schema_migrations'],
    [DATABASE_USERS.reader, 'SET transaction_read_only = off; DELETE FROM latest_quotes'],
    [DATABASE_USERS.reader, 'SELECT * FROM schema_migrations'],
  ])('does not let %s %s', async (user, sql) => {
    await expect(shared(sql, stand.login(user))).rejects.toMatchObject({ code: '42501' });
  });

  test('lets people read, within bounds, and not write', async () => {
    const reader = stand.login(DATABASE_USERS.reader);
    for (const table of [SERVING_TABLES.filtered, SERVING_TABLES.latest, SERVING_TABLES.offsets]) {
      expect(await shared(`SELECT * FROM ${table}`, reader)).toEqual([]);
    }
    expect(await shared('SHOW statement_timeout', reader)).toEqual([{ statement_timeout: '1min' }]);
    await expect(shared('CREATE SCHEMA s', reader)).rejects.toMatchObject({ code: '25006' });
  });

  test('lets the crawler in with the password of its secret, in place of an older one', async () => {
    await stand.query(`ALTER ROLE ${DATABASE_USERS.crawler} PASSWORD 'older'`);
    await migrate(stand);
    const crawler = stand.login(DATABASE_USERS.crawler, CRAWLER_PASSWORD);
    expect(await shared('SELECT * FROM latest_quotes', crawler)).toEqual([]);
    await expect(shared('SELECT 1', stand.login(DATABASE_USERS.crawler, 'older'))).rejects.toMatchObject({
      code: '28P01',
    });
  });

  test('lets dashboards in once they have a password, by MD5, to look at quotes within bounds', async () => {
    const dashboard = stand.login(DATABASE_USERS.dashboard, 'of a dashboard');
    await expect(shared('SELECT 1', dashboard)).rejects.toMatchObject({ code: '28P01' });
    await migrate(stand, { dashboardPassword: 'of a dashboard' });
    for (const table of [SERVING_TABLES.filtered, SERVING_TABLES.latest])
      expect(await shared(`SELECT * FROM ${table}`, dashboard)).toEqual([]);
    for (const [sql, code] of [
      [`SELECT * FROM ${SERVING_TABLES.offsets}`, '42501'],
      [`SELECT * FROM ${SERVING_TABLES.migrations}`, '42501'],
      ['CREATE TABLE t ()', '25006'],
    ] as const)
      await expect(shared(sql, dashboard)).rejects.toMatchObject({ code });
    expect(await shared('SHOW statement_timeout', dashboard)).toEqual([{ statement_timeout: '1min' }]);
    await expect(shared('SELECT 1', stand.login(DATABASE_USERS.dashboard, 'another'))).rejects.toMatchObject({
      code: '28P01',
    });
  });
});

describe('migrating', () => {
  beforeEach(async () => {
    database = freshName();
    await stand.createDatabase(database);
  });

  test('applies the files once, in order, and remembers them', async () => {
    const { pending } = await migrateHere();
    expect(pending.map(({ name }) => name)).toEqual(shippedMigrations().map(({ name }) => name));
    expect((await migrateHere()).pending).toEqual([]);
    expect(await select('SELECT version, name, checksum FROM schema_migrations ORDER BY version')).toEqual(
      shippedMigrations().map(({ version, name, checksum }) => ({ version, name, checksum })),
    );
  });

  describe('a migration that fails', () => {
    test('leaves the database as before it, and is named with its line and PostgreSQL’s message', async () => {
      const broken = own('CREATE TABLE a (b int);', 'CREATE TABLE c (d int);\n\nSELECT nothing;\n');
      await expect(migrateHere({ migrations: broken })).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        message: expect.stringMatching(
          new RegExp(`${nameOfOwn(2)}, line 3: .*column "nothing" does not exist`),
        ),
      });
      expect(await select("SELECT to_regclass('a') AS a, to_regclass('c') AS c")).toEqual([
        { a: 'a', c: null },
      ]);
      expect(await select('SELECT max(version) AS version FROM schema_migrations')).toEqual([
        { version: SHIPPED + 1 },
      ]);
      const mended = own('CREATE TABLE a (b int);', 'CREATE TABLE c (d int);');
      expect((await migrateHere({ migrations: mended })).pending.map(({ version }) => version)).toEqual([
        SHIPPED + 2,
      ]);
    });
  });

  test('a migration that was changed is refused, and nothing is applied', async () => {
    await migrateHere({ migrations: own('CREATE TABLE a (b int);') });
    const changed = own('CREATE TABLE a (b bigint);', 'CREATE TABLE c (d int);');
    await expect(migrateHere({ migrations: changed })).rejects.toMatchObject({
      code: 'MIGRATION_INVALID',
      message: expect.stringContaining(`${nameOfOwn(1)} was changed`),
    });
    expect(await select("SELECT to_regclass('c') AS c")).toEqual([{ c: null }]);
  });

  test('an older release is content with what a newer one applied', async () => {
    await migrateHere({ migrations: own('CREATE TABLE a (b int);') });
    const { pending, ahead } = await migrateHere();
    expect(pending).toEqual([]);
    expect(ahead.map(({ name }) => name)).toEqual([nameOfOwn(1)]);
  });

  test('of two at once one waits for the other', async () => {
    const slow = own('SELECT pg_sleep(0.5); CREATE TABLE a (b int);');
    const both = await Promise.all([migrateHere({ migrations: slow }), migrateHere({ migrations: slow })]);
    expect(both.map(({ pending }) => pending.length).sort()).toEqual([0, SHIPPED + 1]);
  });

  test('who waits in vain for another one says so', async () => {
    await migrateHere();
    const holder = await openHolder('SELECT pg_advisory_lock(127995988370802)');
    try {
      await expect(migrateHere({ timeMs: 1500 })).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: 'somebody else is migrating the database',
      });
    } finally {
      await holder.end();
    }
  });
});

async function openHolder(sql: string): Promise<pg.Client> {
  const client = new pg.Client({ ...stand.admin, database });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql);
  return client;
}
