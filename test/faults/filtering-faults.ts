/** Faults of the filter: what it produces twice, late, or not for a while. */
import assert from 'node:assert/strict';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { readCommitted } from '../../cli/lake/topic-offsets.ts';
import { type DivertedBatch, readDiverted } from '../../cli/replay/diverted-batch.ts';
import { returnDiverted } from '../../cli/replay/return-diverted.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { formatWatchlist, parseWatchlist } from '../../core/watchlist.ts';
import type { Interception } from '../../local/gateway/interception.ts';
import { until } from '../helpers/until.ts';
import { batchOf, kafkaEvent, produceBatches } from './batches.ts';
import { countDiverted } from './diversion-probe.ts';
import { DEADLINE_MS, FunctionLines, jsonError, type LoggedLine, requestOf } from './evidence.ts';
import type { Fault } from './fault.ts';
import {
  countCopies,
  countServed,
  derivedRecords,
  filterQuotes,
  killFunction,
  serveQuotes,
  WATCHED,
} from './serving-probe.ts';
import type { FaultStand } from './stand.ts';

/** So long that the filter sends a batch of them in several requests, and the function can be killed in between. */
const LONG_NAME = 'x'.repeat(60_000);
const LONG_RECORDS = 60;
const MOST_KILLS = 10;

const killedAfterSend: Fault = {
  number: 33,
  name: 'filter killed after its send, before it answers',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const before = await countCopies(stand);
    let expected = await derivedRecords(stand);
    let killed = 0;
    // A kill that comes too late, or before anything was stored, hits nothing: then once more.
    for (let copies = 0; copies === 0; ) {
      assert.ok(killed < MOST_KILLS, `${MOST_KILLS} kills came too early or too late`);
      const batch = await batchOf(stand, killed % 4, LONG_RECORDS, { ...WATCHED, companyName: LONG_NAME });
      const begun = expected;
      // Compressed it is one request of the producer.
      await stand.produceForeign(batch.records, { gzip: true });
      await until('the brokers to store a part', async () => (await derivedRecords(stand)) > begun);
      killed += killFunction(stand, filterQuotes(stand));
      await stand.settle();
      expected += batch.records.length;
      copies = (await derivedRecords(stand)) - expected;
    }
    const copies = (await countCopies(stand)) - before;
    assert.ok(copies > 0, 'the derived topic holds records twice');
    return stand.report(copies);
  },
};

const zombie: Fault = {
  number: 34,
  name: 'filter held at its send until another has sent the same and more',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const before = await countCopies(stand);
    killFunction(stand, filterQuotes(stand));
    const lines = new FunctionLines(stand, 'filter-quotes');
    const batch = await batchOf(stand, 0, 20, WATCHED);
    const hanging = Promise.withResolvers<Interception>();
    const isOver = Promise.withResolvers<undefined>();
    // A cold filter asks for the brokers when it has something to send.
    const first = stand.intercept(
      requestOf(stand, 'filter-quotes', ({ operation }) => operation === 'GetBootstrapBrokers'),
      async (interception) => {
        first.remove();
        hanging.resolve(interception);
        await isOver.promise;
        await interception.forward();
      },
    );
    const held = stand.client.invoke(filterQuotes(stand), kafkaEvent(stand, [batch]));
    held.catch(() => undefined);
    await hanging.promise;
    await produceBatches(stand, [batch]);
    await untilFiltered(lines, batch.records.length);
    const later = await batchOf(stand, 0, 5, WATCHED);
    await produceBatches(stand, [later]);
    await untilFiltered(lines, batch.records.length + later.records.length);
    isOver.resolve(undefined);
    assert.deepEqual(await held, { batchItemFailures: [] }, 'nothing keeps the zombie from its send');
    await stand.settle();
    const copies = (await countCopies(stand)) - before;
    assert.equal(copies, batch.records.length, 'what the zombie sent stands behind what came later');
    return stand.report(copies);
  },
};

async function untilFiltered(lines: FunctionLines, records: number): Promise<void> {
  await until(
    `${records} records to be filtered`,
    () => {
      const filtered = lines.read().filter(({ message }) => message === 'filtered');
      return filtered.reduce((sum, line) => sum + Number(line['filtered']), 0) >= records;
    },
    DEADLINE_MS,
  );
}

