/** Faults of time: what dates a lake makes of event times at every edge of a calendar. */
import assert from 'node:assert/strict';
import { logIdOf } from '../../cli/lake/connection.ts';
import { tableNames } from '../../core/names.ts';
import { countCodes, queryRows, rawKeys, rawObjects, readReceipts } from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { FaultStand, ForeignRecord } from './stand.ts';

const DAY_MS = 86_400_000;

/** When a quote was made, and the UTC day and New York day that its row must show. */
type Moment = readonly [eventTime: string, dt: string, tradingDate: string];

/** Worked out by hand: New York is UTC-5, and UTC-4 from the second Sunday of March to the first of November. */
const MOMENTS: readonly Moment[] = [
  // The lake's start, and late by decades.
  ['1990-01-01T00:00:00.000Z', '1990-01-01', '1989-12-31'],
  ['1999-12-31T23:59:59.999Z', '1999-12-31', '1999-12-31'],
  // The year's end: in New York it is five hours away.
  ['2025-12-31T23:59:59.999Z', '2025-12-31', '2025-12-31'],
  ['2026-01-01T00:00:00.000Z', '2026-01-01', '2025-12-31'],
  ['2026-01-01T04:59:59.999Z', '2026-01-01', '2025-12-31'],
  ['2026-01-01T05:00:00.000Z', '2026-01-01', '2026-01-01'],
  // Leap day, one of a century's end, and none.
  ['2024-02-29T00:00:00.000Z', '2024-02-29', '2024-02-28'],
  ['2024-02-29T23:59:59.999Z', '2024-02-29', '2024-02-29'],
  ['2024-03-01T04:59:59.999Z', '2024-03-01', '2024-02-29'],
  ['2000-02-29T12:00:00.000Z', '2000-02-29', '2000-02-29'],
  ['2023-03-01T04:59:59.999Z', '2023-03-01', '2023-02-28'],
  // Midnight in UTC and, in summer, in New York.
  ['2025-07-14T23:59:59.999Z', '2025-07-14', '2025-07-14'],
  ['2025-07-15T00:00:00.000Z', '2025-07-15', '2025-07-14'],
  ['2025-07-15T03:59:59.999Z', '2025-07-15', '2025-07-14'],
  ['2025-07-15T04:00:00.000Z', '2025-07-15', '2025-07-15'],
  // Clocks go forward on 9 March 2025 at 07:00 UTC: that day begins in winter time and ends in summer time.
  ['2025-03-09T04:59:59.999Z', '2025-03-09', '2025-03-08'],
  ['2025-03-09T05:00:00.000Z', '2025-03-09', '2025-03-09'],
  ['2025-03-09T06:59:59.999Z', '2025-03-09', '2025-03-09'],
  ['2025-03-09T07:00:00.000Z', '2025-03-09', '2025-03-09'],
  ['2025-03-10T03:59:59.999Z', '2025-03-10', '2025-03-09'],
  ['2025-03-10T04:00:00.000Z', '2025-03-10', '2025-03-10'],
  // Clocks go back on 2 November 2025 at 06:00 UTC.
  ['2025-11-02T03:59:59.999Z', '2025-11-02', '2025-11-01'],
  ['2025-11-02T04:00:00.000Z', '2025-11-02', '2025-11-02'],
  ['2025-11-02T05:59:59.999Z', '2025-11-02', '2025-11-02'],
  ['2025-11-02T06:00:00.000Z', '2025-11-02', '2025-11-02'],
  ['2025-11-03T04:59:59.999Z', '2025-11-03', '2025-11-02'],
  ['2025-11-03T05:00:00.000Z', '2025-11-03', '2025-11-03'],
];

/** Quotes of every moment in one batch, and among them those of times that no quote can have. */
async function playOddTimes(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const timestampMs = Date.now();
  const expected = new Map<string, readonly (string | null)[]>();
  const records: ForeignRecord[] = [];
  for (const [index, [eventTime, dt, tradingDate]] of MOMENTS.entries()) {
    const partition = index % 2;
    const latestUpdate = Date.parse(eventTime);
    const record = { ...(await stand.quote(partition, { latestUpdate })), timestampMs };
    records.push(record);
    expected.set(record.quote?.symbol ?? '', [sqlTime(eventTime), dt, tradingDate]);
  }
  // Early by the whole day that is allowed, and without a time of its own: then the record's timestamp counts.
  const early = { ...(await stand.quote(1, { latestUpdate: timestampMs + DAY_MS })), timestampMs };
  const timeless = {
    ...(await stand.quote(0, { latestUpdate: null })),
    timestampMs: Date.parse('2024-12-31T23:30:00.000Z'),
  };
  expected.set(timeless.quote?.symbol ?? '', ['2024-12-31 23:30:00.000', '2024-12-31', '2024-12-31']);
  const impossible = await Promise.all(
    [Date.parse('1990-01-01T00:00:00.000Z') - 1, timestampMs + DAY_MS + 1, 0].map(async (latestUpdate) => {
      const { partition, key, value } = await stand.quote(1, { latestUpdate });
      return { partition, key, value, timestampMs };
    }),
  );
  await stand.produceForeign([...records.slice(0, 9), ...impossible, early, timeless, ...records.slice(9)]);
  await stand.settle();

  const rows = await rowsOf(stand, [...expected.keys()]);
  assert.deepEqual(
    new Map(rows.map(([symbol, ...row]) => [symbol, row])),
    new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))),
    'event_time, dt and trading_date of each symbol',
  );
  const codes = countCodes(await readReceipts(stand, await rawObjects(stand, known)));
  assert.deepEqual(codes, { event_time_out_of_range: impossible.length }, 'quarantined by code');
  return stand.report(rows.length + impossible.length);
}

async function rowsOf(stand: FaultStand, symbols: readonly string[]): ReturnType<typeof queryRows> {
  const list = symbols.map((symbol) => `'${symbol}'`).join(', ');
  return queryRows(
    stand,
    `SELECT symbol, CAST(event_time AS varchar), dt, CAST(trading_date AS varchar)
     FROM ${tableNames(stand.topic).view}
     WHERE log_id = '${logIdOf(stand.lake)}' AND symbol IN (${list}) ORDER BY symbol`,
  );
}

/** As Athena prints a timestamp(3). */
function sqlTime(iso: string): string {
  return iso.replace('T', ' ').replace('Z', '');
}

export const faults: readonly Fault[] = [
  {
    number: 27,
    name: "late and early data, year end, leap day, midnight, DST, before the lake's start",
    lake: 'dev',
    run: playOddTimes,
  },
];
