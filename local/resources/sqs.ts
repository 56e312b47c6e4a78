/** Amazon SQS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_SQS.html */
import { arn, nameFromArn } from '../arn.ts';
import type { ResourceType } from './resource-type.ts';
import { policyDocument } from './role-book.ts';

/** Properties that are attributes of CreateQueue by the same name. */
const ATTRIBUTES = [
  'DelaySeconds',
  'FifoQueue',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'VisibilityTimeout',
] as const;

export const sqsTypes: readonly ResourceType[] = [
  {
    type: 'AWS::SQS::Queue',
    level: 'emulated',
    behind: 'moto',
    effective: ['QueueName', 'KmsMasterKeyId', ...ATTRIBUTES],
    inert: ['KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled', 'Tags'],
    provision: async (request, cloud) => {
      const name = request.physicalName('QueueName', 80);
      const given = ATTRIBUTES.flatMap((attribute) => {
        const value = request.properties[attribute];
        if (value === undefined) return [];
        return [[attribute, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const];
      });
      const created = await cloud.api.json('sqs', 'CreateQueue', {
        QueueName: name,
        Attributes: Object.fromEntries(given),
      });
      const url = String(created['QueueUrl']);
      const queueArn = arn(cloud, 'sqs', name);
      const key = request.optionalText('KmsMasterKeyId');
      if (key !== undefined) {
        cloud.gateway.setQueueKey(queueArn, key.startsWith('arn:') ? key : arn(cloud, 'kms', `key/${key}`));
      }
      return { ref: url, attributes: { Arn: queueArn, QueueName: name, QueueUrl: url } };
    },
  },
  {
    type: 'AWS::SQS::QueuePolicy',
    level: 'run',
    behind: 'the gateway, for each call on the queue and each event delivered to it',
    effective: ['Queues', 'PolicyDocument'],
    provision: (request, cloud) => {
      const document = policyDocument(request.object('PolicyDocument'));
      for (const url of request.texts('Queues')) {
        cloud.gateway.putQueuePolicy(arn(cloud, 'sqs', nameFromArn(url)), document);
      }
      return { ref: request.identifier(20), attributes: { Id: request.identifier(20) } };
    },
  },
];
