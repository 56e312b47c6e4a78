/** What SQS reports of queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
import type { AwsApi } from '../resources/aws-api.ts';
import type { CloudWatch, Collector } from './cloudwatch.ts';

/** Metric by the attribute of the queue that it is. */
const DEPTHS = {
  ApproximateNumberOfMessages: 'ApproximateNumberOfMessagesVisible',
  ApproximateNumberOfMessagesDelayed: 'ApproximateNumberOfMessagesDelayed',
  ApproximateNumberOfMessagesNotVisible: 'ApproximateNumberOfMessagesNotVisible',
} as const;
/** The emulator's own attribute, local/engines/moto/sqs_mends.py; no queue without a message has it. */
const OLDEST_ARRIVAL = 'TickerlakeOldestArrival';

/** Asks the queues that alarms watch how full they are. */
export function queueMetrics(
  cloudwatch: CloudWatch,
  api: Pick<AwsApi, 'endpoint' | 'json'>,
  account: string,
): Collector {
  const ask = async (QueueName: string): Promise<void> => {
    const { Attributes } = await api.json('sqs', 'GetQueueAttributes', {
      QueueUrl: `${api.endpoint}/${account}/${QueueName}`,
      AttributeNames: [...Object.keys(DEPTHS), OLDEST_ARRIVAL],
    });
    const attributes = Attributes as Readonly<Record<string, string>>;
    const put = (name: string, value: number): void => {
      cloudwatch.put({ namespace: 'AWS/SQS', name, dimensions: { QueueName } }, value);
    };
    for (const [attribute, name] of Object.entries(DEPTHS)) put(name, Number(attributes[attribute]));
    const arrivedMs = attributes[OLDEST_ARRIVAL];
    if (arrivedMs !== undefined) {
      put('ApproximateAgeOfOldestMessage', Math.max(0, cloudwatch.now() - Number(arrivedMs)) / 1000);
    }
  };
  return async () => {
    await Promise.all(cloudwatch.watched('AWS/SQS', 'QueueName').map(ask));
  };
}
