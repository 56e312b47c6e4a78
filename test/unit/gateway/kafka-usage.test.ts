import { expect, test } from '@jest/globals';
import { statementsUsed } from '../../../local/gateway/call-log.ts';
import { type BrokerDecision, kafkaCalls } from '../../../local/gateway/kafka-usage.ts';
import type { PolicyStatement, Role } from '../../../local/gateway/types.ts';

const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/lake/1';
const TOPIC = 'arn:aws:kafka:us-east-1:123456789012:topic/lake/1/quotes';

const decision = (
  operation: string,
  resourceType: string,
  resourceName: string,
  isAllowed = true,
): BrokerDecision => ({
  principal: 'producer',
  isAllowed,
  operation,
  resourceType,
  resourceName,
});

const shown = (decisions: readonly BrokerDecision[]): string[] =>
  kafkaCalls(decisions, CLUSTER).map(
    ({ role, action, resource, allowed }) => `${role} ${action} ${resource} ${allowed}`,
  );

test('a decision is a call of its action and of those that MSK requires with it', () => {
  expect(shown([decision('WRITE', 'TOPIC', 'quotes')])).toEqual([
    `producer kafka-cluster:WriteData ${TOPIC} true`,
    `producer kafka-cluster:Connect ${CLUSTER} true`,
    `producer kafka-cluster:DescribeTopic ${TOPIC} true`,
  ]);
});

test('a refusal is a call of its action alone', () => {
  expect(shown([decision('READ', 'TOPIC', 'quotes', false)])).toEqual([
    `producer kafka-cluster:ReadData ${TOPIC} false`,
  ]);
});

test.each([
  ['IDEMPOTENT_WRITE', 'CLUSTER', 'kafka-cluster', `kafka-cluster:WriteDataIdempotently ${CLUSTER}`],
  ['READ', 'GROUP', 'g', `kafka-cluster:AlterGroup ${CLUSTER.replace(':cluster/', ':group/')}/g`],
  ['DESCRIBE_CONFIGS', 'TOPIC', 'quotes', `kafka-cluster:DescribeTopicDynamicConfiguration ${TOPIC}`],
  [
    'DESCRIBE',
    'TRANSACTIONALID',
    't',
    `kafka-cluster:DescribeTransactionalId ${CLUSTER.replace(':cluster/', ':transactional-id/')}/t`,
  ],
])('%s on %s', (operation, type, name, expected) => {
  expect(shown([decision(operation, type, name)])[0]).toBe(`producer ${expected} true`);
});

test('statements behind ACLs are judged by what the broker decided', () => {
  const statement = (Sid: string, actions: string[], Resource: string): PolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Action: actions.map((action) => `kafka-cluster:${action}`),
    Resource,
  });
  const role: Role = {
    name: 'producer',
    arn: 'arn:aws:iam::123456789012:role/producer',
    trust: { Statement: [] },
    policies: [
      {
        name: 'p',
        document: {
          Version: '2012-10-17',
          Statement: [
            statement('Connect', ['Connect'], CLUSTER),
            statement('Write', ['DescribeTopic', 'WriteData'], TOPIC),
            statement('Idempotent', ['WriteDataIdempotently'], CLUSTER),
            statement('Read', ['ReadData'], TOPIC),
          ],
        },
      },
    ],
  };
  const calls = kafkaCalls(
    [decision('WRITE', 'TOPIC', 'quotes'), decision('IDEMPOTENT_WRITE', 'CLUSTER', 'kafka-cluster')],
    CLUSTER,
  );
  expect(statementsUsed(calls, [role]).map(({ statement: id, use }) => `${id} ${use}`)).toEqual([
    'p/Connect needed',
    'p/Write needed',
    'p/Idempotent needed',
    'p/Read unused',
  ]);
});