const divertedBatch: Fault = {
  number: 41,
  name: "filter's batch diverted, and given back when later ones are served",
  lake: 'diverting',
  async run(stand) {
    await stand.control();
    const batch = await batchOf(stand, 1, 8, WATCHED);
    killFunction(stand, filterQuotes(stand));
    const refusal = stand.intercept(
      requestOf(stand, 'filter-quotes', ({ operation }) => operation === 'GetParameter'),
      ({ respond }) => {
        respond(jsonError('AccessDeniedException'));
      },
    );
    await produceBatches(stand, [batch]);
    await until(
      'the batch to be diverted',
      async () => countDiverted(await diverted(stand)) === batch.records.length,
      DEADLINE_MS,
    );
    // Until then the batch may be delivered again, and would be served when nothing is refused any more.
    await until('the poller to go on', () => isPassed(stand, batch.partition), DEADLINE_MS);
    refusal.remove();
    const later = await batchOf(stand, 1, 10, WATCHED);
    await produceBatches(stand, [later]);
    await stand.settle();
    assert.equal(await countServed(stand, later), later.records.length);
    assert.equal(await countServed(stand, batch), 0);
    const { served } = await stand.reconcile();
    assert.equal(served?.servedLost, batch.records.length, 'until it is given back it counts as lost');
    const returned = await returnDiverted({
      lambda: stand.clients.lambda,
      functionNames: [filterQuotes(stand), serveQuotes(stand)],
      raw: rawStore(stand),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    assert.deepEqual(
      returned.filter(({ isDone }) => !isDone),
      [],
    );
    return stand.report(refusal.fired);
  },
};

/** Whether the filter's event source has committed all of a partition. */
async function isPassed(stand: FaultStand, partition: number): Promise<boolean> {
  const ends = await stand.ends();
  const committed = await readCommitted(stand.kafka(), filterQuotes(stand), stand.topic);
  return committed.get(partition) === ends.find((each) => each.partition === partition)?.endOffset;
}

function rawStore({ lake, client }: FaultStand): ReturnType<typeof createS3ObjectStore> {
  return createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), client.s3);
}

async function diverted(stand: FaultStand): Promise<readonly DivertedBatch[]> {
  const batches = await readDiverted(rawStore(stand));
  return batches.filter(({ functionName }) => functionName === filterQuotes(stand));
}

const NEW_SYMBOL = 'F-NEW';
/** What docs/serving.md promises of a change. */
const CHANGE_TAKES_MS = 60_000;

const watchlist: Fault = {
  number: 42,
  name: 'watchlist changed, malformed and missing while quotes flow',
  // The last that is played there: what came under another list, reconcile does not hold against the filter.
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new FunctionLines(stand, 'filter-quotes');
    const { symbols, ...limits } = parseWatchlist(await readWatchlist(stand));
    const wider = formatWatchlist({ ...limits, symbols: new Set([...symbols, NEW_SYMBOL]) });
    await putWatchlist(stand, wider);
    await until(
      'a quote of the new symbol to be kept',
      () => isKept(stand, lines, NEW_SYMBOL),
      CHANGE_TAKES_MS,
    );

    // A warm filter goes by the list that it knows, for a while.
    await putWatchlist(stand, '{"symbols":"AAPL"}');
    const batches = [await batchOf(stand, 2, 5, { symbol: NEW_SYMBOL })];
    await produceBatches(stand, batches);
    await stand.settle();

    // A cold one knows none: it judges nothing, and passes nothing over.
    const failCold = async (partition: number, code: ErrorCode): Promise<number> => {
      killFunction(stand, filterQuotes(stand));
      const batch = await batchOf(stand, partition, 5, { symbol: NEW_SYMBOL });
      batches.push(batch);
      await produceBatches(stand, [batch]);
      return (await lines.until(`${code} to be logged`, (line) => line.code === code, 2)).length;
    };
    const malformed = await failCold(0, 'WATCHLIST_MALFORMED');
    await stand.clients.ssm.send(new DeleteParameterCommand({ Name: watchlistName(stand) }));
    const missing = await failCold(1, 'PARAMETER_UNAVAILABLE');
    // Made anew it is version 1, which to reconcile is one that never changed: so twice.
    for (let version = 1; version <= 2; version += 1) await putWatchlist(stand, wider);
    await stand.settle();
    for (const batch of batches) assert.equal(await countServed(stand, batch), batch.records.length);
    return stand.report(malformed + missing);
  },
};

/** Whether the filter keeps a quote of this symbol that is produced now. */
async function isKept(stand: FaultStand, lines: FunctionLines, symbol: string): Promise<boolean> {
  const filterings = (): LoggedLine[] => lines.read().filter(({ message }) => message === 'filtered');
  const before = filterings().length;
  await stand.produceForeign([await stand.quote(3, { symbol })]);
  await until('the quote to be filtered', () => filterings().length > before, DEADLINE_MS);
  return Number(filterings().at(-1)?.['filtered']) > 0;
}

function watchlistName({ lake }: FaultStand): string {
  return outputOf(lake, 'pipeline', 'WatchlistParameterName');
}

async function readWatchlist(stand: FaultStand): Promise<string> {
  const { Parameter } = await stand.clients.ssm.send(new GetParameterCommand({ Name: watchlistName(stand) }));
  return Parameter?.Value ?? '';
}

async function putWatchlist(stand: FaultStand, value: string): Promise<void> {
  await stand.clients.ssm.send(
    new PutParameterCommand({ Name: watchlistName(stand), Value: value, Type: 'String', Overwrite: true }),
  );
}

export const faults: readonly Fault[] = [killedAfterSend, zombie, divertedBatch, watchlist];
