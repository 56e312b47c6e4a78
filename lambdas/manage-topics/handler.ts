/** Custom::KafkaTopics: topics of a serverless cluster, for which CloudFormation has no resource type of its own. */
import { setTimeout as wait } from 'node:timers/promises';
import { KafkaClient } from '@aws-sdk/client-kafka';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { answerCloudFormation } from '../../adapters/cfn-response.ts';
import { connectKafka } from '../../adapters/kafka.ts';
import { connectTopicAdmin } from '../../adapters/kafka-topics.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { manageTopics } from './manage-topics.ts';
import { readProperties } from './properties.ts';

const logger = createLogger('manage-topics');
const client = new KafkaClient({});

export const handler = async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
  const physicalResourceId = `kafka-topics-${event.LogicalResourceId}`;
  const options = {
    physicalResourceId,
    onError: (error: unknown) => {
      logger.error('topics not managed', describeError(error));
    },
  };
  await answerCloudFormation(event, context, options, async (signal) => {
    if (event.RequestType === 'Delete') {
      logger.info('topics kept', { reason: 'a topic outlives its stack' });
      return { physicalResourceId: event.PhysicalResourceId };
    }
    const { clusterArn, topics } = readProperties(event.ResourceProperties);
    const kafka = await connectKafka({
      client,
      clusterArn,
      clientId: context.functionName,
      log: (level, message, about) => {
        logger[level](message, about);
      },
    });
    const admin = await connectTopicAdmin(kafka);
    try {
      const changes = await manageTopics(admin, topics, { signal, wait });
      logger.info('topics managed', { changes: Object.fromEntries(changes) });
    } finally {
      await admin.close();
    }
    // One id for the life of the resource: a new one would make CloudFormation delete the old, to no effect.
    return {
      physicalResourceId: event.RequestType === 'Update' ? event.PhysicalResourceId : physicalResourceId,
    };
  });
};
