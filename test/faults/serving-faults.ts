/** Faults of what is served: the database, the way to it, and whoever writes to it twice or at once. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { readCommitted } from '../../cli/lake/topic-offsets.ts';
import { SERVING_TABLES } from '../../core/serving.ts';
import { batchOf, kafkaEvent, produceBatches } from './batches.ts';
import { rewindAll, whileNobodyPolls } from './event-source-control.ts';
import { ALL_PARTITIONS, DEADLINE_MS, FunctionLines, type LoggedLine } from './evidence.ts';
import type { Fault } from './fault.ts';
import {
  countCopies,
  countDerived,
  countServed,
  databaseOf,
  derivedOf,
  derivedRecords,
  derivedTopic,
  filterQuotes,
  killFunction,
  serveQuotes,
  untilWaiting,
  WATCHED,
  whileLocked,
} from './serving-probe.ts';
import type { FaultStand } from './stand.ts';

const killedBeforeCommit: Fault = {
  number: 35,
  name: 'server killed between its rows and its commit',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const batch = await batchOf(stand, 0, 30, WATCHED);
    // The last statement waits; those before it have written rows.
    const killed = await whileLocked(stand, SERVING_TABLES.offsets, async () => {
      await produceBatches(stand, [batch]);
      await untilWaiting(stand, SERVING_TABLES.offsets);
      const count = killFunction(stand, serveQuotes(stand));
      assert.equal(await countServed(stand, batch), 0, 'what was not committed is not there');
      return count;
    });
    await stand.settle();
    assert.equal(await countServed(stand, batch), batch.records.length);
    return stand.report(killed);
  },
};

const DATABASE_KILLS = 3;

const databaseKilled: Fault = {
  number: 36,
  name: 'database killed while it is written to, again and again',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const database = databaseOf(stand);
    const pids = new Set([database.pid]);
    for (let kill = 1; kill <= DATABASE_KILLS; kill += 1) {
      await whileLocked(stand, SERVING_TABLES.offsets, async () => {
        await produceBatches(stand, [await batchOf(stand, kill, 30, WATCHED)]);
        await untilWaiting(stand, SERVING_TABLES.offsets);
        await database.restart({ signal: 'SIGKILL' });
      });
      pids.add(database.pid);
    }
    await stand.produce(60);
    return stand.report(pids.size - 1);
  },
};

/** How far a function has read the partitions of the derived topic, all together. */
async function readByServer(stand: FaultStand): Promise<number> {
  const committed = await readCommitted(stand.kafka(), serveQuotes(stand), derivedTopic(stand));
  return [...committed.values()].reduce((sum, offset) => sum + offset, 0);
}

const isUnavailable = ({ code }: LoggedLine): boolean => code === 'DATABASE_UNAVAILABLE';

const databaseAbsent: Fault = {
  number: 37,
  name: 'database out of reach for a while',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new FunctionLines(stand, 'serve-quotes');
    const read = await readByServer(stand);
    const batches = await Promise.all(
      ALL_PARTITIONS.map((partition) => batchOf(stand, partition, 20, WATCHED)),
    );
    const failed = await whileCut(stand, async () => {
      await produceBatches(stand, batches);
      const lost = await lines.until('serve-quotes to fail again', isUnavailable, 6);
      assert.ok((await derivedRecords(stand)) > read, 'the filter goes on');
      assert.equal(await readByServer(stand), read, 'the server stays where it is');
      return lost.length;
    });
    await stand.settle();
    for (const batch of batches) assert.equal(await countServed(stand, batch), batch.records.length);
    return stand.report(failed);
  },
};

/** Does the work while nobody reaches the database. */
async function whileCut<T>(stand: FaultStand, work: () => Promise<T>): Promise<T> {
  const { reopen } = databaseOf(stand).cut();
  try {
    return await work();
  } finally {
    reopen();
  }
}

