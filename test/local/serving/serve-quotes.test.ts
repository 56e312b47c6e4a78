/** serve-quotes on a real PostgreSQL: whatever the delivery, the tables are a function of the records. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { Database } from '../../../adapters/database.ts';
import type { DeliveredPartition } from '../../../core/kafka-event.ts';
import type { Quote } from '../../../core/quote.ts';
import type { Serving } from '../../../lambdas/serve-quotes/serve-quotes.ts';
import { PostgresStand } from '../../helpers/postgres-stand.ts';
import { LOG_ID, NOON_MS, quoteRecord, range } from '../../helpers/records.ts';
import {
  filteredPartition,
  filteredRecord,
  migrate,
  modelOf,
  openWriter,
  quoteServer,
  readServed,
  source,
} from '../../helpers/serving.ts';

const PLENTY_MS = 60_000;

let stand: PostgresStand;
let database: Database;

beforeAll(async () => {
  stand = await PostgresStand.start();
  await migrate(stand);
  database = openWriter(stand, stand.database, 2);
}, 60_000);

afterAll(async () => {
  await database.close();
  await stand.stop();
}, 30_000);

beforeEach(async () => {
  await stand.query('TRUNCATE quotes_filtered, latest_quotes, stream_offsets');
});

function serve(partitions: readonly DeliveredPartition[], transactionRecords = 2000): Promise<Serving> {
  return quoteServer(database, { transactionRecords }).serve(partitions, () => PLENTY_MS);
}

/** Fails as the function would. */
async function serveAll(...args: Parameters<typeof serve>): Promise<Serving> {
  const serving = await serve(...args);
  for (const { failure } of serving.partitions) if (failure !== undefined) throw failure.error;
  return serving;
}

const offsets = (): Promise<unknown[]> =>
  stand.query('SELECT kafka_partition AS partition, next_offset::int AS next FROM stream_offsets ORDER BY 1');

test('serves each record once, and says what was there already', async () => {
  const first = filteredPartition(range(0, 4).map((offset) => filteredRecord(offset, source(offset * 2))));
  expect(await serveAll([first])).toMatchObject({
    records: 5,
    served: 5,
    servedAgain: 0,
    unreadable: 0,
    transactions: 1,
  });
  const double = filteredPartition([
    filteredRecord(5, source(8)),
    filteredRecord(6, source(10)),
    filteredRecord(7, source(10)),
  ]);
  expect(await serveAll([double])).toMatchObject({ records: 3, served: 1, servedAgain: 2 });
  expect(await readServed(stand)).toEqual(await modelOf([first, double]));
});

test('an older event never overwrites a newer, and a batch that comes late is not taken for a double', async () => {
  const at = (offset: number, latestUpdate: number): DeliveredPartition =>
    filteredPartition([filteredRecord(offset, source(offset), { latestUpdate, latestPrice: offset })]);
  await serveAll([at(7, NOON_MS + 7)]);
  expect(await serveAll([at(3, NOON_MS)])).toMatchObject({ served: 1 });
  expect(await stand.query('SELECT latest_price FROM latest_quotes')).toEqual([{ latest_price: 7 }]);
  expect(await offsets()).toEqual([{ partition: 0, next: 8 }]);
});

test('of events of one moment the later record is the latest, whichever comes first', async () => {
  const quotes = [
    filteredRecord(0, source(9, 1), { latestPrice: 1 }),
    filteredRecord(1, source(3, 2), { latestPrice: 2 }),
    filteredRecord(2, source(4, 2, 'a-log'), { latestPrice: 3 }),
    filteredRecord(3, source(4, 2, 'b-log'), { latestPrice: 4 }),
  ];
  for (const order of [quotes, quotes.toReversed()]) {
    await stand.query('TRUNCATE quotes_filtered, latest_quotes');
    for (const record of order) await serveAll([filteredPartition([record])]);
    expect(await stand.query('SELECT latest_price FROM latest_quotes')).toEqual([{ latest_price: 4 }]);
    await stand.query('TRUNCATE quotes_filtered, latest_quotes');
    await serveAll([filteredPartition(order)]);
    expect(await stand.query('SELECT latest_price FROM latest_quotes')).toEqual([{ latest_price: 4 }]);
  }
});

test('records that nobody can read, or without a source, are passed over and counted', async () => {
  const partition = filteredPartition([
    quoteRecord(0),
    filteredRecord(1, source(1)),
    { ...filteredRecord(2, source(2)), value: null },
    filteredRecord(3, source(3), { symbol: '' }),
    filteredRecord(4, { ...source(4), topic: 'trades' }),
  ]);
  expect(await serveAll([partition])).toMatchObject({ records: 5, served: 1, unreadable: 4 });
  expect(await offsets()).toEqual([{ partition: 0, next: 5 }]);
});

