import { describe, expect, test } from '@jest/globals';
import { drawPipeline } from '../../../../cli/console/pipeline/draw-pipeline.ts';
import type { ProvisionedResource } from '../../../../local/provision.ts';
import type { JsonObject } from '../../../../local/template/template.ts';

const CLUSTER = 'arn:aws:kafka:us-east-1:1:cluster/stream/id';
const TOPIC = 'arn:aws:kafka:us-east-1:1:topic/stream/id/quotes';

function resource(
  type: string,
  logicalId: string,
  physicalId: string,
  properties: JsonObject = {},
  arn?: string,
): ProvisionedResource {
  const attributes = arn === undefined ? {} : { Arn: arn };
  return {
    stack: 'tickerlake-dev-pipeline',
    logicalId,
    type,
    level: 'run',
    behind: '',
    physicalId,
    properties,
    attributes,
  };
}

/** A function with what its role may do. */
function actor(name: string, statements: readonly JsonObject[]): readonly ProvisionedResource[] {
  const role = `${name}-role`;
  return [
    resource('AWS::IAM::Role', `${name}Role`, role),
    resource('AWS::IAM::Policy', `${name}Policy`, `${name}-policy`, {
      Roles: [role],
      PolicyDocument: { Statement: [...statements] },
    }),
    resource(
      'AWS::Lambda::Function',
      name,
      `tickerlake-dev-${name}`,
      { FunctionName: `tickerlake-dev-${name}`, Role: `arn:aws:iam::1:role/${role}` },
      `arn:aws:lambda:us-east-1:1:function:tickerlake-dev-${name}`,
    ),
  ];
}

const allow = (action: string | readonly string[], target: string | readonly string[]): JsonObject => ({
  Effect: 'Allow',
  Action: action,
  Resource: target,
});

const bucket = resource('AWS::S3::Bucket', 'StorageRaw7E344C76', 'raw-bucket', {}, 'arn:aws:s3:::raw-bucket');
const cluster = resource('AWS::MSK::ServerlessCluster', 'Cluster', CLUSTER, {}, CLUSTER);
const queue = resource(
  'AWS::SQS::Queue',
  'CurationQueue1323527A',
  'http://q',
  {},
  'arn:aws:sqs:us-east-1:1:q',
);

function edgesOf(resources: readonly ProvisionedResource[]): readonly string[] {
  const { nodes, edges } = drawPipeline(resources, 'dev');
  const title = (id: string): string => nodes.find((node) => node.id === id)?.title ?? `no node ${id}`;
  return edges.map(({ from, to, kind }) => `${title(from)} ${kind === 'data' ? '->' : '~>'} ${title(to)}`);
}

describe('an edge is drawn', () => {
  test('from a topic that a role may read, and to one that it may write', () => {
    const reads = actor('land', [allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], TOPIC)]);
    const writes = actor('produce', [allow('kafka-cluster:WriteData', TOPIC)]);
    expect(edgesOf([cluster, ...reads, ...writes])).toEqual(['quotes -> land', 'produce -> quotes']);
  });

  test('for objects under a prefix, in the direction that is granted', () => {
    const curate = actor('curate', [
      allow('s3:GetObject', 'arn:aws:s3:::raw-bucket/quotes/*'),
      allow('s3:PutObject', 'arn:aws:s3:::raw-bucket/quarantine/quotes/*'),
    ]);
    expect(edgesOf([bucket, ...curate])).toEqual(['raw/quotes -> curate', 'curate -> raw/quarantine/quotes']);
  });

  test('one way only where a function reads what it writes itself', () => {
    const land = actor('land', [allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::raw-bucket/quotes/*')]);
    expect(edgesOf([bucket, ...land])).toEqual(['land -> raw/quotes']);
  });

  test('from new objects to the queue that a rule tells, and on to the function that polls it', () => {
    const curate = actor('curate', []);
    const rule = resource('AWS::Events::Rule', 'Rule', 'rule', {
      EventPattern: {
        source: ['aws.s3'],
        detail: { bucket: { name: ['raw-bucket'] }, object: { key: [{ prefix: 'quotes/' }] } },
      },
      Targets: [{ Arn: 'arn:aws:sqs:us-east-1:1:q', Id: '1' }],
    });
    const mapping = resource('AWS::Lambda::EventSourceMapping', 'Mapping', 'uuid', {
      EventSourceArn: 'arn:aws:sqs:us-east-1:1:q',
      FunctionName: 'tickerlake-dev-curate',
    });
    expect(edgesOf([bucket, queue, ...curate, rule, mapping])).toEqual([
      'raw/quotes ~> curation queue',
      'curation queue ~> curate',
    ]);
  });

  test('from a schedule, under its expression', () => {
    const produce = actor('produce', []);
    const schedule = resource('AWS::Scheduler::Schedule', 'Schedule', 'schedule', {
      ScheduleExpression: 'rate(1 minute)',
      Target: { Arn: 'arn:aws:lambda:us-east-1:1:function:tickerlake-dev-produce' },
    });
    expect(edgesOf([...produce, schedule])).toEqual(['rate(1 minute) ~> produce']);
  });
});

describe('nothing is drawn', () => {
  test('of what is denied', () => {
    const deny = { ...allow('s3:PutObject', 'arn:aws:s3:::raw-bucket/quotes/*'), Effect: 'Deny' };
    expect(edgesOf([bucket, ...actor('land', [deny])])).toEqual([]);
  });

  test('to buckets of others, or to all of one', () => {
    const land = actor('land', [
      allow('s3:GetObject', 'arn:aws:s3:::cdk-assets/code.zip'),
      allow('s3:ListBucket', 'arn:aws:s3:::raw-bucket'),
    ]);
    expect(edgesOf([bucket, ...land])).toEqual([]);
  });

  test('of a function that only a deployment calls', () => {
    const provider = actor('manage-topics', [allow('kafka-cluster:WriteData', TOPIC)]);
    const custom = resource('Custom::KafkaTopics', 'Topics', 'topics', {
      ServiceToken: 'arn:aws:lambda:us-east-1:1:function:tickerlake-dev-manage-topics',
    });
    expect(edgesOf([cluster, ...provider, custom])).toEqual([]);
  });

  test('of resources that nothing leads to', () => {
    expect(drawPipeline([bucket, cluster, queue], 'dev').nodes).toEqual([]);
  });
});

test('the queue that others redrive to is one of dead letters', () => {
  const source = resource(
    'AWS::SQS::Queue',
    'Queue',
    'http://s',
    {
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:1:q', maxReceiveCount: 5 },
    },
    'arn:aws:sqs:us-east-1:1:s',
  );
  const { nodes } = drawPipeline([source, queue], 'dev');
  expect(nodes.map(({ kind }) => kind)).toEqual(['queue', 'dead-letters']);
});

test('types are counted with their level', () => {
  const { resources } = drawPipeline([bucket, { ...bucket, logicalId: 'Other' }, cluster], 'dev');
  expect(resources.map(({ type, count }) => [type, count])).toEqual([
    ['AWS::MSK::ServerlessCluster', 1],
    ['AWS::S3::Bucket', 2],
  ]);
});
