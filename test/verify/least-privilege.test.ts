/** What each role of stage dev may do, action by action, against what a run of everything asked for. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { readDecisions } from '../../local/engines/kafka/authorizer-log.ts';
import { statementsUsed } from '../../local/gateway/call-log.ts';
import type { CallRecord, PolicyStatement, Role } from '../../local/gateway/index.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import {
  assemblyOf,
  changedAssembly,
  startTestLake,
  TestFolders,
  theResource,
} from '../helpers/local-lake.ts';
import { PLANTED, payloadMarkers, searchLogs } from '../helpers/planted.ts';
import { until } from '../helpers/until.ts';
import { type RecordedRun, recordRun } from '../iam/record-run.ts';
import { byAction, type Excuse, excusedActions, unneededActions } from '../iam/unneeded-actions.ts';

const BASELINE = join(import.meta.dirname, '../../gates/unused-statements.json');
const folders = new TestFolders();
let calls: readonly CallRecord[];
/** Under the names that the templates give them. */
let roles: readonly Role[];
let logs: RecordedRun['logs'];

beforeAll(async () => {
  ({ calls, roles, logs } = await recordRun(folders));
}, 1_800_000);

afterAll(() => {
  folders.remove();
});

const readExcuses = (): readonly Excuse[] => JSON.parse(readFileSync(BASELINE, 'utf8')) as Excuse[];

test('nothing was refused on the way', () => {
  expect(calls.filter(({ allowed }) => !allowed)).toEqual([]);
});

describe('the logs of it all', () => {
  test('hold no payload of a record and no secret', () => {
    expect(logs.leaks).toEqual([]);
  });

  test('are those of functions, jobs and engines', () => {
    const of = (folder: string, names: readonly string[]): string[] =>
      names.map((name) => `${folder}/${name}.log`);
    expect(logs.searched).toEqual(
      expect.arrayContaining([
        ...of('logs', ['produce-quotes', 'land-quotes', 'curate-quotes', 'filter-quotes', 'serve-quotes']),
        ...of('logs', ['compact', 'load-listing', 'postgres']),
        ...of('kafka', ['broker', 'authorizer']),
        ...of('moto', ['moto']),
      ]),
    );
  });

  const bytes = Buffer.from(`ab${PLANTED}cd`);
  test.each([
    ['a planted payload', `x ${PLANTED}`],
    ['a planted payload in hexadecimal', bytes.toString('hex')],
    ['a planted payload as numbers', JSON.stringify(bytes)],
    ['a planted payload as base64, 2 bytes in', bytes.toString('base64')],
  ])('would be found to hold %s', (what, line) => {
    const folder = folders.create('leaky');
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs/some.log'), line);
    expect(searchLogs(folder, new Map(payloadMarkers())).leaks).toEqual([`logs/some.log: ${what}`]);
  });
});

describe('gates/unused-statements.json', () => {
  test('lists every action that is allowed and not needed, and no other', () => {
    expect(unneededActions(calls, roles)).toEqual(excusedActions(readExcuses()));
  });

  test('gives a reason for each', () => {
    for (const { reason } of readExcuses()) expect(reason).toMatch(/^\S.{20,}$/);
  });
});

describe('the comparison', () => {
  test('finds an action that is added to any role', () => {
    const statement: PolicyStatement = { Effect: 'Allow', Action: 's3:GetBucketAcl', Resource: '*' };
    for (const role of roles) {
      const policy = { name: 'more', document: { Version: '2012-10-17', Statement: [statement] } };
      const wider = roles.map((each) =>
        each === role ? { ...role, policies: [...role.policies, policy] } : each,
      );
      expect(unneededActions(calls, wider)).toContain(`${role.name} s3:GetBucketAcl`);
    }
  });

  test('finds a statement that is there twice', () => {
    const doubled = roles.map((role) => ({
      ...role,
      policies: role.policies.flatMap((policy) => [policy, { ...policy, name: `${policy.name}Again` }]),
    }));
    const needed = statementsUsed(calls, doubled.map(byAction)).filter(({ use }) => use === 'needed');
    expect(needed).toEqual([]);
  });
});

describe('a lake whose templates lack one of land-quotes’ actions', () => {
  const RECORDS = 40;
  const warnings: string[] = [];
  let lake: Lake | undefined;
  let client: LakeClient;

  /** Starts a copy of the assembly without the action, and produces. */
  async function startWithout(action: string): Promise<void> {
    const assembly = changedAssembly(folders, await assemblyOf('dev'), 'dev', (template) => {
      const pipeline = template('pipeline');
      const isOfLanding = ({ PolicyName: name }: Record<string, unknown>): boolean =>
        String(name).startsWith('QuotesLandingLandQuotesRole');
      const policy = theResource(pipeline, 'AWS::IAM::Policy', isOfLanding).Properties;
      const document = policy['PolicyDocument'] as { Statement: { Action: string | string[] }[] };
      const kept = document.Statement.map((statement) => ({
        ...statement,
        Action: [statement.Action].flat().filter((each) => each !== action),
      }));
      expect(kept.flatMap(({ Action }) => Action)).toHaveLength(
        document.Statement.flatMap(({ Action }) => Action).length - 1,
      );
      document.Statement = kept.filter(({ Action }) => Action.length > 0);
    });
    warnings.length = 0;
    lake = await startTestLake(folders, 'dev', assembly, { onWarning: (line) => warnings.push(line) });
    client = new LakeClient(lake);
    expect(await client.produce(RECORDS)).toMatchObject({ produced: RECORDS });
  }

  const functionLog = (): string => readFileSync(join(lake?.logsDir ?? '', 'land-quotes.log'), 'utf8');

  afterEach(async () => {
    client.close();
    await lake?.stop();
    lake = undefined;
  }, 60_000);

  test('s3:PutObject: the function says AccessDenied and which action, and its records wait in the topic', async () => {
    await startWithout('s3:PutObject');
    const denied =
      /"level":"ERROR".*AccessDenied.*LandQuotes.* is not authorized to perform: s3:PutObject on resource: \S*\/quotes\/log_id=/;
    await until('the refusal in the log', () => denied.test(functionLog()));
    const raw = await client.keys(client.output('lake', 'RawBucketName'));
    expect(raw.filter((key) => key.startsWith('quotes/'))).toEqual([]);
    expect(await committedOffsets(lake)).toBe(0);
  }, 90_000);

  test('kafka-cluster:ReadData: the event source says that the topic is closed to it, and the function is never called', async () => {
    await startWithout('kafka-cluster:ReadData');
    const refused = /^event source of quotes \(group tickerlake-dev-land-quotes\): .*authoriz/im;
    await until('the refusal as a warning', () => refused.test(warnings.join('\n')));
    expect(functionLog()).not.toContain('START RequestId');
    const decisions = await readDecisions(lake?.broker.authorizerLog ?? '');
    expect(decisions.filter(({ isAllowed }) => !isAllowed)).toContainEqual(
      expect.objectContaining({ operation: 'READ', resourceType: 'TOPIC', resourceName: 'quotes' }),
    );
  }, 90_000);
});

/** Sum of what the event source's group has committed. */
async function committedOffsets(lake: Lake | undefined): Promise<number> {
  const kafka = new Kafka({ brokers: [lake?.broker.bootstrapAdmin ?? ''], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const found = await admin.fetchOffsets({ groupId: 'tickerlake-dev-land-quotes', topics: ['quotes'] });
  await admin.disconnect();
  return found
    .flatMap(({ partitions }) => partitions)
    .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}
