import { describe, expect, test } from '@jest/globals';
import { type MappingProperties, refusalOf } from '../../../local/sources/mapping-rules.ts';

const plain: MappingProperties = {
  given: new Set(),
  numbers: {},
  responseTypes: [],
  destination: undefined,
  topic: 'quotes',
  consumerGroupId: undefined,
  isFifo: false,
  functionTimeoutMs: 60_000,
};
const numbers = (given: Record<string, number>): Partial<MappingProperties> => ({ numbers: given });
const given = (...properties: string[]): Partial<MappingProperties> => ({ given: new Set(properties) });

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html: "select provisioned mode to configure error handling controls". */
describe('without provisioned pollers, AWS refuses a Kafka mapping', () => {
  test.each([
    'BisectBatchOnFunctionError',
    'FunctionResponseTypes',
    'MaximumRecordAgeInSeconds',
    'MaximumRetryAttempts',
    'MetricsConfig',
    'LoggingConfig',
  ])('with %s', (property) => {
    expect(refusalOf('kafka', { ...plain, ...given(property) })).toMatchObject({
      property,
      reason: expect.stringContaining('ProvisionedPollerConfig'),
    });
    expect(refusalOf('kafka', { ...plain, ...given(property, 'ProvisionedPollerConfig') })).toBeUndefined();
  });

  test('with a Kafka topic as its destination, not with a bucket', () => {
    const destination = 'kafka://failed';
    expect(refusalOf('kafka', { ...plain, destination })?.property).toBe('DestinationConfig');
    const hasPollers = given('ProvisionedPollerConfig', 'DestinationConfig');
    expect(refusalOf('kafka', { ...plain, ...hasPollers, destination })).toBeUndefined();
    const bucket = { ...given('DestinationConfig'), destination: 'arn:aws:s3:::failed' };
    expect(refusalOf('kafka', { ...plain, ...bucket })).toBeUndefined();
  });
});

test('a Kafka mapping cannot divert to the topic that it reads', () => {
  const loop = { ...given('ProvisionedPollerConfig'), destination: 'kafka://quotes' };
  expect(refusalOf('kafka', { ...plain, ...loop })?.reason).toContain('name another');
});

test('a Kafka mapping takes functions of 14 minutes at most', () => {
  expect(refusalOf('kafka', { ...plain, functionTimeoutMs: 840_000 })).toBeUndefined();
  expect(refusalOf('kafka', { ...plain, functionTimeoutMs: 841_000 })?.property).toBe('FunctionName');
  expect(refusalOf('sqs', { ...plain, functionTimeoutMs: 900_000 })).toBeUndefined();
});

test('a consumer group has a name of the form that Lambda takes', () => {
  expect(refusalOf('kafka', { ...plain, consumerGroupId: 'a-Z/9*:_+=.@' })).toBeUndefined();
  expect(refusalOf('kafka', { ...plain, consumerGroupId: 'a b' })?.reason).toContain('ConsumerGroupId');
});

describe('numbers outside their range are refused', () => {
  test.each([
    ['kafka', 'BatchSize', 0, 1],
    ['kafka', 'BatchSize', 10_001, 10_000],
    ['kafka', 'MaximumBatchingWindowInSeconds', 301, 300],
    ['kafka', 'MaximumRetryAttempts', 10_001, 10_000],
    ['kafka', 'MaximumRetryAttempts', -2, -1],
    ['kafka', 'MaximumRecordAgeInSeconds', 59, 60],
    ['kafka', 'MaximumRecordAgeInSeconds', 604_801, -1],
    ['kafka', 'MinimumPollers', 201, 1],
    ['kafka', 'MaximumPollers', 2001, 2000],
    ['sqs', 'MinimumPollers', 1, 2],
    ['sqs', 'MaximumConcurrency', 1, 2],
    ['sqs', 'MaximumConcurrency', 1001, 1000],
  ] as const)('%s %s of %i, not of %i', (source, property, bad, good) => {
    expect(refusalOf(source, { ...plain, ...numbers({ [property]: bad }) })?.property).toBe(property);
    expect(refusalOf(source, { ...plain, ...numbers({ [property]: good }) })).toBeUndefined();
  });

  test('and at most as many pollers as at least', () => {
    const crossed = numbers({ MinimumPollers: 5, MaximumPollers: 4 });
    expect(refusalOf('kafka', { ...plain, ...crossed })?.property).toBe('MaximumPollers');
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html and the API's "Related setting" of BatchSize. */
describe('a mapping of a queue', () => {
  test('takes more than ten messages only with a window', () => {
    expect(refusalOf('sqs', { ...plain, ...numbers({ BatchSize: 11 }) })?.reason).toContain('Window');
    const gathered = numbers({ BatchSize: 11, MaximumBatchingWindowInSeconds: 1 });
    expect(refusalOf('sqs', { ...plain, ...gathered })).toBeUndefined();
    expect(refusalOf('kafka', { ...plain, ...numbers({ BatchSize: 11 }) })).toBeUndefined();
  });

  test('takes ten messages and no window of a FIFO queue', () => {
    const fifo = { ...plain, isFifo: true };
    const gathered = numbers({ BatchSize: 11, MaximumBatchingWindowInSeconds: 1 });
    expect(refusalOf('sqs', { ...fifo, ...gathered })?.property).toBe('BatchSize');
    const waiting = numbers({ MaximumBatchingWindowInSeconds: 1 });
    expect(refusalOf('sqs', { ...fifo, ...waiting })?.property).toBe('MaximumBatchingWindowInSeconds');
    expect(refusalOf('sqs', { ...fifo, ...numbers({ BatchSize: 10 }) })).toBeUndefined();
  });

  test('cannot have both a maximum concurrency and provisioned pollers', () => {
    const both = given('ScalingConfig', 'ProvisionedPollerConfig');
    expect(refusalOf('sqs', { ...plain, ...both })?.property).toBe('ScalingConfig');
  });

  test.each(['DestinationConfig', 'MaximumRetryAttempts', 'StartingPosition', 'Topics'])(
    'has no %s',
    (property) => {
      expect(refusalOf('sqs', { ...plain, ...given(property) })?.property).toBe(property);
    },
  );
});

test('a mapping of a topic has no ScalingConfig', () => {
  expect(refusalOf('kafka', { ...plain, ...given('ScalingConfig') })?.property).toBe('ScalingConfig');
});

test('the only response type is ReportBatchItemFailures', () => {
  expect(refusalOf('sqs', { ...plain, responseTypes: ['ReportBatchItemFailures'] })).toBeUndefined();
  expect(refusalOf('sqs', { ...plain, responseTypes: ['ReportFailures'] })?.property).toBe(
    'FunctionResponseTypes',
  );
});
