/** Kafka on MSK: brokers asked of the Kafka API, IAM tokens over TLS. */
import { GetBootstrapBrokersCommand, type KafkaClient } from '@aws-sdk/client-kafka';
import { Kafka, type KafkaConfig, type logCreator, logLevel } from 'kafkajs';
import { TickerlakeError } from '../core/errors.ts';
import { makeKafkaToken } from './kafka-token.ts';

/** Where Kafka's own client writes what it has to say: never a record's payload. */
export type KafkaLog = (level: 'error' | 'warn', message: string, about: Record<string, unknown>) => void;

export interface KafkaOptions {
  readonly client: KafkaClient;
  readonly clusterArn: string;
  /** Shown in the broker's logs and quotas. */
  readonly clientId: string;
  readonly log?: KafkaLog;
  /** @default kafkajs: 5 retries from 300 ms on, times 2 with jitter, at most 30 s apart */
  readonly retry?: KafkaConfig['retry'];
}

/**
 * A Kafka client for a cluster with IAM access control. CloudFormation returns no bootstrap servers of a serverless
 * cluster, so the Kafka API is asked. Port 9098 speaks SASL_SSL with OAUTHBEARER:
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 * @throws TickerlakeError KAFKA_UNAVAILABLE
 */
export async function connectKafka(options: KafkaOptions): Promise<Kafka> {
  const { client, log } = options;
  const region = await client.config.region();
  return new Kafka({
    clientId: options.clientId,
    brokers: await iamBrokers(client, options.clusterArn),
    ssl: true,
    sasl: {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({
        value: await makeKafkaToken(region, await client.config.credentials()),
      }),
    },
    connectionTimeout: 10_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.WARN,
    ...(log === undefined ? {} : { logCreator: logTo(log) }),
    ...(options.retry === undefined ? {} : { retry: options.retry }),
  });
}

async function iamBrokers(client: KafkaClient, clusterArn: string): Promise<string[]> {
  try {
    const { BootstrapBrokerStringSaslIam: brokers } = await client.send(
      new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }),
    );
    if (brokers !== undefined && brokers !== '') return brokers.split(',');
  } catch (error) {
    throw new TickerlakeError('KAFKA_UNAVAILABLE', `cannot find the brokers of ${clusterArn}`, {
      cause: error,
    });
  }
  throw new TickerlakeError(
    'KAFKA_UNAVAILABLE',
    `cluster ${clusterArn} has no broker with IAM access control`,
    {
      hint: 'enable SASL/IAM client authentication on the cluster, or wait until it is ACTIVE',
    },
  );
}

function logTo(log: KafkaLog): logCreator {
  return () =>
    ({ level, log: { message, logger: _logger, timestamp: _timestamp, stack: _stack, ...about } }) => {
      log(level === logLevel.ERROR ? 'error' : 'warn', `kafka: ${message}`, about);
    };
}
