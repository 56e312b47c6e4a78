import { expect, test } from '@jest/globals';
import type { Metric } from '../../../local/cloudwatch/metric.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { divertTo } from '../../../local/resources/event-source/diversion.ts';
import type { MappingTarget } from '../../../local/resources/event-source/mapping-target.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import type { KafkaSource } from '../../../local/sources/kafka-session.ts';
import type { JsonObject } from '../../../local/template/template.ts';

const identity = { stack: 's', logicalId: 'Source', type: 't', constructPath: undefined };
const toBucket = { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failed' } } };
const counting = { MetricsConfig: { Metrics: ['EventCount'] } };

/** Gives up two records; what was put of metrics, unless the destination refuses. */
async function divert(properties: JsonObject, sent: () => Promise<void> = () => Promise.resolve()) {
  const puts: unknown[] = [];
  const cloud = {
    warn: () => undefined,
    destinations: { sendBatchFailure: sent },
    cloudwatch: { put: (metric: Metric, value: number) => void puts.push([metric, value]) },
  } as unknown as Cloud;
  const source = { clusterArn: 'arn:cluster', topic: 'quotes' } as KafkaSource;
  const pool = { definition: { name: 'f', arn: 'arn:f' } };
  const target = { mappingId: 'm-1', pool } as unknown as MappingTarget;
  const record = { topic: 'quotes', partition: 0, offset: 0, timestampMs: 0, json: '{}' };
  const give = divertTo(new ResourceRequest(identity, properties), source, 'b:1', target, cloud);
  await give(Buffer.from('{}'), [record, record], 'RetryAttemptsExhausted', 1).catch(() => undefined);
  return puts;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: metrics of a mapping are to be asked for. */
test('what was delivered to the destination is counted by record, where the mapping asks for it', async () => {
  const metric = {
    namespace: 'AWS/Lambda',
    name: 'OnFailureDestinationDeliveredEventCount',
    dimensions: { EventSourceMappingUUID: 'm-1' },
  };
  expect(await divert({ ...toBucket, ...counting })).toEqual([[metric, 2]]);
  expect(await divert(toBucket)).toEqual([]);
});

test('what did not reach the destination, or had none, is not counted', async () => {
  expect(await divert({ ...toBucket, ...counting }, () => Promise.reject(new Error('no')))).toEqual([]);
  expect(await divert(counting)).toEqual([]);
});
