/** Faults after which the event source gives records up: they are diverted whole to the raw bucket, and landed from there. */
import assert from 'node:assert/strict';
import type { DivertedBatch } from '../../cli/replay/diverted-batch.ts';
import type { Interception } from '../../local/gateway/interception.ts';
import { batchOf, part, produceBatches } from './batches.ts';
import { landAllDiverted, landDiverted, untilDiverted } from './diversion-probe.ts';
import type { Fault } from './fault.ts';
import {
  asksRaw,
  heldOf,
  heldOffsets,
  killLanding,
  play,
  rawLayout,
  refuse,
  untilRawLayout,
} from './landing-probe.ts';
import { divertSoon, kafkaMapping } from './shorten-waits.ts';
import type { FaultStand } from './stand.ts';

const refused = refuse(403, 'AccessDenied');

/** Until it is landed, what is diverted counts as lost. */
async function assertMissing(stand: FaultStand, records: number): Promise<void> {
  assert.equal((await stand.reconcile()).totals.lost, records);
}

const zombie: Fault = {
  number: 9,
  name: 'a zombie invocation finishing after its successor',
  lake: 'diverting',
  async run(stand) {
    await stand.control();
    const before = await batchOf(stand, 0, 15);
    const { first } = before;
    await produceBatches(stand, [before]);
    await untilRawLayout(stand, 0, first, '0-14');

    const hanging = Promise.withResolvers<Interception>();
    const isOver = Promise.withResolvers<undefined>();
    let injected = 0;
    const fault = stand.intercept(asksRaw(stand, 'PutObject', 0), async (interception) => {
      const held = heldOf(interception);
      if (held.first === first + 15 && held.last === first + 34) {
        injected += 1;
        hanging.resolve(interception);
        await isOver.promise;
      } else if (held.first < first + 25) {
        injected += 1;
        await refused(interception);
      } else {
        await interception.forward();
      }
    });
    await produceBatches(stand, [await batchOf(stand, 0, 20)]);
    const zombiePut = await hanging.promise;
    const batches = await untilDiverted(stand, 10);
    assert.ok(batches.every(({ condition }) => condition === 'RetryAttemptsExhausted'));
    await untilRawLayout(stand, 0, first, '0-14 | @15 25-34');
    const { status } = await zombiePut.forward();
    isOver.resolve(undefined);
    assert.equal(status, 412, 'what the zombie wanted is taken');
    assert.equal(await rawLayout(stand, 0, first), '0-14 | @15 25-34');
    fault.remove();

    await stand.settle();
    await assertMissing(stand, 10);
    await landAllDiverted(stand, batches);
    const fills = Array.from({ length: 10 }, (_, index) => ` | fill ${15 + index}`).join('');
    assert.equal(await rawLayout(stand, 0, first), `0-14 | @15 25-34${fills}`);
    return stand.report(injected);
  },
};

const wholeBatch: Fault = {
  number: 13,
  name: 'whole batch fails to the limit, is diverted, then replayed',
  lake: {
    stage: 'prod',
    change: (template) => {
      divertSoon(template);
      // Halved, it would be diverted record by record.
      kafkaMapping(template('pipeline'))['BisectBatchOnFunctionError'] = false;
    },
  },
  async run(stand) {
    await stand.control();
    const batches = await Promise.all([0, 1, 2, 3].map((partition) => batchOf(stand, partition, 10)));
    const faults = batches.map(({ partition }) =>
      stand.intercept(asksRaw(stand, 'PutObject', partition), refused),
    );
    await produceBatches(stand, batches);
    const documents = await untilDiverted(stand, 40);
    for (const fault of faults) fault.remove();
    await assertMissing(stand, 40);

    // Partition 0 goes on meanwhile, so that its records become fills; the others extend their chains.
    const later = await batchOf(stand, 0, 5);
    await produceBatches(stand, [later]);
    await untilRawLayout(stand, 0, later.first, `@-10 0-4`);
    await landAgainAndAgain(stand, documents);
    const { first = 0 } = batches[0] ?? {};
    const fills = Array.from({ length: 10 }, (_, index) => ` | fill ${index}`).join('');
    assert.equal(await rawLayout(stand, 0, first), `@0 10-14${fills}`);
    for (const { partition, first: start } of batches.slice(1)) {
      assert.equal(await rawLayout(stand, partition, start), '0-9');
    }
    return stand.report(faults.reduce((sum, { fired }) => sum + fired, 0));
  },
};

/** Lands what is diverted by a function that dies in between, then all, and then what is no longer there. */
async function landAgainAndAgain(stand: FaultStand, documents: readonly DivertedBatch[]): Promise<void> {
  const ofPartition0 = documents.find(({ ranges }) => ranges.some(({ partition }) => partition === 0));
  assert.ok(ofPartition0);
  const dies = play(stand, asksRaw(stand, 'PutObject', 0), [
    async ({ forward }) => {
      await forward();
      killLanding(stand);
    },
  ]);
  await assert.rejects(landDiverted(stand, ofPartition0), /Runtime\.ExitError/);
  assert.equal(dies.steps, 1);
  await landAllDiverted(stand, documents);
  await assert.rejects(landDiverted(stand, ofPartition0), /no such diverted batch/);
}

/** Of a synchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** What base64 leaves of it, less what an event has around one value. */
const FITS_BYTES = Math.floor((MAX_EVENT_BYTES * 3) / 4) - 4096;

const tooLarge: Fault = {
  number: 14,
  name: 'a record over the payload limit',
  lake: 'diverting',
  async run(stand) {
    await stand.control();
    const small = await batchOf(stand, 1, 4);
    const [before, between, after] = [part(small, 0, 1), part(small, 1, 3), part(small, 3)].map(
      ({ records }) => records,
    );
    const [fits] = await stand.quotes(1, 1, { companyName: 'x'.repeat(FITS_BYTES) });
    const [passes] = await stand.quotes(1, 1, { companyName: 'x'.repeat(MAX_EVENT_BYTES) });
    assert.ok(fits && passes);
    const records = [...(before ?? []), fits, ...(between ?? []), passes, ...(after ?? [])];
    // Compressed on the topic it is small: a broker limits what it stores.
    await stand.produceForeign(records, { gzip: true });
    const documents = await untilDiverted(stand, 1);
    assert.deepEqual(
      documents.map(({ condition, ranges }) => [condition, ranges[0]?.first]),
      [['MaximumPayloadSizeExceeded', small.first + 4]],
    );
    await stand.settle();
    await assertMissing(stand, 1);
    assert.deepEqual(await heldOffsets(stand, 1, small.first), [0, 1, 2, 3, 5]);
    await landAllDiverted(stand, documents);
    assert.deepEqual(await heldOffsets(stand, 1, small.first), [0, 1, 2, 3, 4, 5]);
    return stand.report(documents.length);
  },
};

export const faults: readonly Fault[] = [zombie, wholeBatch, tooLarge];
