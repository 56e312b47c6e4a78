/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
import type { Derive, Permission } from './call.ts';
import { text } from './call.ts';

/** Operations on one queue, with the action that they take: a batch takes the action of its items. */
const ACTIONS: Readonly<Record<string, string>> = {
  SendMessage: 'SendMessage',
  SendMessageBatch: 'SendMessage',
  ReceiveMessage: 'ReceiveMessage',
  DeleteMessage: 'DeleteMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibility: 'ChangeMessageVisibility',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  GetQueueUrl: 'GetQueueUrl',
  GetQueueAttributes: 'GetQueueAttributes',
  SetQueueAttributes: 'SetQueueAttributes',
  CreateQueue: 'CreateQueue',
  DeleteQueue: 'DeleteQueue',
  PurgeQueue: 'PurgeQueue',
  ListDeadLetterSourceQueues: 'ListDeadLetterSourceQueues',
  ListQueueTags: 'ListQueueTags',
  TagQueue: 'TagQueue',
  UntagQueue: 'UntagQueue',
  ListQueues: 'ListQueues',
  StartMessageMoveTask: 'StartMessageMoveTask',
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
const KMS_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  SendMessage: ['kms:GenerateDataKey', 'kms:Decrypt'],
  SendMessageBatch: ['kms:GenerateDataKey', 'kms:Decrypt'],
  ReceiveMessage: ['kms:Decrypt'],
};

export const deriveSqs: Derive = ({ operation, parameters }, around) => {
  const action = ACTIONS[operation];
  if (action === undefined) return undefined;
  const { account, region } = around;
  const name = text(parameters, 'QueueUrl')?.split('/').at(-1) ?? text(parameters, 'QueueName') ?? '*';
  const resource = text(parameters, 'SourceArn') ?? `arn:aws:sqs:${region}:${account}:${name}`;
  const permissions: Permission[] = [{ action: `sqs:${action}`, resource }];
  const key = around.queueKey(resource);
  if (key !== undefined)
    for (const kms of KMS_ACTIONS[operation] ?? [])
      permissions.push({
        action: kms,
        resource: key,
        context: {
          'kms:CallerAccount': account,
          'kms:ViaService': `sqs.${region}.amazonaws.com`,
          'kms:EncryptionContext:aws:sqs:arn': resource,
        },
      });
  return permissions;
};
