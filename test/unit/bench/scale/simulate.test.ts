/** The simulation against what must hold of any pipeline, whatever its size. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventQueue } from '../../../../bench/scale/event-queue.ts';
import { SimulatedStore } from '../../../../bench/scale/object-store.ts';
import { simulate } from '../../../../bench/scale/simulate.ts';
import type { LandedObject } from '../../../../bench/scale/simulated-landing.ts';
import { flowOf, type Sizing } from '../../../../bench/scale/sizing.ts';
import { TokenBucket } from '../../../../bench/scale/token-bucket.ts';
import { FIGURES, SIZING } from './figures.ts';

interface Observed {
  readonly what: 'landed' | 'curated';
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly atSeconds: number;
}

const anySizing: fc.Arbitrary<Sizing> = fc
  .record({
    quotesPerSecond: fc.integer({ min: 20, max: 3000 }),
    partitions: fc.integer({ min: 1, max: 8 }),
    batchRecords: fc.integer({ min: 50, max: 5000 }),
    batchWindowSeconds: fc.integer({ min: 0, max: 5 }),
    messagesEach: fc.integer({ min: 1, max: 10 }),
    curateConcurrency: fc.integer({ min: 1, max: 8 }),
    pollers: fc.integer({ min: 1, max: 8 }),
  })
  .map((sizing) => ({ ...SIZING, ...sizing, pollers: Math.min(sizing.pollers, sizing.partitions) }))
  .filter(keepsUp);

/** With a half to spare: what does not is never done, so that nothing could be said of it at the end. */
function keepsUp(sizing: Sizing): boolean {
  // A window of 0 gathers what came while the batch before was landed: at worst a record each.
  const worst = flowOf({ ...sizing, batchWindowSeconds: Math.max(sizing.batchWindowSeconds, 0.2) }, FIGURES);
  const curatedPerSecond =
    (sizing.curateConcurrency * sizing.messagesEach) / worst.curateSecondsPerInvocation;
  return curatedPerSecond > worst.objectsPerSecond * 1.5 && worst.landConcurrency * 1.5 < sizing.pollers;
}

describe('whatever the size, and whether or not landing fails for a while', () => {
  test('each record is landed once and curated once, in order within its partition, and nothing is lost', () => {
    fc.assert(
      fc.property(anySizing, fc.boolean(), fc.nat(1000), (sizing, hasOutage, seed) => {
        const seen: Observed[] = [];
        const { produced, landed, curated } = simulate(
          {
            sizing,
            seconds: 20,
            drainSeconds: 600,
            ...(hasOutage && { outage: { fromSeconds: 5, seconds: 8 } }),
            seed,
            observe: (what, { log, from, to }: LandedObject, atSeconds) => {
              seen.push({ what, partition: log.partition, from, to, atSeconds });
            },
          },
          FIGURES,
        );
        expect([landed, curated]).toEqual([produced, produced]);
        for (const some of Map.groupBy(seen, ({ partition }) => partition).values()) {
          const [landings, curations] = (['landed', 'curated'] as const).map((what) =>
            some.filter((each) => each.what === what),
          );
          // In the order of time each begins where the one before ended.
          expect(landings?.map(({ from }) => from)).toEqual([
            0,
            ...(landings ?? []).slice(0, -1).map(({ to }) => to),
          ]);
          expect(
            (landings ?? []).every(({ from, to }) => to > from && to - from <= sizing.batchRecords),
          ).toBe(true);
          const landedAt = new Map(landings?.map(({ from, atSeconds }) => [from, atSeconds]));
          expect(curations?.map(({ from }) => from).sort((a, b) => a - b)).toEqual(
            landings?.map(({ from }) => from),
          );
          expect(
            curations?.every(({ from, atSeconds }) => atSeconds > (landedAt.get(from) ?? Infinity)),
          ).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('the same seed gives the same figures, and another one others', () => {
    const run = (seed: number) => simulate({ sizing: SIZING, seconds: 60, seed }, FIGURES);
    expect(run(1)).toEqual(run(1));
    expect(run(2).samples).not.toEqual(run(1).samples);
  });

  test("records on their way are those that come times how long they take: Little's law", () => {
    fc.assert(
      fc.property(anySizing, fc.nat(1000), (sizing, seed) => {
        const [seconds, drainSeconds] = [120, 600];
        const { produced, meanRecords, meanSeconds } = simulate(
          { sizing, seconds, drainSeconds, seed, sampleSeconds: 0.1 },
          FIGURES,
        );
        const expected = (produced / (seconds + drainSeconds)) * meanSeconds;
        expect(Math.abs(meanRecords / expected - 1)).toBeLessThan(0.05);
      }),
      { numRuns: 5 },
    );
  });
});

test('a poller hands over no more than 5 MB a second', () => {
  const quotesPerSecond = 60_000;
  const sizing = { ...SIZING, quotesPerSecond, partitions: 1, pollers: 1, batchRecords: 10_000 };
  const { landed } = simulate({ sizing, seconds: 60, seed: 1 }, FIGURES);
  const megabytesPerSecond = (landed * FIGURES.recordBytes) / 60 / 1e6;
  expect(megabytesPerSecond).toBeGreaterThan(4.5);
  // What the first second's credit adds.
  expect(megabytesPerSecond).toBeLessThanOrEqual(5.1);
});

describe('S3', () => {
  test('a prefix takes its rate, and the rest comes again after 503; other prefixes do not notice', () => {
    const clock = new EventQueue();
    const store = new SimulatedStore(clock, [100, 200], 1);
    const done = { busy: 0, calm: 0 };
    for (let put = 0; put < 5000; put += 1) {
      store.request('PUT', 'busy', (isDone) => {
        if (isDone) done.busy += 1;
      });
    }
    store.request('PUT', 'calm', () => {
      done.calm += 1;
    });
    clock.runUntil(60);
    expect(done).toEqual({ busy: 5000, calm: 1 });
    expect(store.throttled).toBeGreaterThanOrEqual(1500);
    expect(store.refused).toBe(0);
  });

  test('gives up after the attempts that the client makes', () => {
    const clock = new EventQueue();
    const store = new SimulatedStore(clock, [1, 1], 1);
    let failed = 0;
    for (let put = 0; put < 25_000; put += 1) {
      store.request('PUT', 'busy', (isDone) => {
        if (!isDone) failed += 1;
      });
    }
    clock.runUntil(60);
    expect(failed).toBeGreaterThan(0);
    expect(store.refused).toBe(failed);
  });
});

test('what is scheduled happens in the order of time, and of scheduling where times are equal', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const clock = new EventQueue();
      const happened: [number, number][] = [];
      times.forEach((seconds, order) => {
        clock.schedule(seconds, () => {
          expect(clock.nowSeconds).toBe(seconds);
          happened.push([seconds, order]);
        });
      });
      clock.runUntil(20);
      expect(happened).toEqual(
        times
          .map((seconds, order): [number, number] => [seconds, order])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      );
    }),
  );
});

test('a bucket of tokens gives out its rate, and no more at once than it saved', () => {
  const bucket = new TokenBucket(10, 20);
  const taken = Array.from({ length: 1000 }, (_, step) => bucket.tryTake(1, step / 100)).filter(
    Boolean,
  ).length;
  expect(taken).toBe(20 + 99);
  expect(new TokenBucket(10).reserve(30, 0)).toBeCloseTo(2, 9);
});
