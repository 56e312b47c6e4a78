/** Faults of compaction, each seen by a reader of the view who never stops asking, while quotes go on flowing. */
import assert from 'node:assert/strict';
import { outputOf } from '../../cli/lake/connection.ts';
import type { DivertedBatch } from '../../cli/replay/diverted-batch.ts';
import type { CurationRequestResult } from '../../core/curation-request.ts';
import { locations } from '../../core/layout.ts';
import { renderView } from '../../core/view.ts';
import { expireCovered } from '../helpers/expire-covered.ts';
import { batchOf, produceBatches } from './batches.ts';
import {
  CompactLines,
  CompactRun,
  checkHistory,
  commitsOfRuns,
  compact,
  historyOf,
  historyRows,
  requestOfRun,
  touchHistory,
} from './compaction-probe.ts';
import { landAllDiverted, untilDiverted } from './diversion-probe.ts';
import { jsonError, requestOf, s3Error } from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import { asksRaw, heldOf, refuse } from './landing-probe.ts';
import type { FaultStand } from './stand.ts';
import { deployView, touchView, updateView, viewStateOf, withOtherSql } from './view-deployment.ts';
import { ViewReader } from './view-reader.ts';

type Play = (stand: FaultStand, reader: ViewReader) => Promise<number>;

/** Plays a fault while its view is read, and adds what was seen to the report. */
async function whileRead(stand: FaultStand, play: Play): Promise<FaultReport> {
  const reader = await ViewReader.start(stand);
  try {
    const injected = await play(stand, reader);
    await checkHistory(stand);
    const watched = await reader.stop();
    return { ...(await stand.report(injected)), watched };
  } finally {
    await reader.discard();
  }
}

/** History as a first run leaves it, if none was here yet; and something for the next to merge. */
async function withHistory(stand: FaultStand): Promise<void> {
  await stand.control();
  if ((await historyOf(stand)) === undefined) await compact(stand);
  await stand.produce(MORE_QUOTES);
  await stand.settle();
}

function expireCoveredOf({ client, lake, topic }: FaultStand): Promise<number> {
  return expireCovered(client.s3, outputOf(lake, 'lake', 'LakeBucketName'), topic);
}

const MORE_QUOTES = 40;
/** Answers while a client waits: not so many that it would give up. */
const FEW = 2;

/**
 * The run dies as it asks for the view to be moved, its commit being in the catalog. It is the first run ever, where no other
 * fault was played before.
 */
async function dieAfterCommit(stand: FaultStand, reader: ViewReader): Promise<number> {
  const before = await historyRows(stand);
  const view = await viewStateOf(stand, stand.topic);
  const run = await CompactRun.start(stand);
  let isCommitted = false;
  const commit = stand.intercept(commitsOfRuns, async ({ forward }) => {
    await reader.answers(FEW);
    await forward();
    // A new table is changed before rows come into it.
    isCommitted = (await historyRows(stand)) > before;
  });
  let killed = 0;
  const move = stand.intercept(requestOfRun('Invoke'), async ({ forward, reset }) => {
    if (!isCommitted) {
      await forward();
      return;
    }
    killed += 1;
    await reader.answers();
    run.kill();
    reset();
  });
  await reader.during(run.mustEnd('FAILED'));
  for (const rule of [commit, move]) rule.remove();
  assert.ok((await historyRows(stand)) > before, 'history has what was committed');
  assert.deepEqual(await viewStateOf(stand, stand.topic), view, 'and the view does not say so yet');
  // What the view still reads must not expire.
  await reader.between(async () => {
    await expireCoveredOf(stand);
  });
  await reader.answers();
  await reader.during(compact(stand));
  return killed;
}

/** Both read the same receipts, and want to commit at the same moment. */
async function runTwice(stand: FaultStand, reader: ViewReader): Promise<number> {
  const lines = new CompactLines(stand);
  const both = Promise.withResolvers<undefined>();
  let met = 0;
  const meeting = stand.intercept(commitsOfRuns, async ({ forward }) => {
    met += 1;
    if (met === 2) both.resolve(undefined);
    await both.promise;
    await forward();
  });
  const runs = await Promise.all([CompactRun.start(stand), CompactRun.start(stand)]);
  const ended = Promise.all(runs.map((run) => run.mustEnd('SUCCEEDED')));
  // A run that ends otherwise would never come to the meeting.
  ended.catch(() => {
    both.resolve(undefined);
  });
  await reader.during(ended);
  meeting.remove();
  assert.ok(met >= 2, 'two commits met');
  assert.ok(lines.count('starting over') > 0, 'one of them was too late, and knew it');
  return met;
}

