/** What needs the batch side: history's snapshots and the loaded listing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { historyRow, namedQuery, QuoteLake, type Tick } from '../../../helpers/quote-lake.ts';

const TICKS: readonly Tick[] = [
  { symbol: 'AAPL', at: '2026-11-19T15:00:00Z', latestPrice: 1, latestVolume: 1 },
  { symbol: 'INTC', at: '2026-11-19T15:00:00Z', latestPrice: 1, latestVolume: 1 },
  { symbol: 'AAPL', at: '2026-11-20T15:00:00Z', latestPrice: 5, latestVolume: 100 },
  { symbol: 'AAPL', at: '2026-11-20T15:00:00Z', latestPrice: 10, latestVolume: 200 },
  // Restated lower: the day's volume is the largest count.
  { symbol: 'AAPL', at: '2026-11-20T15:01:00Z', latestPrice: 10, latestVolume: 150 },
  // 09:29 in New York: not quoted in the session.
  { symbol: 'INTC', at: '2026-11-20T14:29:00Z', latestPrice: 9, latestVolume: 999 },
  { symbol: 'QQQ', at: '2026-11-20T15:00:00Z', latestPrice: 3, latestVolume: 10 },
  { symbol: 'IBM', at: '2026-11-20T15:00:00Z', latestPrice: 7 },
];

const LISTED = [
  { symbol: 'AAPL', market_category: 'Q', etf: false },
  { symbol: 'INTC', market_category: 'Q', etf: false },
  { symbol: 'MSFT', market_category: 'Q', etf: null },
  { symbol: 'QQQ', market_category: 'G', etf: true },
  { symbol: 'TINY', market_category: 'S', etf: false },
  { symbol: 'ODD', market_category: null, etf: false },
];

let lake: QuoteLake;
const snapshots: string[] = [];
beforeAll(async () => {
  lake = await QuoteLake.start(TICKS);
  const history = await lake.history();
  const first = await history.write([
    historyRow('AAPL', '2026-11-18T14:30:00.123Z', 1),
    historyRow('AAPL', '2026-11-18T14:31:00Z', 2),
    historyRow('MSFT', '2026-11-18T14:32:00Z', 3),
  ]);
  snapshots.push(await history.commit([first]));
  snapshots.push(
    await history.commit([await history.write([historyRow('AAPL', '2026-11-19T14:30:00Z', 4)])]),
  );
  await lake.athena.createTable('nasdaq_listed', {
    columns: { symbol: 'string', market_category: 'string', etf: 'boolean' },
    location: 's3://lake/dimensions/nasdaq_listed/',
    format: 'json',
  });
  const lines = LISTED.map((row) => `${JSON.stringify(row)}\n`);
  await lake.athena.put('dimensions/nasdaq_listed/listed.json', lines.join(''));
}, 60_000);
afterAll(async () => {
  await lake.athena.stop();
});

describe('history as it was', () => {
  /** As an analyst edits it. */
  const asOf = async (moment: string) => {
    const { sql } = namedQuery('history-as-of');
    const changed = sql.replace("current_timestamp - interval '1' second", `TIMESTAMP '${moment}'`);
    expect(changed).not.toBe(sql);
    return lake.athena.rows(changed);
  };
  const the18th = ['2026-11-18', '3', '2', '2026-11-18 14:30:00.123', '2026-11-18 14:32:00.000'];
  const the19th = ['2026-11-19', '1', '1', '2026-11-19 14:30:00.000', '2026-11-19 14:30:00.000'];

  test('is that of the snapshot before the moment', async () => {
    expect(await asOf('2026-11-20 00:30:00 UTC')).toEqual([the18th]);
    expect(await asOf('2026-11-20 01:30:00 UTC')).toEqual([the18th, the19th]);
  });

  test('can be chosen from its snapshots', async () => {
    const [first = '', second = ''] = snapshots;
    expect(await lake.ask('history-snapshots')).toEqual([
      ['2026-11-20 01:00:00.000', second, 'overwrite', null, null, '2'],
      ['2026-11-20 00:00:00.000', first, 'overwrite', null, null, '1'],
    ]);
  });
});

test('a listing is set against what was quoted on the last day', async () => {
  expect(await lake.ask('listing-coverage')).toEqual([
    ['Capital Market', '1', '0', '0', '0.0', null, null],
    ['Global Market', '1', '1', '1', '100.0', '10.0', '30.0'],
    ['Global Select Market', '3', '0', '1', '33.33', '200.0', '2000.0'],
    ['Not listed', '0', '0', '1', null, null, null],
    ['Other', '1', '0', '0', '0.0', null, null],
  ]);
});
