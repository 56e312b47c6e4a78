import { expect, test } from '@jest/globals';
import type { CloudWatch } from '../../../local/cloudwatch/cloudwatch.ts';
import type { Metric } from '../../../local/cloudwatch/metric.ts';
import { queueMetrics } from '../../../local/cloudwatch/queue-metrics.ts';

const NOW = 1_795_339_113_000;

/** Asks one queue that has these attributes; gives what was put and what was asked. */
async function collect(attributes: Record<string, string>): Promise<{ puts: unknown[]; urls: unknown[] }> {
  const [puts, urls]: unknown[][] = [[], []];
  const cloudwatch = {
    now: () => NOW,
    watched: (namespace: string, dimension: string) =>
      namespace === 'AWS/SQS' && dimension === 'QueueName' ? ['work'] : [],
    put: ({ name, dimensions }: Metric, value: number) => puts?.push([name, dimensions['QueueName'], value]),
  } as unknown as CloudWatch;
  const json = (_service: string, _action: string, input: object): Promise<Record<string, unknown>> => {
    urls?.push((input as { QueueUrl: string }).QueueUrl);
    return Promise.resolve({ Attributes: attributes });
  };
  await queueMetrics(cloudwatch, { endpoint: 'http://here', json }, '123')();
  return { puts: puts ?? [], urls: urls ?? [] };
}

test('of each queue that alarms watch its depth is put, and the age of its oldest message in seconds', async () => {
  const { puts, urls } = await collect({
    ApproximateNumberOfMessages: '3',
    ApproximateNumberOfMessagesDelayed: '1',
    ApproximateNumberOfMessagesNotVisible: '2',
    TickerlakeOldestArrival: String(NOW - 90_500),
  });
  expect(urls).toEqual(['http://here/123/work']);
  expect(puts).toEqual([
    ['ApproximateNumberOfMessagesVisible', 'work', 3],
    ['ApproximateNumberOfMessagesDelayed', 'work', 1],
    ['ApproximateNumberOfMessagesNotVisible', 'work', 2],
    ['ApproximateAgeOfOldestMessage', 'work', 90.5],
  ]);
});

test('an empty queue has no oldest message', async () => {
  const empty = {
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
  };
  const { puts } = await collect(empty);
  expect(puts).toHaveLength(3);
});
