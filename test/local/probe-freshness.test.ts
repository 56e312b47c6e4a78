/** The probe on a running lake: its bundle, its role, the local Athena, and the alarms over what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lastSessionOpenedAt, type Session, sessionOnOrAfter } from '../../core/market-calendar.ts';
import type { AlarmStatus } from '../../local/cloudwatch/index.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import { assemblyOf, startTestLake, TestFolders } from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';
import { type Excuse, excusedActions, unneededActions } from '../iam/unneeded-actions.ts';

const MINUTE_MS = 60_000;
const RECORDS = 100;

const folders = new TestFolders();
let movedMs = 0;
let lake: Lake;
let client: LakeClient;
/** What the simulator begins with; its records' Kafka timestamps are of now. */
let session: Session;
let nextSession: Session;

beforeAll(async () => {
  lake = await startTestLake(folders, 'dev', await assemblyOf('dev'), { now: () => Date.now() + movedMs });
  client = new LakeClient(lake);
  session = lastSessionOpenedAt(Date.now());
  nextSession = sessionOnOrAfter(session.day + 1);
  await client.produce(RECORDS);
  await until('all receipts', async () => (await client.recordsWithReceipt()) === RECORDS, 60_000);
}, 240_000);

afterAll(async () => {
  (client as LakeClient | undefined)?.close();
  await (lake as Lake | undefined)?.stop();
  folders.remove();
}, 60_000);

/** Has the schedule's event say that it is this time, as far as the session goes. */
const probe = (time: number): Promise<unknown> =>
  client.invoke(client.output('operations', 'ProbeFreshnessFunctionName'), {
    time: new Date(time).toISOString(),
  });

function alarm(name: string): AlarmStatus {
  const found = lake.alarms.all().find(({ logicalId }) => logicalId.slice(0, -8) === name);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
}

const stateOf = (name: string): string | undefined =>
  lake.alarms.composites().find((each) => each.name === `tickerlake-dev-${name}`)?.state;

describe('the probe', () => {
  test('is quiet and costs nothing while the exchanges are closed, but for the age of compaction', async () => {
    const answer = await probe(session.closeMs + MINUTE_MS);
    expect(answer).toEqual({
      freshness: 'nothing is due',
      compactionAges: { quotes: expect.any(Number), quotes_filtered: expect.any(Number) },
    });
    movedMs += MINUTE_MS;
    expect(alarm('FreshnessObjectiveFastLong').datapoints).toEqual([]);
    await until(
      'the age of compaction',
      () => alarm('FreshnessCompactionStalequotes').datapoints.length === 1,
    );
  }, 60_000);

  test('sees every row of the view through Athena, and finds it fresh', async () => {
    expect(await probe(session.openMs + MINUTE_MS)).toMatchObject({
      freshness: { freshnessSeconds: 0, isMissed: false, rows: RECORDS, hasHistory: false },
    });
    movedMs += MINUTE_MS;
    await until('a good probe', () => alarm('FreshnessObjectiveFastShort').datapoints.at(-1)?.value === 0);
    expect(stateOf('freshness-burning')).toBe('OK');
  }, 60_000);

  test('calls somebody when the next session’s quotes do not come', async () => {
    expect(await probe(nextSession.openMs + 10 * MINUTE_MS)).toMatchObject({
      freshness: { freshnessSeconds: 600, isMissed: true },
    });
    movedMs += 6 * MINUTE_MS;
    await until('a bad probe', () => alarm('FreshnessObjectiveFastShort').datapoints.at(-1)?.value === 100);
    // A single one is forgiven.
    expect(stateOf('freshness-burning')).toBe('OK');
    await probe(nextSession.openMs + 15 * MINUTE_MS);
    movedMs += MINUTE_MS;
    await until('the alarm', () => stateOf('freshness-burning') === 'ALARM');
    expect(stateOf('needs-somebody-now')).toBe('ALARM');
    // Longer than an alarm goes on with its last datapoint: three periods of six hours.
    movedMs += 19 * 60 * MINUTE_MS;
    expect(stateOf('freshness-burning')).toBe('OK');
    expect(stateOf('needs-somebody-now')).toBe('OK');
  }, 60_000);

  test('was allowed all that it asked for, and nothing more but what is excused', () => {
    const name = 'FreshnessProbeRole';
    const physicalId = lake.resources.find(({ logicalId }) => logicalId.slice(0, -8) === name)?.physicalId;
    const calls = lake.gateway.calls
      .all()
      .filter(({ role }) => role === physicalId)
      .map((call) => ({ ...call, role: name }));
    const roles = lake.gateway
      .roles()
      .filter((role) => role.name === physicalId)
      .map((role) => ({ ...role, name }));
    expect(calls.filter(({ allowed }) => !allowed)).toEqual([]);
    const gate = join(import.meta.dirname, '../../gates/unused-statements.json');
    const excused = excusedActions(JSON.parse(readFileSync(gate, 'utf8')) as Excuse[]);
    expect(unneededActions(calls, roles)).toEqual(excused.filter((line) => line.startsWith(`${name} `)));
  });
});
