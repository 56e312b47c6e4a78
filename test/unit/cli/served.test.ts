import { describe, expect, test } from '@jest/globals';
import { reconcileLine } from '../../../cli/reconcile/report.ts';
import { filteredSql, lakeRowHash, servedRowHash, watchedSql } from '../../../cli/reconcile/served.ts';
import { parseWatchlist } from '../../../core/watchlist.ts';

const LAKE = [
  '0',
  '7',
  '2026-11-20 14:30:00.125',
  'AAPL',
  '',
  '1.5E7',
  null,
  '2026-11-20 14:30:00.125',
  '-0.0',
];
const SERVED = ['0', '7', '1763649000125.000000', 'AAPL', '', '15000000', null, '1763649000125.000', '0'];

describe('a row of the lake and the same of the database', () => {
  test('hash alike, however each prints its values', () => {
    const ms = String(Date.parse('2026-11-20T14:30:00.125Z'));
    const served = SERVED.map((value) => value?.replace('1763649000125', ms) ?? null);
    expect(servedRowHash(served)).toBe(lakeRowHash(LAKE));
  });

  test('an empty company is not one that lacks', () => {
    expect(lakeRowHash(LAKE.with(4, null))).not.toBe(lakeRowHash(LAKE));
  });

  test('what PostgreSQL’s text cannot hold stands there as the replacement character', () => {
    expect(lakeRowHash(LAKE.with(4, 'a\0b'))).toBe(lakeRowHash(LAKE.with(4, 'a\uFFFDb')));
  });

  test.each([2, 3, 4, 5, 7, 8])('differ where value %i does', (index) => {
    const other = [2, 7].includes(index) ? '2026-11-20 14:30:00.126' : '2';
    expect(lakeRowHash(LAKE.with(index, other))).not.toBe(lakeRowHash(LAKE));
  });
});

describe('the oracle', () => {
  const ends = [{ partition: 0, startOffset: 0, endOffset: 10 }];
  const watchlist = parseWatchlist('{"symbols":["AAPL"]}');

  test('is the watchlist’s condition over the whole log', () => {
    expect(watchedSql('quotes', 'log', ends, { watchlist, sinceMs: undefined })).toEqual([
      "SELECT kafka_partition, kafka_offset, event_time, symbol, company_name, low, high, latest_update, latest_price FROM quotes WHERE log_id = 'log' AND (symbol IN ('AAPL')) AND true",
    ]);
  });

  test('judges of a changed watchlist only what came a minute after the change', () => {
    const [sql] = watchedSql('quotes', 'log', ends, {
      watchlist,
      sinceMs: Date.parse('2026-11-20T14:30:00.5Z'),
    });
    expect(sql).toContain("AND kafka_timestamp > timestamp '2026-11-20 14:31:00.500' AND");
  });

  test('reads the derived view by its records’ sources', () => {
    expect(filteredSql('quotes_filtered', 'log', ends)[0]).toMatch(
      /^SELECT source_partition, source_offset, .* FROM quotes_filtered WHERE source_log_id = 'log' AND true$/,
    );
  });
});

test('the line goes on with what is served', () => {
  const totals = {
    produced: 3,
    curated: 2,
    quarantined: 1,
    queryable: 2,
    lost: 0,
    duplicated: 0,
    uncompacted: 0,
  };
  const line = 'reconcile: produced 3 = curated 2 + quarantined 1; queryable 2; lost 0; duplicated 0';
  const served = { served: 2, servedLost: 1, servedDuplicated: 4, partitions: [] };
  expect(reconcileLine({ totals })).toBe(line);
  expect(reconcileLine({ totals: { ...totals, lost: 2, uncompacted: 1 } })).toContain(
    'lost 2; duplicated 0; of these uncompacted 1',
  );
  expect(reconcileLine({ totals, served })).toBe(`${line}; served 2; served lost 1; served duplicated 4`);
});
