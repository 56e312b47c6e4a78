/**
 * What AWS refuses of an event source mapping.
 * Sources: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (ranges),
 * https://docs.aws.amazon.com/lambda/latest/dg/msk-esm-parameters.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html (what applies to which source),
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html (what needs provisioned mode, what excludes it).
 */

/** The properties of the template, as far as they are ruled. */
export interface MappingProperties {
  /** Of the resource, as it stands in the template: what is there at all. */
  readonly given: ReadonlySet<string>;
  readonly numbers: Readonly<Record<string, number | undefined>>;
  readonly responseTypes: readonly string[];
  readonly destination: string | undefined;
  readonly topic: string | undefined;
  readonly consumerGroupId: string | undefined;
  readonly isFifo: boolean;
  readonly functionTimeoutMs: number;
}

export interface Refusal {
  readonly property: string;
  readonly reason: string;
}

type Range = readonly [low: number, high: number];

/** -1, where it is allowed, is without end. */
const RANGES: Readonly<Record<string, Range>> = {
  BatchSize: [1, 10_000],
  MaximumBatchingWindowInSeconds: [0, 300],
  MaximumRetryAttempts: [-1, 10_000],
  MaximumConcurrency: [2, 1000],
};
const RECORD_AGE_SECONDS: Range = [60, 604_800];
const POLLERS = {
  kafka: { MinimumPollers: [1, 200], MaximumPollers: [1, 2000] },
  sqs: { MinimumPollers: [2, 200], MaximumPollers: [2, 2000] },
} satisfies Record<string, Record<string, Range>>;

const KAFKA_FAILURE_HANDLING = [
  'BisectBatchOnFunctionError',
  'FunctionResponseTypes',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
];
/** "Provisioned mode is required for observability features": https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_lambda_event_sources.ManagedKafkaEventSourceProps.html */
const KAFKA_OBSERVABILITY = ['LoggingConfig', 'MetricsConfig'];
const STREAM_ONLY = ['ParallelizationFactor', 'TumblingWindowInSeconds'];
const KAFKA_ONLY = [
  ...['AmazonManagedKafkaEventSourceConfig', 'BisectBatchOnFunctionError', 'DestinationConfig'],
  ...['MaximumRecordAgeInSeconds', 'MaximumRetryAttempts', 'StartingPosition', 'Topics'],
];
/** Event source mappings of Kafka support functions up to it: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html */
const KAFKA_TIMEOUT_MS = 14 * 60_000;

/** The first thing that AWS would refuse; undefined when it takes the mapping. */
export function refusalOf(source: 'kafka' | 'sqs', mapping: MappingProperties): Refusal | undefined {
  const own = source === 'kafka' ? kafkaRefusals(mapping) : sqsRefusals(mapping);
  return [...foreign(source, mapping), ...outOfRange(source, mapping), ...own][0];
}

function foreign(source: 'kafka' | 'sqs', { given }: MappingProperties): Refusal[] {
  const others = source === 'kafka' ? ['ScalingConfig'] : KAFKA_ONLY;
  return [...others, ...STREAM_ONLY]
    .filter((property) => given.has(property))
    .map((property) => ({
      property,
      reason: `does not apply to ${source === 'kafka' ? 'Kafka' : 'SQS'}: remove it`,
    }));
}

function outOfRange(source: 'kafka' | 'sqs', { numbers, responseTypes }: MappingProperties): Refusal[] {
  const refusals = Object.entries({ ...RANGES, ...POLLERS[source] }).flatMap(([property, range]) =>
    outside(property, numbers[property], range),
  );
  const age = numbers['MaximumRecordAgeInSeconds'];
  if (age !== -1) refusals.push(...outside('MaximumRecordAgeInSeconds', age, RECORD_AGE_SECONDS));
  const { MinimumPollers: low = POLLERS[source].MinimumPollers[0], MaximumPollers: high = 200 } = numbers;
  if (low > high)
    refusals.push({ property: 'MaximumPollers', reason: `${high} is below MinimumPollers, ${low}` });
  for (const type of responseTypes) {
    if (type === 'ReportBatchItemFailures') continue;
    refusals.push({
      property: 'FunctionResponseTypes',
      reason: `${type} is none: use ReportBatchItemFailures`,
    });
  }
  return refusals;
}

function outside(property: string, value: number | undefined, [low, high]: Range): Refusal[] {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return [];
  return [{ property, reason: `${value} is no whole number from ${low} to ${high}` }];
}

function kafkaRefusals(mapping: MappingProperties): Refusal[] {
  const { given, destination, topic, consumerGroupId, functionTimeoutMs } = mapping;
  const refusals: Refusal[] = [];
  const isKafkaDestination = destination?.startsWith('kafka://') === true;
  if (!given.has('ProvisionedPollerConfig')) {
    const hint = 'needs provisioned pollers: set ProvisionedPollerConfig, or remove it';
    for (const property of [...KAFKA_FAILURE_HANDLING, ...KAFKA_OBSERVABILITY]) {
      if (given.has(property)) refusals.push({ property, reason: hint });
    }
    if (isKafkaDestination) refusals.push({ property: 'DestinationConfig', reason: `a Kafka topic ${hint}` });
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html: no loops.
  if (isKafkaDestination && destination === `kafka://${topic ?? ''}`) {
    refusals.push({ property: 'DestinationConfig', reason: 'is the topic that is read: name another' });
  }
  if (consumerGroupId !== undefined && !/^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/.test(consumerGroupId)) {
    const reason = 'ConsumerGroupId takes 1 to 200 letters, digits and -/*:_+=.@';
    refusals.push({ property: 'AmazonManagedKafkaEventSourceConfig', reason });
  }
  if (functionTimeoutMs > KAFKA_TIMEOUT_MS) {
    const reason = `has a timeout of ${functionTimeoutMs / 1000} s; event sources of Kafka take 840 s at most`;
    refusals.push({ property: 'FunctionName', reason });
  }
  return refusals;
}

function sqsRefusals({ given, numbers, isFifo }: MappingProperties): Refusal[] {
  const refusals: Refusal[] = [];
  const { BatchSize: batchSize = 10, MaximumBatchingWindowInSeconds: windowSeconds = 0 } = numbers;
  if (isFifo && batchSize > 10) {
    refusals.push({
      property: 'BatchSize',
      reason: `${batchSize} is above 10, the most that a FIFO queue takes`,
    });
  }
  if (isFifo && windowSeconds > 0) {
    refusals.push({ property: 'MaximumBatchingWindowInSeconds', reason: 'does not apply to FIFO queues' });
  }
  if (!isFifo && batchSize > 10 && windowSeconds < 1) {
    const reason = `${batchSize} is above 10: set MaximumBatchingWindowInSeconds to at least 1`;
    refusals.push({ property: 'BatchSize', reason });
  }
  if (given.has('ScalingConfig') && given.has('ProvisionedPollerConfig')) {
    refusals.push({
      property: 'ScalingConfig',
      reason: 'cannot be set together with ProvisionedPollerConfig',
    });
  }
  return refusals;
}
