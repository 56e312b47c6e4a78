import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sessionOnOrAfter } from '../../../core/market-calendar.ts';
import { dueSince, freshnessQuery, freshnessSeconds } from '../../../lambdas/probe-freshness/freshness.ts';

const at = (text: string): number => Date.parse(text);
/** Friday 2026-11-20, in New York from 9:30 to 16:00. */
const OPEN = at('2026-11-20T14:30:00Z');

describe('records are due', () => {
  test.each([
    ['at the open', '2026-11-20T14:30:00Z', OPEN],
    ['until the close', '2026-11-20T21:00:00Z', OPEN],
    ['not before the open', '2026-11-20T14:29:59Z', undefined],
    ['not after the close', '2026-11-20T21:00:01Z', undefined],
    ['not at night', '2026-11-20T04:00:00Z', undefined],
    ['not on Saturday', '2026-11-21T16:00:00Z', undefined],
    ['not on Thanksgiving', '2026-11-26T16:00:00Z', undefined],
    ['an hour earlier in summer', '2026-07-02T13:30:00Z', at('2026-07-02T13:30:00Z')],
  ])('%s', (_when, now, since) => {
    expect(dueSince(at(now), true)).toBe(since);
  });

  test('never where no schedule produces any', () => {
    expect(dueSince(OPEN + 1, false)).toBeUndefined();
  });
});

describe('freshness', () => {
  test('is the age of the newest record', () => {
    expect(freshnessSeconds(OPEN + 600_000, OPEN, OPEN + 540_000)).toBe(60);
  });

  test('counts from the open before there is a record of the day', () => {
    expect(freshnessSeconds(OPEN + 90_000, OPEN, at('2026-11-19T21:00:00Z'))).toBe(90);
    expect(freshnessSeconds(OPEN + 90_000, OPEN, undefined)).toBe(90);
  });

  test('of a record from a clock ahead is 0', () => {
    expect(freshnessSeconds(OPEN + 1000, OPEN, OPEN + 5000)).toBe(0);
  });

  test('is never more than a session is long, so that no night is ever counted', () => {
    const days = fc.integer({ min: at('2020-01-01') / 86_400_000, max: at('2035-01-01') / 86_400_000 });
    fc.assert(
      fc.property(
        days,
        fc.nat({ max: 390 * 60_000 }),
        fc.option(fc.nat(), { nil: undefined }),
        (day, inMs, ageMs) => {
          const { openMs, closeMs } = sessionOnOrAfter(day);
          const nowMs = openMs + inMs;
          const since = dueSince(nowMs, true) ?? Number.NaN;
          const seconds = freshnessSeconds(nowMs, since, ageMs === undefined ? undefined : nowMs - ageMs);
          expect(seconds).toBeGreaterThanOrEqual(0);
          expect(seconds).toBeLessThanOrEqual((closeMs - openMs) / 1000);
        },
      ),
    );
  });
});

test('the query reads one column of yesterday’s and today’s partitions', () => {
  expect(freshnessQuery('quotes', at('2026-11-20T15:00:00Z'))).toBe(
    "SELECT max(kafka_timestamp) AS newest, count(*) AS row_count FROM quotes WHERE dt >= '2026-11-19'",
  );
});