/** S3 throttles, somebody else changes the table, and the view cannot be moved; then a run dies before its commit. */
async function refuseAll(stand: FaultStand, reader: ViewReader): Promise<number> {
  const fired = [await failMove(stand, reader), await dieBeforeCommit(stand, reader)];
  const view = stand.topic;
  // Somebody deploys at the same moment: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html
  let conflicts = 0;
  const rule = stand.intercept(movesOf(stand), async ({ forward }) => {
    rule.remove();
    await touchView(stand, view);
    const { body } = await forward();
    if (body.includes('ConcurrentModificationException')) conflicts += 1;
  });
  await reader.during(compact(stand));
  fired.push(conflicts);
  assert.ok(!fired.includes(0), `each of the three happened: ${fired.join(', ')}`);
  return fired.reduce((sum, times) => sum + times);
}

async function failMove(stand: FaultStand, reader: ViewReader): Promise<number> {
  const before = await historyRows(stand);
  const isHistory = (key = ''): boolean => key.startsWith(locations.history(stand.topic));
  let slow = 0;
  const puts = requestOfRun('PutObject', ({ key }) => isHistory(key));
  const throttled = stand.intercept(puts, async ({ forward, respond }) => {
    slow += 1;
    if (slow > THROTTLED) await forward();
    else respond(s3Error(503, 'SlowDown'));
  });
  let conflicts = 0;
  const commit = stand.intercept(commitsOfRuns, async ({ forward }) => {
    commit.remove();
    await touchHistory(stand);
    const { body } = await forward();
    if (body.includes('ConcurrentModificationException')) conflicts += 1;
  });
  const refused = stand.intercept(movesOf(stand), ({ respond }) => {
    respond(jsonError('AccessDeniedException'));
  });
  const run = await CompactRun.start(stand);
  await reader.during(run.mustEnd('FAILED'));
  for (const rule of [throttled, commit, refused]) rule.remove();
  assert.ok(slow > THROTTLED && conflicts > 0 && refused.fired > 0, 'throttled, overtaken, and refused');
  assert.ok((await historyRows(stand)) > before, 'it committed all the same');
  await reader.answers();
  return THROTTLED + conflicts + refused.fired;
}

/** Fewer than Iceberg's client is patient: https://iceberg.apache.org/docs/1.10.0/aws/#s3-retries */
const THROTTLED = 3;

async function dieBeforeCommit(stand: FaultStand, reader: ViewReader): Promise<number> {
  const [bucket, data] = [outputOf(stand.lake, 'lake', 'LakeBucketName'), locations.history(stand.topic)];
  const before = await historyRows(stand);
  const known = await stand.client.keys(bucket, data);
  const run = await CompactRun.start(stand);
  const commit = stand.intercept(commitsOfRuns, async ({ reset }) => {
    await reader.answers();
    run.kill();
    reset();
  });
  await reader.during(run.mustEnd('FAILED'));
  commit.remove();
  assert.equal(await historyRows(stand), before, 'nothing of it is history');
  const orphans = (await stand.client.keys(bucket, data)).filter(
    (key) => key.endsWith('.parquet') && !known.includes(key),
  );
  assert.ok(orphans.length > 0, 'but its files are there');
  return commit.fired;
}

function movesOf(stand: FaultStand): ReturnType<typeof requestOf> {
  return requestOf(stand, 'move-cut', ({ operation }) => operation === 'UpdateTable');
}

