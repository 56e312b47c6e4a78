/** Event sources of Lambda on Kafka: what their pollers take, and what fits the functions that they call. */

import { destinationOf, functionOf, groupOf, kafkaSources, LAMBDA_GUIDE, timeoutOf } from './consumers.ts';
import { dig, listOf, type Node, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

/** Outages end; a batch given up is a hole in the lake until somebody replays it. */
const LEAST_RETRIES = 10_000;
/** Event sources on Kafka know no longer function: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html */
const LONGEST_CONSUMER_SECONDS = 14 * 60;
const hasPollers = ({ properties }: Resource): boolean => properties['ProvisionedPollerConfig'] !== undefined;

const POLLERS: Guardrail = {
  id: 'event-source-pollers',
  forbids: 'more pollers at least than at most, or a number that Lambda does not give',
  why: 'the event source is refused',
  source: `${LAMBDA_GUIDE}/kafka-scaling-modes.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Lambda::EventSourceMapping')) {
      const pollers = resource.properties['ProvisionedPollerConfig'] as Node | undefined;
      if (pollers === undefined) continue;
      const { MinimumPollers: minimum = 1, MaximumPollers: maximum = 200 } = pollers;
      if (!isWithin(minimum, 1, 200) || !isWithin(maximum, 1, 2000) || Number(minimum) > Number(maximum))
        yield {
          resource,
          property: 'ProvisionedPollerConfig',
          value: `${String(minimum)} to ${String(maximum)}`,
          allowed: '1 to 200 at least, and at most as many or more, up to 2000',
          fix: 'set landing.minimumPollers and landing.maximumPollers together',
        };
    }
  },
};

const isWithin = (value: unknown, low: number, high: number): boolean =>
  Number.isInteger(value) && Number(value) >= low && Number(value) <= high;

const NEEDS_POLLERS: Guardrail = {
  id: 'event-source-needs-pollers',
  forbids:
    'ReportBatchItemFailures, bisecting, limits of retries or age, or a Kafka topic for failures on on-demand pollers',
  why: 'only provisioned pollers of a Kafka event source take them; CDK synthesizes them silently, CloudFormation refuses',
  source: `${LAMBDA_GUIDE}/kafka-retry-configurations.html`,
  *check(deployment) {
    for (const resource of kafkaSources(deployment)) {
      if (hasPollers(resource)) continue;
      const { properties, stack } = resource;
      const unlimited = (value: unknown): boolean => value === undefined || value === -1;
      const isKafka = deployment.text(destinationOf(resource), stack).startsWith('kafka://');
      const present: readonly [property: string, isThere: boolean][] = [
        ['FunctionResponseTypes', listOf(properties['FunctionResponseTypes']).length > 0],
        ['BisectBatchOnFunctionError', properties['BisectBatchOnFunctionError'] === true],
        ['MaximumRetryAttempts', !unlimited(properties['MaximumRetryAttempts'])],
        ['MaximumRecordAgeInSeconds', !unlimited(properties['MaximumRecordAgeInSeconds'])],
        ['DestinationConfig.OnFailure.Destination', isKafka],
      ];
      for (const [property] of present.filter(([, isThere]) => isThere))
        yield {
          resource,
          property,
          value: dig(properties, property),
          allowed: 'nothing without ProvisionedPollerConfig',
          fix: `set landing.minimumPollers and landing.maximumPollers to 1 or more, or leave ${property} out`,
        };
    }
  },
};

const RETRIES: Guardrail = {
  id: 'event-source-retries',
  forbids: `with a destination for failures: fewer than ${LEAST_RETRIES} retries, none named, or a record age`,
  why: 'Lambda caps unlimited retries at 10 once there is a destination, so that an outage of minutes diverts good batches',
  source: `${LAMBDA_GUIDE}/kafka-on-failure.html`,
  *check(deployment) {
    for (const resource of kafkaSources(deployment)) {
      if (destinationOf(resource) === undefined) continue;
      const { MaximumRetryAttempts: retries, MaximumRecordAgeInSeconds: age } = resource.properties;
      if (retries !== LEAST_RETRIES)
        yield {
          resource,
          property: 'MaximumRetryAttempts',
          value: retries,
          allowed: `${LEAST_RETRIES}, the most there is`,
          fix: `set landing.retryAttempts to ${LEAST_RETRIES}`,
        };
      if (age !== undefined && age !== -1)
        yield {
          resource,
          property: 'MaximumRecordAgeInSeconds',
          value: age,
          allowed: 'no limit: records outlive an outage in the topic',
          fix: 'leave MaximumRecordAgeInSeconds out',
        };
    }
  },
};

const STARTING_POSITION: Guardrail = {
  id: 'event-source-starting-position',
  forbids: 'a Kafka event source that does not start at TRIM_HORIZON',
  why: 'LATEST can miss what is produced while the event source starts; without one it is refused',
  source: `${LAMBDA_GUIDE}/kafka-starting-positions.html`,
  *check(deployment) {
    for (const resource of kafkaSources(deployment)) {
      const value = resource.properties['StartingPosition'];
      if (value !== 'TRIM_HORIZON')
        yield {
          resource,
          property: 'StartingPosition',
          value,
          allowed: 'TRIM_HORIZON',
          fix: 'set startingPosition to StartingPosition.TRIM_HORIZON',
        };
    }
  },
};

const CONSUMER_GROUP: Guardrail = {
  id: 'event-source-consumer-group',
  forbids: 'a Kafka event source without a consumer group of its own, fixed name',
  why: 'Lambda makes up a name that no policy can grant, and a new event source starts from the beginning',
  source: `${LAMBDA_GUIDE}/kafka-consumer-group-id.html`,
  *check(deployment) {
    const seen = new Map<string, Resource>();
    for (const resource of kafkaSources(deployment)) {
      const group = deployment.text(groupOf(resource), resource.stack);
      if (group === '' || seen.has(group))
        yield {
          resource,
          property: 'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId',
          value: group === '' ? undefined : group,
          allowed: 'a name that no other event source has',
          fix: 'name the group after the function, as in tickerlake-dev-land-quotes',
        };
      seen.set(group, resource);
    }
  },
};

const FUNCTION_TIMEOUT: Guardrail = {
  id: 'event-source-function-timeout',
  forbids: 'a consumer of Kafka that may run longer than 14 minutes',
  why: 'event sources on Kafka refuse functions with a longer timeout',
  source: `${LAMBDA_GUIDE}/with-msk-configure.html`,
  *check(deployment) {
    for (const source of kafkaSources(deployment)) {
      const resource = functionOf(deployment, source);
      if (resource !== undefined && timeoutOf(resource) > LONGEST_CONSUMER_SECONDS)
        yield {
          resource,
          property: 'Timeout',
          value: timeoutOf(resource),
          allowed: `up to ${LONGEST_CONSUMER_SECONDS} s for a consumer of Kafka`,
          fix: 'lower the timeout, and the batch with it',
        };
    }
  },
};

const PARTIAL_RESPONSE: Guardrail = {
  id: 'event-source-partial-response',
  forbids: 'a consumer that is told otherwise by PARTIAL_BATCH_RESPONSE than its event source does',
  why: 'identifiers that nobody asked for are ignored, so failed records count as done; and the other way the whole batch comes again',
  source: `${LAMBDA_GUIDE}/kafka-retry-configurations.html`,
  *check(deployment) {
    for (const source of kafkaSources(deployment)) {
      const resource = functionOf(deployment, source);
      const value = dig(resource?.properties, 'Environment.Variables.PARTIAL_BATCH_RESPONSE');
      const reports = listOf(source.properties['FunctionResponseTypes']).includes('ReportBatchItemFailures');
      if (resource !== undefined && value !== String(reports))
        yield {
          resource,
          property: 'Environment.Variables.PARTIAL_BATCH_RESPONSE',
          value,
          allowed: `${String(reports)}, as its event source ${source.id} has it`,
          fix: 'let TopicConsumer set both',
        };
    }
  },
};

const SOURCE_TOPIC: Guardrail = {
  id: 'event-source-topic',
  forbids: 'an event source on a topic that no stack makes',
  why: 'auto.create.topics.enable is off: its pollers wait for ever',
  source: `${LAMBDA_GUIDE}/with-msk-configure.html`,
  *check(deployment) {
    const made = deployment
      .ofType('AWS::MSK::Topic', 'Custom::KafkaTopics')
      .flatMap(({ properties: { TopicName, Topics } }) =>
        TopicName === undefined ? listOf(Topics).map((topic) => dig(topic, 'name')) : [TopicName],
      );
    for (const resource of kafkaSources(deployment))
      for (const topic of listOf(resource.properties['Topics']).filter((each) => !made.includes(each)))
        yield {
          resource,
          property: 'Topics',
          value: topic,
          allowed: made.join(', '),
          fix: 'name a topic of core/topics.ts, or add it there',
        };
  },
};

export const EVENT_SOURCE_GUARDRAILS: readonly Guardrail[] = [
  POLLERS,
  NEEDS_POLLERS,
  RETRIES,
  STARTING_POSITION,
  CONSUMER_GROUP,
  FUNCTION_TIMEOUT,
  PARTIAL_RESPONSE,
  SOURCE_TOPIC,
];