const connectionsExhausted: Fault = {
  number: 38,
  name: "every one of the database's connections taken",
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new FunctionLines(stand, 'serve-quotes');
    killFunction(stand, serveQuotes(stand));
    const isRefused = (line: LoggedLine): boolean =>
      isUnavailable(line) && JSON.stringify(line).includes(TOO_MANY_CONNECTIONS);
    const taken = await takeConnections(stand);
    try {
      await produceBatches(stand, [await batchOf(stand, 1, 20, WATCHED)]);
      await lines.until('serve-quotes to get no connection', isRefused, 2);
    } finally {
      await Promise.all(taken.map((client) => client.end()));
    }
    return stand.report(lines.read().filter(isRefused).length);
  },
};

/** SQLSTATE too_many_connections */
const TOO_MANY_CONNECTIONS = '53300';

/** Opens connections until there are no more. */
async function takeConnections(stand: FaultStand): Promise<readonly pg.Client[]> {
  const { superuser } = databaseOf(stand);
  const taken: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client(superuser);
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === TOO_MANY_CONNECTIONS) return taken;
      throw error;
    }
    taken.push(client);
  }
}

const REPLAYS = 2;

const replayedTwice: Fault = {
  number: 39,
  name: 'everything filtered and served again, twice',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    await stand.produce(60);
    await stand.settle();
    const lines = new FunctionLines(stand, 'serve-quotes');
    const { identities } = await countDerived(stand);
    const copies = await countCopies(stand);
    const consumers = [
      [filterQuotes(stand), stand.topic],
      [serveQuotes(stand), derivedTopic(stand)],
    ] as const;
    let again = 0;
    for (let replay = 1; replay <= REPLAYS; replay += 1) {
      const rewound = await Promise.all(
        consumers.map(([consumer, topic]) =>
          whileNobodyPolls(stand, () => rewindAll(stand, consumer, topic), consumer),
        ),
      );
      again += rewound.reduce((sum, records) => sum + records, 0);
      await stand.settle();
    }
    assert.equal((await countCopies(stand)) - copies, REPLAYS * identities, 'each is there two times more');
    const servedAgain = sumOf(lines, 'servedAgain');
    assert.ok(servedAgain >= REPLAYS * identities, `${servedAgain} of ${identities} were served again`);
    assert.equal(sumOf(lines, 'served'), 0, 'nothing of it was new to the database');
    return stand.report(again);
  },
};

function sumOf(lines: FunctionLines, figure: 'served' | 'servedAgain'): number {
  const servings = lines.read().filter(({ message }) => message === 'served');
  return servings.reduce((sum, line) => sum + Number(line[figure]), 0);
}

/** Beside the event source's own invocation. */
const OTHERS = 2;

const severalServers: Fault = {
  number: 40,
  name: 'several servers at once with the same records',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const batch = await batchOf(stand, 2, 40, WATCHED);
    const event = kafkaEvent(stand, [await derivedOf(stand, batch)], derivedTopic(stand));
    const lines = new FunctionLines(stand, 'serve-quotes');
    const others = await whileLocked(stand, SERVING_TABLES.filtered, async () => {
      const serving = Array.from({ length: OTHERS }, () => serveUntilDone(stand, event));
      await produceBatches(stand, [batch]);
      await untilWaiting(stand, SERVING_TABLES.filtered, OTHERS + 1);
      return { serving };
    });
    await Promise.all(others.serving);
    await stand.settle();
    assert.equal(sumOf(lines, 'served'), batch.records.length, 'each is new to one of them');
    assert.equal(sumOf(lines, 'servedAgain'), OTHERS * batch.records.length);
    return stand.report(OTHERS);
  },
};

/** Invokes serve-quotes until it has done it: what waits for a lock too long fails, and comes again. */
async function serveUntilDone(stand: FaultStand, event: object): Promise<void> {
  const tooLate = AbortSignal.timeout(DEADLINE_MS);
  for (;;) {
    try {
      await stand.client.invoke(serveQuotes(stand), event);
      return;
    } catch (error) {
      if (tooLate.aborted) throw error;
    }
  }
}

export const faults: readonly Fault[] = [
  killedBeforeCommit,
  databaseKilled,
  databaseAbsent,
  connectionsExhausted,
  replayedTwice,
  severalServers,
];