test('an empty event, and one of nothing but unreadable records, are served', async () => {
  expect(await serveAll([])).toMatchObject({ records: 0, transactions: 0 });
  expect(await serveAll([filteredPartition([])])).toMatchObject({ transactions: 0 });
  expect(await serveAll([filteredPartition([quoteRecord(3)])])).toMatchObject({ served: 0, unreadable: 1 });
  expect(await offsets()).toEqual([{ partition: 0, next: 4 }]);
});

test('no text blocks the records behind it', async () => {
  const partition = filteredPartition([
    filteredRecord(0, source(0), { symbol: 'A\0B', companyName: '\0"{},\\ NULL' }),
    filteredRecord(1, source(1), { symbol: incompressible(100_000), companyName: incompressible(100_000) }),
    filteredRecord(2, source(2), { symbol: `${'x'.repeat(255)}\u{1F600}` }),
    filteredRecord(3, source(3), { symbol: 'NULL', companyName: '' }),
  ]);
  expect(await serveAll([partition])).toMatchObject({ served: 4 });
  expect(await readServed(stand)).toEqual(await modelOf([partition]));
  expect(await stand.query(`SELECT 1 AS one FROM latest_quotes WHERE symbol = U&'A\\FFFDB'`)).toHaveLength(1);
});

test('an event is divided into transactions, each with its own offsets', async () => {
  const partitions = [0, 1, 2].map((partition) =>
    filteredPartition(
      range(0, 6).map((offset) => filteredRecord(offset, source(offset, partition))),
      partition,
    ),
  );
  expect(await serveAll(partitions, 4)).toMatchObject({ served: 21, transactions: 6 });
  expect(await offsets()).toEqual([0, 1, 2].map((partition) => ({ partition, next: 7 })));
  expect(await readServed(stand)).toEqual(await modelOf(partitions));
});

describe('any delivery', () => {
  const quote: fc.Arbitrary<Partial<Quote>> = fc.record({
    symbol: fc.oneof(fc.constantFrom('AAPL', 'MSFT', 'B\0'), fc.string({ minLength: 1, unit: 'binary' })),
    companyName: fc.option(fc.string({ unit: 'binary' }), { nil: null }),
    low: fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), { nil: null }),
    latestPrice: fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), { nil: null }),
    latestUpdate: fc.option(fc.integer({ min: NOON_MS - 3, max: NOON_MS + 3 }), { nil: null }),
  });
  /** Batches of derived records, each the number of a source record: doubles, pieces and late ones included. */
  const deliveries = fc.array(quote, { minLength: 1, maxLength: 12 }).chain((quotes) =>
    fc.tuple(
      fc.constant(quotes),
      fc.array(fc.array(fc.nat({ max: quotes.length - 1 }), { minLength: 1, maxLength: 15 }), {
        minLength: 1,
        maxLength: 6,
      }),
    ),
  );

  test('by two consumers at once comes to the rows of the set of records', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.integer({ min: 1, max: 5 }),
        async ([quotes, batches], transactionRecords) => {
          await stand.query('TRUNCATE quotes_filtered, latest_quotes, stream_offsets');
          const partitions = batches.map((batch, partition) =>
            filteredPartition(
              batch.map((index, offset) =>
                filteredRecord(offset, source(index >> 1, index % 2), quotes[index]),
              ),
              partition,
            ),
          );
          const half = partitions.length >> 1;
          const work = [partitions.slice(half), partitions.slice(0, half)];
          const servings = await Promise.all(work.map((some) => serveAll(some, transactionRecords)));
          expect(await readServed(stand)).toEqual(await modelOf(partitions));
          const served = servings.reduce((sum, each) => sum + each.served, 0);
          expect(served).toBe(new Set(batches.flat()).size);
        },
      ),
      { numRuns: 20 },
    );
  }, 60_000);

  test('replayed whole, again and again, changes nothing', async () => {
    const partitions = [0, 1].map((partition) =>
      filteredPartition(
        range(0, 300).map((offset) =>
          filteredRecord(offset, source(offset, partition), {
            symbol: `S${offset % 7}`,
            latestUpdate: NOON_MS - offset,
          }),
        ),
        partition,
      ),
    );
    await serveAll(partitions, 100);
    const before = await readServed(stand);
    expect(await serveAll(partitions, 100)).toMatchObject({ served: 0, servedAgain: 602 });
    expect(await serveAll(partitions.toReversed(), 77)).toMatchObject({ served: 0, servedAgain: 602 });
    expect(await readServed(stand)).toEqual(before);
    expect(before).toEqual(await modelOf(partitions));
  });
});

