/** Faults of landing whose function dies, and whose batches come again in other boundaries. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import { batchOf, produceBatches } from './batches.ts';
import { rewind, whileNobodyPolls } from './event-source-control.ts';
import { DEADLINE_MS } from './evidence.ts';
import type { Fault } from './fault.ts';
import {
  asksRaw,
  killLanding,
  LandingLines,
  play,
  rawLayout,
  refuse,
  type Step,
  untilRawLayout,
} from './landing-probe.ts';
import type { FaultStand } from './stand.ts';

/** S3 does it, and the function dies before it is told. */
function doAndDie(stand: FaultStand): Step {
  return async ({ forward, reset }) => {
    const { status } = await forward();
    assert.equal(status, 200);
    killLanding(stand);
    reset();
  };
}

const crashAfterPut: Fault = {
  number: 1,
  name: 'crash after the raw PUT, before the return',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const batches = await Promise.all([0, 1, 2, 3].map((partition) => batchOf(stand, partition, 10)));
    const died = Promise.withResolvers<undefined>();
    // Two partitions are landed; the requests of the other two die with the function.
    const stored = [0, 1].map((partition) =>
      play(stand, asksRaw(stand, 'PutObject', partition), [
        async ({ forward, reset }) => {
          assert.equal((await forward()).status, 200);
          if (stored.every(({ steps }) => steps === 1)) {
            killLanding(stand);
            died.resolve(undefined);
          }
          await died.promise;
          reset();
        },
      ]),
    );
    const unsent = [2, 3].map((partition) =>
      play(stand, asksRaw(stand, 'PutObject', partition), [
        async ({ reset }) => {
          await died.promise;
          reset();
        },
      ]),
    );
    await produceBatches(stand, batches);
    await stand.settle();
    for (const { partition, first } of batches) {
      assert.equal(await rawLayout(stand, partition, first), '0-9');
    }
    await until('what was landed was to be recognised', () => lines.trimmed >= 20, DEADLINE_MS);
    return stand.report([...stored, ...unsent].reduce((sum, { steps }) => sum + steps, 0));
  },
};

const smallerBatches: Fault = {
  number: 2,
  name: 'replay in smaller batches',
  // Its event source halves what failed.
  lake: 'prod',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const batch = await batchOf(stand, 0, 40);
    const die: Step = ({ reset }) => {
      killLanding(stand);
      reset();
    };
    // 40 fail, their first half is landed and never said to be, and is halved again wherever it is found landed.
    const puts = play(stand, asksRaw(stand, 'PutObject', 0), [refuse(403, 'AccessDenied'), doAndDie(stand)]);
    const reads = play(stand, asksRaw(stand, 'GetObject', 0), [die, die]);
    await produceBatches(stand, [batch]);
    await stand.settle();
    assert.equal(await rawLayout(stand, 0, batch.first), '0-19 | 20-39');
    const sizes = lines.landed().map(({ records, trimmed }) => [records, trimmed]);
    assert.deepEqual(sizes, [3, 2, 5, 10].map((size) => [size, size]).concat([[20, 0]]));
    return stand.report(puts.steps + reads.steps);
  },
};

const mergedBatches: Fault = {
  number: 3,
  name: 'replay in merged batches',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const first = await batchOf(stand, 0, 10);
    let layout = '0-9';
    await produceBatches(stand, [first]);
    await untilRawLayout(stand, 0, first.first, layout);
    for (const from of [10, 20]) {
      await produceBatches(stand, [await batchOf(stand, 0, 10)]);
      layout += ` | ${from}-${from + 9}`;
      await untilRawLayout(stand, 0, first.first, layout);
    }
    await whileNobodyPolls(stand, async () => {
      await rewind(stand, 0, first.first);
      await produceBatches(stand, [await batchOf(stand, 0, 10)]);
    });
    await stand.settle();
    assert.equal(await rawLayout(stand, 0, first.first), `${layout} | 30-39`);
    const last = lines.landed().at(-1);
    assert.deepEqual([last?.['records'], last?.['trimmed'], last?.['landed']], [40, 30, 10]);
    return stand.report(Number(last?.['trimmed']));
  },
};

export const faults: readonly Fault[] = [crashAfterPut, smallerBatches, mergedBatches];
