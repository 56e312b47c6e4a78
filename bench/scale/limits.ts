/** AWS's limits as its documentation states them, for us-east-1 where it makes a difference. Nothing else in bench/scale knows one. */

export interface Limit {
  readonly service: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Whether AWS raises it when asked. */
  readonly isAdjustable: boolean;
  readonly page: string;
}

const MSK_QUOTA = 'https://docs.aws.amazon.com/msk/latest/developerguide/limits.html';
const KAFKA_POLLERS = 'https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html';
const POLLER_CONFIG = 'https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html';
const LAMBDA_LIMITS = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
const SQS_SCALING = 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html';
const S3_PERFORMANCE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html';
const BROKER_SIZING =
  'https://aws.amazon.com/blogs/big-data/best-practices-for-right-sizing-your-apache-kafka-clusters-to-optimize-performance-and-cost/';

export const LIMITS = {
  serverlessIn: limit('MSK Serverless', 'into a cluster', 200, 'MB/s', true, MSK_QUOTA),
  serverlessOut: limit('MSK Serverless', 'out of a cluster', 400, 'MB/s', true, MSK_QUOTA),
  serverlessPartitionIn: limit('MSK Serverless', 'into a partition', 5, 'MB/s', false, MSK_QUOTA),
  serverlessPartitionOut: limit('MSK Serverless', 'out of a partition', 10, 'MB/s', false, MSK_QUOTA),
  serverlessPartitions: limit('MSK Serverless', 'partitions of a cluster', 2400, '', true, MSK_QUOTA),
  standardDisk: limit('MSK standard', 'to the disks of an m7g.xlarge', 156.25, 'MB/s', false, BROKER_SIZING),
  standardNetwork: limit('MSK standard', 'network of an m7g.xlarge', 234, 'MB/s', false, BROKER_SIZING),
  standardStorage: limit('MSK standard', 'disk of a broker', 16_384, 'GiB', false, MSK_QUOTA),
  brokersPerCluster: limit('MSK', 'brokers of a KRaft cluster', 60, '', true, MSK_QUOTA),
  expressIn: limit('MSK Express', 'into an express.m7g.xlarge, sustained', 31.2, 'MB/s', false, MSK_QUOTA),
  expressOut: limit('MSK Express', 'out of an express.m7g.xlarge, sustained', 62.5, 'MB/s', false, MSK_QUOTA),
  expressPartition: limit('MSK Express', 'through a partition', 15, 'MB/s', false, MSK_QUOTA),
  poller: limit('Lambda', 'through a Kafka event poller', 5, 'MB/s', false, KAFKA_POLLERS),
  pollerInvocations: limit(
    'Lambda',
    'invocations at once of a Kafka event poller',
    5,
    '',
    false,
    KAFKA_POLLERS,
  ),
  pollers: limit('Lambda', 'event pollers of an event source', 2000, '', false, POLLER_CONFIG),
  payload: limit('Lambda', 'event of an invocation', 6, 'MB', false, LAMBDA_LIMITS),
  concurrency: limit('Lambda', 'invocations at once in an account', 1000, '', true, LAMBDA_LIMITS),
  queueConcurrencyStep: limit(
    'Lambda',
    'more invocations a minute from a queue',
    300,
    '',
    false,
    SQS_SCALING,
  ),
  queueConcurrency: limit('Lambda', 'invocations at once from a queue', 1000, '', false, SQS_SCALING),
  s3Puts: limit('S3', 'PUT a second and prefix', 3500, '/s', false, S3_PERFORMANCE),
  s3Gets: limit('S3', 'GET a second and prefix', 5500, '/s', false, S3_PERFORMANCE),
  eventInvocations: limit(
    'EventBridge',
    'events to targets',
    18_750,
    '/s',
    true,
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
  ),
  inFlight: limit(
    'SQS',
    'messages in flight of a queue',
    120_000,
    '',
    true,
    'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html',
  ),
  partitionsPerCall: limit(
    'Glue',
    'partitions of a BatchCreatePartition',
    100,
    '',
    false,
    'https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html',
  ),
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitId = keyof typeof LIMITS;

function limit(
  service: string,
  what: string,
  value: number,
  unit: string,
  isAdjustable: boolean,
  page: string,
): Limit {
  return { service, what, value, unit, isAdjustable, page };
}
