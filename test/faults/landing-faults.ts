/** Faults of landing against an S3 that misbehaves. */
import assert from 'node:assert/strict';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { rawKey } from '../../core/layout.ts';
import { until } from '../helpers/until.ts';
import { type Batch, batchOf, landBeside, part, produceBatches } from './batches.ts';
import { DEADLINE_MS, s3Error } from './evidence.ts';
import type { Fault } from './fault.ts';
import {
  asksRaw,
  doAndRefuse,
  killLanding,
  LandingLines,
  type Played,
  play,
  rawLayout,
  refuse,
  type Step,
} from './landing-probe.ts';
import { type FaultStand, PARTITIONS } from './stand.ts';

const RECORDS = 10;

/** A batch of each partition, and steps for the first PUTs of its raw objects. */
async function withSteps(
  stand: FaultStand,
  steps: (batch: Batch) => readonly Step[],
): Promise<{ readonly batches: readonly Batch[]; readonly played: () => number }> {
  const batches: Batch[] = [];
  const scripts: Played[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const batch = await batchOf(stand, partition, RECORDS);
    batches.push(batch);
    scripts.push(play(stand, asksRaw(stand, 'PutObject', partition), steps(batch)));
  }
  return { batches, played: () => scripts.reduce((sum, script) => sum + script.steps, 0) };
}

/** Which raw objects the batches have become. */
async function layouts(stand: FaultStand, batches: readonly Batch[]): Promise<string[]> {
  return Promise.all(batches.map(({ partition, first }) => rawLayout(stand, partition, first)));
}

const unavailable: Fault = {
  number: 4,
  name: 'S3 500, 503, 429 twice',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const error = 'InternalError';
    const { batches, played } = await withSteps(
      stand,
      ({ partition }) =>
        [
          [refuse(500, error), doAndRefuse(500, error)],
          [refuse(503, 'SlowDown'), doAndRefuse(503, 'ServiceUnavailable')],
          [refuse(429, 'TooManyRequests'), refuse(429, 'TooManyRequests')],
          // More than the client's own attempts: the function fails, and the event comes again.
          [500, 503, 429, 500, 503, 429].map((status) => refuse(status, error)),
        ][partition] ?? [],
    );
    const readsRefused = play(stand, ({ operation }) => operation === 'ListObjectsV2', [
      refuse(503, 'SlowDown'),
      refuse(500, error),
    ]);
    await produceBatches(stand, batches);
    await stand.settle();
    assert.equal(played(), 2 + 2 + 2 + 6, 'PUTs refused');
    assert.equal(readsRefused.steps, 2, 'listings refused');
    assert.deepEqual(await layouts(stand, batches), Array(PARTITIONS).fill('0-9'));
    await until('one event was to fail for good', () => lines.errors('STORE_UNAVAILABLE') > 0, DEADLINE_MS);
    return stand.report(played() + readsRefused.steps);
  },
};

const resetAfterPut: Fault = {
  number: 5,
  name: 'connection reset after S3 stored the object',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const reset: Step = async ({ forward, reset: destroy }) => {
      await forward();
      destroy();
    };
    // Once, and as often as the client tries, so that the whole event comes again.
    const { batches, played } = await withSteps(stand, ({ partition }) =>
      partition % 2 === 0 ? [reset] : [reset, reset, reset, reset],
    );
    await produceBatches(stand, batches);
    await stand.settle();
    assert.deepEqual(await layouts(stand, batches), Array(PARTITIONS).fill('0-9'));
    await until('all was to be found landed', () => lines.trimmed >= PARTITIONS * RECORDS, DEADLINE_MS);
    await until('one event was to fail for good', () => lines.errors('STORE_UNAVAILABLE') > 0, DEADLINE_MS);
    return stand.report(played());
  },
};

