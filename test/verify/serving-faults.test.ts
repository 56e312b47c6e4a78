/** Longer proofs of the serving database: what dies in the middle, what stands in the way, and many random deliveries. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { Database } from '../../adapters/database.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { DeliveredPartition } from '../../core/kafka-event.ts';
import { readMigrations } from '../../core/migrations.ts';
import type { Serving } from '../../lambdas/serve-quotes/serve-quotes.ts';
import { PostgresStand } from '../helpers/postgres-stand.ts';
import { NOON_MS, range } from '../helpers/records.ts';
import {
  filteredPartition,
  filteredRecord,
  freshName,
  migrate,
  modelOf,
  openWriter,
  quoteServer,
  readServed,
  shippedMigrations,
  source,
} from '../helpers/serving.ts';
import { until } from '../helpers/until.ts';

const PLENTY_MS = 60_000;

let stand: PostgresStand;
const open: Database[] = [];

beforeAll(async () => {
  // Of these RDS keeps some for itself, and PostgreSQL three for superusers.
  stand = await PostgresStand.start({ parameters: { max_connections: '20' } });
  await migrate(stand);
}, 90_000);

afterAll(async () => {
  await stand.stop();
}, 60_000);

beforeEach(async () => {
  await stand.query('TRUNCATE quotes_filtered, latest_quotes, stream_offsets');
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
});

function consumer(): Database {
  const database = openWriter(stand);
  open.push(database);
  return database;
}

/** Delivers an event until it is done, as the event source does. Counts the deliveries that failed. */
async function deliver(
  database: Pick<Database, 'transaction'>,
  partitions: readonly DeliveredPartition[],
  transactionRecords = 50,
): Promise<{ readonly failures: unknown[] }> {
  const failures: unknown[] = [];
  const deadline = Date.now() + PLENTY_MS;
  for (;;) {
    const serving = await quoteServer(database, { transactionRecords }).serve(partitions, () => 20_000);
    const error = failureOf(serving);
    if (error === undefined) return { failures };
    failures.push(error);
    if (Date.now() > deadline) throw new Error('not done in time', { cause: error });
    await wait(100);
  }
}

function failureOf({ partitions }: Serving): unknown {
  return partitions.find(({ failure }) => failure !== undefined)?.failure?.error;
}

function makePartition(partition: number, count: number): DeliveredPartition {
  const records = range(0, count - 1).map((offset) =>
    filteredRecord(offset, source(offset, partition), {
      symbol: `S${(offset * 7) % 11}`,
      latestUpdate: NOON_MS + ((offset * 37) % 101),
      latestPrice: offset,
    }),
  );
  return filteredPartition(records, partition);
}

test('a database that is killed in the middle of batches, again and again, ends with every row once', async () => {
  const work = [0, 1].map((partition) => range(0, 19).map(() => makePartition(partition, 400)));
  const delivered = Promise.all(
    work.map(async (events) => {
      const database = consumer();
      let failures = 0;
      for (const event of events) failures += (await deliver(database, [event], 20)).failures.length;
      return failures;
    }),
  );
  for (const pauseMs of [200, 400, 100]) {
    await wait(pauseMs);
    await stand.restart('SIGKILL');
  }
  const failures = await delivered;
  expect(failures.some((count) => count > 0)).toBe(true);
  expect(await readServed(stand)).toEqual(await modelOf([makePartition(0, 400), makePartition(1, 400)]));
}, 180_000);

test('connections that are used up slow the consumer, and nothing is lost when they are free again', async () => {
  const writer = stand.login('quotes_writer');
  const hogs: pg.Client[] = [];
  for (;;) {
    const hog = new pg.Client(writer);
    hog.on('error', () => undefined);
    try {
      await hog.connect();
    } catch (error) {
      expect(error).toMatchObject({ code: '53300' });
      break;
    }
    hogs.push(hog);
  }
  const database = consumer();
  const partition = makePartition(0, 100);
  const failed = await quoteServer(database).serve([partition], () => 20_000);
  expect(failureOf(failed)).toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    coordinates: { sqlState: '53300' },
  });
  const delivered = deliver(database, [partition]);
  await Promise.all(hogs.map((hog) => hog.end()));
  await delivered;
  expect(await readServed(stand)).toEqual(await modelOf([partition]));
}, 60_000);

test('a row that somebody holds ends the wait by its time-out, and the batch is done when it is free', async () => {
  const database = consumer();
  const partition = makePartition(0, 50);
  await deliver(database, [partition]);
  const newer = filteredPartition([
    filteredRecord(60, source(60), { symbol: 'S1', latestUpdate: NOON_MS + 1000 }),
  ]);
  const holder = new pg.Client(stand.admin);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT * FROM latest_quotes FOR UPDATE');
  const failed = await quoteServer(database).serve([newer], () => 20_000);
  expect(failureOf(failed)).toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    coordinates: { sqlState: '55P03' },
  });
  await holder.end();
  await deliver(database, [newer]);
  expect(await readServed(stand)).toEqual(await modelOf([partition, newer]));
}, 60_000);