describe('what goes wrong', () => {
  const partition = filteredPartition(
    range(0, 9).map((offset) => filteredRecord(offset, source(offset), { latestPrice: offset })),
  );

  test('a connection that broke while the function was frozen is replaced', async () => {
    await serveAll([partition]);
    const killer = new pg.Client(stand.postgres.superuser);
    await killer.connect();
    const killed = killer.query(END_SESSIONS);
    // As frozen: that the connection has ended is not noticed before it is used.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    expect(await serveAll([partition])).toMatchObject({ servedAgain: 10 });
    await killed;
    await killer.end();
  });

  test('a connection that breaks before COMMIT leaves nothing, and the error may be tried again', async () => {
    const breaking: Pick<Database, 'transaction'> = {
      transaction: (work, remainingMs) =>
        database.transaction(async (session) => {
          const result = await work(session);
          await endSessions();
          return result;
        }, remainingMs),
    };
    const { partitions } = await quoteServer(breaking).serve([partition], () => PLENTY_MS);
    expect(partitions[0]?.failure).toMatchObject({ fromOffset: 0, error: { code: 'DATABASE_UNAVAILABLE' } });
    expect(await readServed(stand)).toEqual({ rows: [], latest: [] });
    expect(await serveAll([partition])).toMatchObject({ served: 10 });
  });

  test('what is done of an event stays, and the rest is named', async () => {
    let transactions = 0;
    const failing: Pick<Database, 'transaction'> = {
      transaction: (work, remainingMs) => {
        transactions += 1;
        return transactions === 2
          ? Promise.reject(new Error('gone'))
          : database.transaction(work, remainingMs);
      },
    };
    const other = filteredPartition([filteredRecord(3, source(50))], 1);
    const { partitions, served } = await quoteServer(failing, { transactionRecords: 6 }).serve(
      [partition, other],
      () => PLENTY_MS,
    );
    expect(served).toBe(6);
    expect(partitions.map(({ failure }) => failure?.fromOffset)).toEqual([6, 3]);
    expect(await offsets()).toEqual([{ partition: 0, next: 6 }]);
  });

  test('a transaction that lost a deadlock is tried again', async () => {
    await serveAll([partition]);
    const rival = new pg.Client(stand.postgres.superuser);
    await rival.connect();
    // It looks for no deadlock itself, so that the other one always does.
    await rival.query("SET deadlock_timeout = '1h'");
    await rival.query('BEGIN');
    await rival.query("UPDATE latest_quotes SET latest_price = 0 WHERE symbol = 'AAPL'");
    const newer = filteredPartition([filteredRecord(20, source(20), { latestUpdate: NOON_MS + 1 })]);
    const serving = serveAll([newer]);
    await waitForLock();
    // The circle closes: the source offset that the other transaction has inserted.
    await rival.query(
      `INSERT INTO quotes_filtered (ts, symbol, source_log_id, source_topic, source_partition, source_offset)
       VALUES (now(), 'AAPL', '${LOG_ID}', 'quotes', 0, 20)`,
    );
    await rival.query('ROLLBACK');
    await rival.end();
    expect(await serving).toMatchObject({ served: 1, retries: 1 });
    expect(await readServed(stand)).toEqual(await modelOf([partition, newer]));
  }, 20_000);

  test('no error says what a record says', async () => {
    const refused: Pick<Database, 'transaction'> = {
      transaction: (_work, remainingMs) =>
        database.transaction(
          (session) => session.query("SELECT 'secret value'::integer"),
          remainingMs,
        ) as never,
    };
    const { partitions } = await quoteServer(refused).serve([partition], () => PLENTY_MS);
    const error = partitions[0]?.failure?.error;
    expect(error).toMatchObject({ code: 'DATABASE_REFUSED', coordinates: { sqlState: '22P02' } });
    expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain('secret');
  });

  test('nothing is begun when no time is left', async () => {
    const { partitions } = await quoteServer(database).serve([partition], () => 1000);
    expect(partitions[0]?.failure).toMatchObject({ error: { code: 'DATABASE_UNAVAILABLE' } });
    expect((await readServed(stand)).rows).toEqual([]);
  });
});

const END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'quotes_writer'";

async function endSessions(): Promise<void> {
  await superuser(END_SESSIONS);
}

async function waitForLock(): Promise<void> {
  for (;;) {
    const [row] = await superuser('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted');
    if (row?.['n'] !== 0) return;
  }
}

/** Sessions of other users are not the master user's to see or to end. */
async function superuser(sql: string): Promise<Record<string, unknown>[]> {
  return stand.query(sql, [], stand.postgres.superuser);
}

/** Text that the index cannot make smaller. */
function incompressible(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(0x4e00 + (state % 20_000));
  }).join('');
}
