import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  partitionsTouched,
  producerPeriodSeconds,
  runsOfExpression,
  watchedShare,
} from '../../../cli/cost/flow.ts';
import { ROUND, resource, watchlist } from './stage.ts';

test.each([
  ['rate(1 minute)', 43_800],
  ['rate(15 minutes)', 2920],
  ['rate(1 hour)', 730],
  ['rate(7 days)', 730 / 168],
  ['cron(10 * * * ? *)', 730],
  ['cron(10 6 * * ? *)', 730 / 24],
  ['cron(10 0/6 * * ? *)', 730 / 6],
  ['cron(0/15 * * * ? *)', 2920],
  ['cron(0,30 8-9 * * ? *)', 730 / 6],
  ['cron(15 9 ? * MON-FRI *)', (730 / 24) * (5 / 7)],
  ['cron(15 9 1 * ? *)', 1],
  ['', 0],
])('%s runs %d times a month', (expression, runs) => {
  expect(runsOfExpression(expression)).toBeCloseTo(runs, 9);
});

test('one record is in one partition, and many are in all', () => {
  expect(partitionsTouched(0, 4)).toBe(0);
  expect(partitionsTouched(1, 4)).toBe(1);
  // 4 × (1 − 9/16)
  expect(partitionsTouched(2, 4)).toBe(1.75);
  expect(partitionsTouched(10_000, 4)).toBeCloseTo(4, 9);
});

test('more records are in no fewer partitions, and in no more than there are', () => {
  const records = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(records, records, fc.integer({ min: 1, max: 100 }), (one, other, partitions) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)].map((each) =>
        partitionsTouched(each, partitions),
      );
      expect(more).toBeGreaterThanOrEqual((less ?? 0) * (1 - 1e-12));
      expect(more).toBeLessThanOrEqual(partitions);
    }),
  );
});

test('the watchlist keeps its share of the symbols, all of them at most, none where there is no watchlist', () => {
  expect(watchedShare([watchlist], { ...ROUND, symbols: 10 })).toBe(0.1);
  expect(watchedShare([watchlist], { ...ROUND, symbols: 0.5 })).toBe(1);
  expect(watchedShare([], ROUND)).toBe(0);
});

test("the producer's period is that of its schedule", () => {
  const schedule = resource('AWS::Scheduler::Schedule', 'Schedule', {
    ScheduleExpression: 'rate(5 minutes)',
    Target: { Arn: { 'Fn::GetAtt': ['QuoteProducerProduceQuotesHandler', 'Arn'] } },
  });
  expect(producerPeriodSeconds([schedule])).toBe(300);
  expect(producerPeriodSeconds([])).toBe(60);
});
