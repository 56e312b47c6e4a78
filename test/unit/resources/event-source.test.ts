import { describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { eventSourceMapping } from '../../../local/resources/event-source/mapping.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import type { NewMapping } from '../../../local/sources/event-sources.ts';
import type { JsonObject } from '../../../local/template/template.ts';

const identity = {
  stack: 's',
  logicalId: 'Source',
  type: 'AWS::Lambda::EventSourceMapping',
  constructPath: undefined,
};
const CLUSTER = 'arn:aws:kafka:r:1:cluster/c/uuid';
const QUEUE = 'arn:aws:sqs:r:1:work';
const kafka = {
  FunctionName: 'f',
  EventSourceArn: CLUSTER,
  Topics: ['quotes'],
  StartingPosition: 'TRIM_HORIZON',
};
const sqs = { FunctionName: 'f', EventSourceArn: QUEUE };

/** Provisions against a function with a time-out of 60 s and a queue with this visibility time-out. */
async function provision(properties: JsonObject, visibilitySeconds = 60): Promise<NewMapping[]> {
  const added: NewMapping[] = [];
  const cloud = {
    region: 'r',
    account: '1',
    api: { endpoint: 'http://here' },
    kafka: { arn: CLUSTER, broker: Promise.resolve({ caFile: import.meta.filename }) },
    gateway: { issueCredentials: () => undefined },
    functions: {
      pool: () => ({
        definition: { name: 'f', arn: 'arn:f', roleArn: 'arn:aws:iam::1:role/r', timeoutMs: 60_000 },
      }),
    },
    sources: { add: (summary: NewMapping) => void added.push(summary) },
    actAs: () => ({
      rest: () => Promise.resolve('{"bootstrapBrokerStringSaslIam":"127.0.0.1:9098"}'),
      json: () => Promise.resolve({ Attributes: { VisibilityTimeout: String(visibilitySeconds) } }),
    }),
    cloudwatch: { addCollector: () => undefined },
    warn: () => undefined,
  } as unknown as Cloud;
  await eventSourceMapping.provision(new ResourceRequest(identity, properties), cloud);
  return added;
}

describe('an event source mapping', () => {
  test('of a topic polls as its consumer group, or as its own id', async () => {
    const [named] = await provision({
      ...kafka,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' },
    });
    expect(named).toMatchObject({
      resource: 's/Source',
      functionName: 'f',
      source: 'topic quotes (group g)',
    });
    const [unnamed] = await provision(kafka);
    expect(unnamed?.source).toBe(`topic quotes (group ${unnamed?.id ?? ''})`);
  });

  test('of a queue polls it', async () => {
    expect(await provision(sqs)).toMatchObject([{ source: 'queue work' }]);
  });

  test('is told to the API as the template has it', async () => {
    const [mapping] = await provision({ ...kafka, BatchSize: 7, Tags: [] });
    expect(mapping).toMatchObject({
      arn: `arn:aws:lambda:r:1:event-source-mapping:${mapping?.id ?? ''}`,
      functionArn: 'arn:f',
      sourceArn: CLUSTER,
      enabled: true,
    });
    expect(mapping?.configuration).toEqual({
      BatchSize: 7,
      StartingPosition: 'TRIM_HORIZON',
      Topics: ['quotes'],
    });
  });

  test('that is not enabled is there, switched off', async () => {
    expect(await provision({ ...kafka, Enabled: false })).toMatchObject([{ enabled: false }]);
  });

  test.each<[string, JsonObject, string]>([
    ['another cluster', { ...kafka, EventSourceArn: `${CLUSTER}2` }, 'EventSourceArn'],
    ['two topics', { ...kafka, Topics: ['a', 'b'] }, 'Topics needs exactly one topic'],
    [
      'a position that is not known',
      { ...kafka, StartingPosition: 'AT_TIMESTAMP' },
      'StartingPosition AT_TIMESTAMP',
    ],
    [
      'another service',
      { ...sqs, EventSourceArn: 'arn:aws:kinesis:r:1:x' },
      'neither a Kafka cluster nor a queue',
    ],
    [
      'a batch size that is no number',
      { ...kafka, BatchSize: 'many' },
      'BatchSize needs a number, got "many"',
    ],
  ])('with %s is refused', async (_case, properties, message) => {
    await expect(provision(properties)).rejects.toThrow(message);
  });

  test('of a queue whose messages would come back too early is refused, as by Lambda', async () => {
    await expect(provision(sqs, 59)).rejects.toThrow(
      's/Source (AWS::Lambda::EventSourceMapping): EventSourceArn is a queue with a visibility timeout of 59 s, less than',
    );
  });
});