test('a function that was killed in the middle of a transaction holds its locks for as long as they are allowed', async () => {
  // What is left of it: a session that says nothing more.
  const killed = new pg.Client(stand.login('quotes_writer'));
  killed.on('error', () => undefined);
  await killed.connect();
  const partition = makePartition(0, 50);
  await deliver(consumer(), [partition]);
  await killed.query('BEGIN');
  await killed.query('UPDATE latest_quotes SET latest_price = -1');
  const newer = filteredPartition([
    filteredRecord(60, source(60), { symbol: 'S1', latestUpdate: NOON_MS + 1000 }),
  ]);
  const { failures } = await deliver(consumer(), [newer]);
  expect(failures.length).toBeGreaterThan(0);
  expect(await readServed(stand)).toEqual(await modelOf([partition, newer]));
  await killed.end().catch(() => undefined);
}, 60_000);

test('a way to the database that is cut off, and comes back, loses nothing', async () => {
  const database = consumer();
  const partition = makePartition(0, 300);
  const { reopen } = stand.postgres.cut();
  const failed = await quoteServer(database).serve([partition], () => 20_000);
  const delivered = deliver(database, [partition]);
  await wait(300);
  reopen();
  await delivered;
  expect(failureOf(failed)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(await readServed(stand)).toEqual(await modelOf([partition]));
}, 60_000);

test('any delivery, by three consumers at once that may break off anywhere, comes to the rows of the set of records', async () => {
  const databases = [consumer(), consumer(), consumer()];
  const deliveries = fc.array(
    fc.tuple(
      fc.array(fc.nat(29), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
    ),
    { minLength: 1, maxLength: 9 },
  );
  await fc.assert(
    fc.asyncProperty(deliveries, async (batches) => {
      await stand.query('TRUNCATE quotes_filtered, latest_quotes, stream_offsets');
      const partitions = batches.map(([numbers], partition) =>
        filteredPartition(
          numbers.map((number, offset) =>
            filteredRecord(offset, source(number >> 1, number % 2), {
              symbol: `S${number % 4}`,
              latestUpdate: NOON_MS + (number % 3),
            }),
          ),
          partition,
        ),
      );
      await Promise.all(
        databases.map(async (database, index) => {
          for (let at = index; at < batches.length; at += databases.length) {
            const [, transactionRecords, breaks] = batches[at] ?? [[], 1, false];
            const some = partitions.slice(at, at + 1);
            if (breaks)
              await quoteServer(breaking(database), { transactionRecords }).serve(some, () => 20_000);
            await deliver(database, some, transactionRecords);
          }
        }),
      );
      expect(await readServed(stand)).toEqual(await modelOf(partitions));
    }),
    { numRuns: 150 },
  );
}, 300_000);

test('a migration that cannot have a table gives up, and nothing waits behind it', async () => {
  const database = freshName();
  await stand.createDatabase(database);
  await migrate(stand, { database });
  const holder = new pg.Client({ ...stand.admin, database });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE latest_quotes');
    const files = shippedMigrations().map(({ name, sql }) => [name, sql] as const);
    const next = `${String(files.length + 1).padStart(4, '0')}_own.sql`;
    const migrations = readMigrations(
      new Map([...files, [next, 'ALTER TABLE latest_quotes ADD COLUMN x integer;']]),
    );
    await expect(migrate(stand, { database, migrations, timeMs: 6000 })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining(next),
    });
    await holder.query('ROLLBACK');
    expect((await migrate(stand, { database, migrations })).pending).toHaveLength(1);
  } finally {
    await holder.end();
  }
}, 60_000);

test('a database that is starting is waited for by its migrations', async () => {
  const database = freshName();
  await stand.createDatabase(database);
  const [, { pending }] = await Promise.all([stand.restart(), migrate(stand, { database, timeMs: 60_000 })]);
  expect(pending).toHaveLength(shippedMigrations().length);
  await until('the stand to answer', () => stand.query('SELECT 1').then(() => true));
}, 90_000);

/** Loses its connection before COMMIT. */
function breaking(database: Database): Pick<Database, 'transaction'> {
  return {
    transaction: (work, remainingMs) =>
      database.transaction(async (session) => {
        await work(session);
        throw new TickerlakeError('DATABASE_UNAVAILABLE', 'killed before COMMIT');
      }, remainingMs),
  };
}
