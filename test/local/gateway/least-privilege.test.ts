/** Every allow statement of every role, against what a run of the lake really asked for. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readDecisions } from '../../../local/engines/kafka/authorizer-log.ts';
import { type StatementUse, statementsUsed } from '../../../local/gateway/call-log.ts';
import { type CallRecord } from '../../../local/gateway/index.ts';
import { kafkaCalls } from '../../../local/gateway/kafka-usage.ts';
import type { Lake } from '../../../local/lake.ts';
import { LakeClient } from '../../helpers/lake-client.ts';
import { assemblyOf, startTestLake, TestFolders } from '../../helpers/local-lake.ts';
import { until } from '../../helpers/until.ts';

/** Statements that no local run uses, by one of their actions, and why. */
const UNUSED_FOR_A_REASON: Readonly<Record<string, string>> = {
  'logs:PutLogEvents': 'functions and flow logs write to CloudWatch Logs, which no engine stands for',
  'ec2:CreateNetworkInterface': 'there is no VPC to place functions and pollers in',
  'lambda:InvokeFunction': 'the timer of the runner stands for the scheduler and its role',
  's3:DeleteObject': 'only a re-curation by newer code deletes, which curate-quotes is tested for alone',
};

const folders = new TestFolders();
let lake: Lake;
let client: LakeClient;
let calls: CallRecord[];
let uses: StatementUse[];

beforeAll(async () => {
  lake = await startTestLake(folders, 'dev', await assemblyOf('dev'));
  client = new LakeClient(lake);
  const listing = 'Symbol,Security Name\nAAPL,Apple Inc. - Common Stock\n';
  const Bucket = client.output('lake', 'LakeBucketName');
  const produce = (listingKey: string) =>
    client.invoke(client.output('pipeline', 'ProduceQuotesFunctionName'), {
      source: 'simulator',
      listingKey,
      simulator: { intervalMs: 60_000, fromTick: 0, records: 50 },
    });
  await client.s3.send(
    new PutObjectCommand({ Bucket, Key: 'reference/nasdaq_listed/listed.csv', Body: listing }),
  );
  await produce('reference/nasdaq_listed/listed.csv');
  await expect(produce('reference/nasdaq_listed/none.csv')).rejects.toThrow();
  await until('a receipt for every record', async () => (await client.recordsWithReceipt()) === 50, 60_000);
  const decisions = await readDecisions(lake.broker.authorizerLog);
  calls = [...lake.gateway.calls.all(), ...kafkaCalls(decisions, client.output('stream', 'ClusterArn'))];
  uses = statementsUsed(calls, lake.gateway.roles());
}, 180_000);

afterAll(async () => {
  (client as LakeClient | undefined)?.close();
  await (lake as Lake | undefined)?.stop();
  folders.remove();
}, 60_000);

function actionsOf({ role, statement }: StatementUse): readonly string[] {
  const [policyName, id = ''] = statement.split('/');
  const policy = lake.gateway
    .roles()
    .find(({ name }) => name === role)
    ?.policies.find(({ name }) => name === policyName);
  const statements = [policy?.document.Statement ?? []].flat();
  const found = statements.find((candidate, index) => (candidate.Sid ?? `#${index}`) === id);
  return [found?.Action ?? []].flat();
}

const shown = (use: StatementUse): string => `${use.role} ${use.statement}: ${actionsOf(use).join(', ')}`;

test('nothing was refused on the way', () => {
  expect(calls.filter(({ allowed }) => !allowed)).toEqual([]);
});

test('every statement is needed, or unused for a reason', () => {
  const hasReason = (use: StatementUse): boolean =>
    actionsOf(use).some((action) => action in UNUSED_FOR_A_REASON);
  expect(
    uses
      .filter(({ use }) => use === 'unused')
      .filter((use) => !hasReason(use))
      .map(shown),
  ).toEqual([]);
  expect(uses.filter(({ use }) => use === 'needed').length).toBeGreaterThan(15);
});

test('no two statements allow the same', () => {
  expect(uses.filter(({ use }) => use === 'redundant').map(shown)).toEqual([]);
});

test('no reason is left over', () => {
  const unused = uses.filter(({ use }) => use === 'unused').flatMap(actionsOf);
  expect(Object.keys(UNUSED_FOR_A_REASON).filter((action) => !unused.includes(action))).toEqual([]);
});