const preconditionFailed: Fault = {
  number: 6,
  name: '412 with different bytes',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const [shorter, longer, foreign] = [
      await batchOf(stand, 0, RECORDS),
      await batchOf(stand, 1, RECORDS + 5),
      await batchOf(stand, 2, RECORDS),
    ];
    const answers: number[] = [];
    const overtake = (by: () => Promise<void>): Step[] => [
      async ({ forward }) => {
        await by();
        answers.push((await forward()).status);
      },
    ];
    play(
      stand,
      asksRaw(stand, 'PutObject', 0),
      overtake(() => landBeside(stand, part(shorter, 0, 4))),
    );
    const overtakenByLonger = async (): Promise<void> => {
      await produceBatches(stand, [part(longer, RECORDS)]);
      await landBeside(stand, longer);
    };
    play(stand, asksRaw(stand, 'PutObject', 1), overtake(overtakenByLonger));
    const intruder = new Intruder(stand, foreign);
    play(
      stand,
      asksRaw(stand, 'PutObject', 2),
      overtake(() => intruder.land()),
    );

    await produceBatches(stand, [shorter, part(longer, 0, RECORDS), foreign]);
    await until('the other record to be noticed', () => lines.errors('LOG_OVERLAP_DIFFERS') > 0);
    await intruder.assertUntouched();
    await intruder.remove();
    await stand.settle();
    assert.deepEqual(answers, [412, 412, 412]);
    assert.deepEqual(await layouts(stand, [shorter, longer, foreign]), ['0-3 | 4-9', '0-14', '0-9']);
    return stand.report(answers.length);
  },
};

/** Somebody else's record under an offset of the batch, which curation is not told of. */
class Intruder {
  readonly #stand: FaultStand;
  readonly #batch: Batch;
  readonly #key: string;

  constructor(stand: FaultStand, batch: Batch) {
    const { topic, lake } = stand;
    this.#stand = stand;
    this.#batch = batch;
    this.#key = rawKey({ topic, logId: logIdOf(lake), partition: batch.partition }, batch.first);
  }

  async land(): Promise<void> {
    const unheard = this.#stand.interceptEvents(async ({ key }, deliver) => {
      if (key !== this.#key) await deliver();
    });
    const [record] = await this.#stand.quotes(this.#batch.partition, 1);
    if (record === undefined) throw new Error('no record');
    await landBeside(this.#stand, { ...this.#batch, records: [{ ...record, timestampMs: 1 }] });
    await until('its event', () => unheard.fired > 0);
    unheard.remove();
  }

  /** Neither the record nor anything behind it is trimmed away or landed. */
  async assertUntouched(): Promise<void> {
    assert.equal(await rawLayout(this.#stand, this.#batch.partition, this.#batch.first), '0');
  }

  async remove(): Promise<void> {
    const Bucket = outputOf(this.#stand.lake, 'lake', 'RawBucketName');
    await this.#stand.client.s3.send(new DeleteObjectCommand({ Bucket, Key: this.#key }));
    // Landing relies on raw objects staying: whoever landed this one would extend the chain behind it.
    killLanding(this.#stand);
  }
}

const conflict: Fault = {
  number: 7,
  name: '409 conflict',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const lines = new LandingLines(stand);
    const conflicted = refuse(409, 'ConditionalRequestConflict');
    const { batches, played } = await withSteps(stand, (batch) => {
      const overtaken: Step = async (interception) => {
        await landBeside(stand, part(batch, 0, 4));
        await conflicted(interception);
      };
      // Twice; for longer than landing waits; and by somebody who then lands.
      return [[conflicted, conflicted], Array<Step>(7).fill(conflicted), [overtaken]][batch.partition] ?? [];
    });
    await produceBatches(stand, batches);
    await stand.settle();
    assert.equal(played(), 2 + 7 + 1, 'PUTs refused');
    assert.deepEqual(await layouts(stand, batches), ['0-9', '0-9', '0-3 | 4-9', '0-9']);
    await until('one event was to fail for good', () => lines.errors('STORE_UNAVAILABLE') > 0, DEADLINE_MS);
    return stand.report(played());
  },
};

const lateError: Fault = {
  number: 8,
  name: '200 whose body says PreconditionFailed',
  lake: 'dev',
  async run(stand) {
    await stand.control();
    const late: Step = ({ respond }) => {
      respond({ ...s3Error(412, 'PreconditionFailed'), status: 200 });
    };
    const { batches, played } = await withSteps(stand, (batch) => {
      const stored: Step = async (interception) => {
        await interception.forward();
        await late(interception);
      };
      const overtaken: Step = async (interception) => {
        await landBeside(stand, part(batch, 0, 4));
        await late(interception);
      };
      // Nothing is stored; all is, and the answer is wrong; somebody else's is.
      return [[late, late], [stored], [overtaken]][batch.partition] ?? [];
    });
    await produceBatches(stand, batches);
    await stand.settle();
    assert.deepEqual(await layouts(stand, batches), ['0-9', '0-9', '0-3 | 4-9', '0-9']);
    return stand.report(played());
  },
};

export const faults: readonly Fault[] = [unavailable, resetAfterPut, preconditionFailed, conflict, lateError];
