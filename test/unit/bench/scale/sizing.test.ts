/** Sizes by arithmetic that a reader can do again, and checks of sizes that can fail. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bindingLimits } from '../../../../bench/scale/binding.ts';
import { checkLoad, failuresOf } from '../../../../bench/scale/checks.ts';
import { demandOf } from '../../../../bench/scale/demand.ts';
import { judgeSizing } from '../../../../bench/scale/keeps-up.ts';
import { LIMITS } from '../../../../bench/scale/limits.ts';
import { flowOf, LADDER, rungBelow, rungFor, sizeFor } from '../../../../bench/scale/sizing.ts';
import { FIGURES } from './figures.ts';

describe('a size', () => {
  test('has a poller and a partition for each 5 MB/s of four thirds of the load', () => {
    // 100,000 quotes of 200 bytes are 20 MB/s: four thirds are 26.7, of which a poller takes 5.
    expect(sizeFor(100_000, FIGURES)).toMatchObject({ pollers: 6, partitions: 6, batchRecords: 10_000 });
    expect(sizeFor(10, FIGURES)).toMatchObject({ pollers: 1, partitions: 1, curateConcurrency: 2 });
  });

  test('never becomes smaller with more load', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000_000 }),
        fc.integer({ min: 1, max: 5_000_000 }),
        (one, other) => {
          const [less, more] = [one, other].sort((a, b) => a - b).map((load) => sizeFor(load, FIGURES));
          expect(less?.pollers).toBeLessThanOrEqual(more?.pollers ?? 0);
          expect(less?.curateConcurrency).toBeLessThanOrEqual(more?.curateConcurrency ?? 0);
        },
      ),
    );
  });

  test('keeps each batch within an event of 6 MB', () => {
    const large = { ...FIGURES, eventBytes: 2000 };
    expect(sizeFor(100_000, large).batchRecords * large.eventBytes).toBeLessThanOrEqual(
      LIMITS.payload.value * 1e6,
    );
  });

  test('is a rung of the ladder; beyond it there is an error that says what to do', () => {
    expect([rungFor(0.1), rungFor(5), rungFor(33)]).toEqual([1, 6, 48]);
    expect([rungBelow(6), rungBelow(1)]).toEqual([4, undefined]);
    expect(() => rungFor(LADDER.at(-1) ?? 0 + 1)).not.toThrow();
    expect(() => rungFor(1001)).toThrow(/several lakes/);
  });
});

describe('demand', () => {
  test('follows from the size', () => {
    const sizing = sizeFor(100_000, FIGURES);
    const { objectsPerSecond, recordsPerObject } = flowOf(sizing, FIGURES);
    expect([objectsPerSecond, recordsPerObject]).toEqual([10, 10_000]);
    const demand = demandOf(sizing, FIGURES);
    expect(demand).toMatchObject({
      megabytesIn: 20,
      megabytesOut: 40,
      filesPerDay: 234_000,
      isServerlessEnough: true,
    });
    // An hour's 360 million rows are 24,480 core seconds, in half an hour, four cores a worker.
    expect(demand.compactionWorkers).toBe(1 + 4);
  });

  test('has brokers for a week of records on standard disks', () => {
    const demand = demandOf(sizeFor(1_000_000, FIGURES), FIGURES);
    expect(demand.isServerlessEnough).toBe(false);
    expect(demand.brokerStorageGiB).toBeLessThanOrEqual(LIMITS.standardStorage.value);
    expect(demand.standardBrokers % 3).toBe(0);
  });
});

test('limits bind from the smallest load on, and a poller binds first', () => {
  const loads = bindingLimits(FIGURES).map(({ quotesPerSecond }) => quotesPerSecond);
  expect(loads).toEqual(loads.toSorted((a, b) => a - b));
  expect(bindingLimits(FIGURES)[0]).toMatchObject({ limit: 'poller', quotesPerSecond: 25_000 });
});

describe('the check of a size', () => {
  const checked = checkLoad(100_000, FIGURES);

  test('passes the derived size, and fails what is a rung smaller', () => {
    expect(failuresOf(checked)).toEqual([]);
    expect(checked.derived.keepsUp).toBe(true);
    expect(checked.smaller.map(({ what, keepsUp }) => [what, keepsUp])).toEqual([
      ['4 partitions and pollers', false],
      ['2 invocations of curation', false],
    ]);
  });

  test('gives the smallest size more than it is for, since nothing is smaller', () => {
    const { derived, smaller } = checkLoad(1000, FIGURES);
    expect(derived.keepsUp).toBe(true);
    expect(smaller).toMatchObject([{ quotesPerSecond: 20_625, keepsUp: false }]);
  });

  test('says of a size that is too large that a smaller one would do', () => {
    const tooLarge = { ...checked, smaller: [{ ...checked.derived, what: '6 pollers' }] };
    expect(failuresOf(tooLarge)).toEqual([
      '100,000 quotes/s: 6 pollers would do, so the derived size is too large',
    ]);
  });

  test('fails a size whose lag grows without an outage', () => {
    const sizing = { ...sizeFor(100_000, FIGURES), pollers: 2, partitions: 2 };
    expect(judgeSizing(sizing, FIGURES)).toMatchObject({ keepsUp: false, recoverySeconds: undefined });
  });
});