/** Deployments as CloudFormation has them, of a code that renders otherwise; and what is covered expires. */
async function deployAndExpire(stand: FaultStand, reader: ViewReader): Promise<number> {
  const { topic } = stand;
  await reader.during(compact(stand));
  let expired = 0;
  await reader.between(async () => {
    expired = await expireCoveredOf(stand);
  });
  assert.ok(expired > 0, 'files that history covers are tagged');
  const state = await viewStateOf(stand, topic);
  assert.ok(state.hasHistory && state.cut.length > 0);
  await reader.during(
    (async () => {
      for (const requestType of ['Update', 'Delete', 'Create'] as const) {
        const viewName = topic;
        const database = outputOf(stand.lake, 'lake', 'DatabaseName');
        const rendered = renderView({ database, viewName, ...state });
        await updateView(stand, { ...rendered, ViewOriginalText: withOtherSql(rendered.ViewOriginalText) });
        await deployView(stand, topic, requestType);
        assert.deepEqual(await viewStateOf(stand, topic), state, `the cut after ${requestType}`);
        await reader.answers();
      }
    })(),
  );
  // Receipts of the last minutes are looked at again, whose files are gone.
  await reader.during(compact(stand));
  return expired;
}

const PARTITION = 0;
const DIVERTED = 10;
const LONG_AGO = { latestUpdate: Date.parse('2012-06-01T15:00:00Z') };

/** What comes when its place is taken: a diverted batch, raw objects curated again, and quotes of years ago. */
const late: Fault = {
  number: 45,
  name: 'late records of any age while compaction runs',
  lake: 'diverting',
  async run(stand) {
    await withHistory(stand);
    const batch = await batchOf(stand, PARTITION, DIVERTED);
    const end = batch.first + DIVERTED;
    const refused = stand.intercept(asksRaw(stand, 'PutObject', PARTITION), async (interception) => {
      if (heldOf(interception).first >= end) await interception.forward();
      else await refuse(403, 'AccessDenied')(interception);
    });
    await produceBatches(stand, [batch]);
    const documents = await untilDiverted(stand, DIVERTED);
    refused.remove();
    await produceBatches(stand, [await batchOf(stand, PARTITION, 5)]);
    await stand.settle();

    return whileRead(stand, async (_, reader) => {
      const lines = new CompactLines(stand);
      const run = await CompactRun.start(stand);
      let coming: Promise<number> | undefined;
      let asked = 0;
      const commit = stand.intercept(commitsOfRuns, async ({ forward, reset }) => {
        asked += 1;
        const turn = asked;
        coming ??= comeLate(stand, documents);
        await coming;
        await reader.answers(FEW);
        // A client that waited too long has asked again: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        if (turn === asked) await forward();
        else reset();
      });
      await reader.during(run.mustEnd('SUCCEEDED'));
      commit.remove();
      assert.ok(coming, 'it came to its commit');
      const came = await coming;
      await reader.answers();
      assert.ok(lines.count('before the view moves') > 0, 'it saw what came, and started over');
      const { totals } = await stand.reconcile();
      assert.equal(totals.uncompacted, 0, 'what came below the cut is in history');
      return came;
    });
  },
};

/** Returns how many records and raw objects came, all of them curated by then. */
async function comeLate(stand: FaultStand, documents: readonly DivertedBatch[]): Promise<number> {
  await landAllDiverted(stand, documents);
  const old = await stand.quotes(PARTITION + 1, 10, LONG_AGO);
  await stand.produceForeign(old);
  const name = outputOf(stand.lake, 'pipeline', 'RequestCurationFunctionName');
  const { requested } = (await stand.client.invoke(name, { action: 'replay' })) as CurationRequestResult;
  assert.ok(requested > 0, 'raw objects are curated again');
  await stand.settle();
  return DIVERTED + old.length + requested;
}

export const faults: readonly Fault[] = [
  {
    number: 43,
    name: 'compaction killed between its commit and the move of the view',
    lake: 'dev',
    async run(stand) {
      await stand.control();
      return whileRead(stand, dieAfterCommit);
    },
  },
  {
    number: 44,
    name: 'two compactions of one topic at once',
    lake: 'dev',
    async run(stand) {
      await withHistory(stand);
      return whileRead(stand, runTwice);
    },
  },
  late,
  {
    number: 46,
    name: 'compaction throttled, overtaken, refused, and killed before its commit',
    lake: 'dev',
    async run(stand) {
      await withHistory(stand);
      return whileRead(stand, refuseAll);
    },
  },
  {
    number: 47,
    name: 'deployments after compaction, and covered files expired',
    lake: 'dev',
    async run(stand) {
      await withHistory(stand);
      return whileRead(stand, deployAndExpire);
    },
  },
];
