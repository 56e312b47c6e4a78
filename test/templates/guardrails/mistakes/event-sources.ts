import { type Draft, type Json, set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const landing = (draft: Draft): Json => draft.of('AWS::Lambda::EventSourceMapping', 'QuotesLanding');
const curating = (draft: Draft): Json => draft.of('AWS::Lambda::EventSourceMapping', 'QuotesCuration');
const landingFunction = (draft: Draft): Json => draft.of('AWS::Lambda::Function', 'QuotesLanding');
const LANDING_POLICY = 'QuotesLandingLandQuotesRole';
const GRANTS = 'event-source-consumer-grants';

export const EVENT_SOURCE_MISTAKES: readonly Mistake[] = [
  {
    id: 'more-pollers-at-least-than-at-most',
    stage: 'prod',
    rule: 'event-source-pollers',
    make: (draft) => {
      set(landing(draft), 'ProvisionedPollerConfig', { MinimumPollers: 5, MaximumPollers: 4 });
    },
  },
  {
    id: 'partial-failures-on-demand',
    stage: 'dev',
    rule: 'event-source-needs-pollers',
    also: ['event-source-partial-response'],
    make: (draft) => {
      set(landing(draft), 'FunctionResponseTypes', ['ReportBatchItemFailures']);
    },
  },
  {
    id: 'bisecting-on-demand',
    stage: 'dev',
    rule: 'event-source-needs-pollers',
    make: (draft) => {
      set(landing(draft), 'BisectBatchOnFunctionError', true);
    },
  },
  {
    id: 'retries-limited-on-demand',
    stage: 'dev',
    rule: 'event-source-needs-pollers',
    make: (draft) => {
      set(landing(draft), 'MaximumRetryAttempts', 5);
    },
  },
  {
    id: 'kafka-destination-on-demand',
    stage: 'dev',
    rule: 'event-source-needs-pollers',
    also: ['event-source-retries'],
    make: (draft) => {
      set(landing(draft), 'DestinationConfig', { OnFailure: { Destination: 'kafka://quotes_failed' } });
    },
  },
  {
    id: 'hundred-retries-with-destination',
    stage: 'prod',
    rule: 'event-source-retries',
    make: (draft) => {
      set(landing(draft), 'MaximumRetryAttempts', 100);
    },
  },
  {
    id: 'unlimited-retries-with-destination',
    stage: 'prod',
    rule: 'event-source-retries',
    make: (draft) => {
      set(landing(draft), 'MaximumRetryAttempts', undefined);
    },
  },
  {
    id: 'record-age-with-destination',
    stage: 'prod',
    rule: 'event-source-retries',
    make: (draft) => {
      set(landing(draft), 'MaximumRecordAgeInSeconds', 3600);
    },
  },
  {
    id: 'starts-at-latest',
    stage: 'prod',
    rule: 'event-source-starting-position',
    make: (draft) => {
      set(landing(draft), 'StartingPosition', 'LATEST');
    },
  },
  {
    id: 'starts-nowhere',
    stage: 'dev',
    rule: 'event-source-starting-position',
    make: (draft) => {
      set(landing(draft), 'StartingPosition', undefined);
    },
  },
  {
    id: 'consumer-without-group',
    stage: 'dev',
    rule: 'event-source-consumer-group',
    make: (draft) => {
      set(landing(draft), 'AmazonManagedKafkaEventSourceConfig', undefined);
    },
  },
  {
    id: 'two-consumers-in-one-group',
    stage: 'dev',
    rule: 'event-source-consumer-group',
    also: [GRANTS],
    make: (draft) => {
      const filter = draft.of('AWS::Lambda::EventSourceMapping', 'QuoteFilter');
      set(
        filter,
        'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId',
        (landing(draft)['AmazonManagedKafkaEventSourceConfig'] as Json)['ConsumerGroupId'],
      );
    },
  },
  {
    id: 'consumer-may-not-commit',
    stage: 'dev',
    rule: GRANTS,
    make: (draft) => {
      draft.revoke(LANDING_POLICY, 'kafka-cluster:AlterGroup');
    },
  },
  {
    id: 'consumer-granted-another-topic',
    stage: 'prod',
    rule: GRANTS,
    make: (draft) => {
      for (const statement of draft.statements(LANDING_POLICY))
        if ([statement['Action']].flat().includes('kafka-cluster:ReadData'))
          statement['Resource'] = JSON.parse(
            JSON.stringify(statement['Resource']).replaceAll('"/quotes"', '"/trades"'),
          ) as unknown;
    },
  },
  {
    id: 'producer-may-not-write-idempotently',
    stage: 'dev',
    rule: 'kafka-producer-grants',
    make: (draft) => {
      draft.revoke('QuoteProducer', 'kafka-cluster:WriteDataIdempotently');
    },
  },
  {
    id: 'diverted-batches-may-not-be-written',
    stage: 'prod',
    rule: 'event-source-destination-grants',
    make: (draft) => {
      draft.revoke('QuoteServerServeQuotesRole', 's3:PutObject');
    },
  },
  {
    id: 'consumer-runs-fifteen-minutes',
    stage: 'dev',
    rule: 'event-source-function-timeout',
    make: (draft) => {
      set(landingFunction(draft), 'Timeout', 900);
    },
  },
  {
    id: 'consumer-told-wrong-of-partial-failures',
    stage: 'prod',
    rule: 'event-source-partial-response',
    make: (draft) => {
      set(landingFunction(draft), 'Environment.Variables.PARTIAL_BATCH_RESPONSE', 'false');
    },
  },
  {
    id: 'consumer-of-a-misspelt-topic',
    stage: 'dev',
    rule: 'event-source-topic',
    also: [GRANTS],
    make: (draft) => {
      set(landing(draft), 'Topics', ['quote']);
    },
  },
  {
    id: 'message-visible-too-soon',
    stage: 'dev',
    rule: 'queue-visibility',
    make: (draft) => {
      set(draft.of('AWS::SQS::Queue', 'QuotesCurationQueue'), 'VisibilityTimeout', 120);
    },
  },
  {
    id: 'function-outlasts-its-queue',
    stage: 'prod',
    rule: 'queue-visibility',
    make: (draft) => {
      set(draft.of('AWS::Lambda::Function', 'QuotesCurationCurateQuotes'), 'Timeout', 780);
    },
  },
  {
    id: 'queue-without-dead-letters',
    stage: 'dev',
    rule: 'queue-dead-letters',
    make: (draft) => {
      set(draft.of('AWS::SQS::Queue', 'QuotesCurationQueue'), 'RedrivePolicy', undefined);
    },
  },
  {
    id: 'queue-without-partial-failures',
    stage: 'dev',
    rule: 'queue-dead-letters',
    make: (draft) => {
      set(curating(draft), 'FunctionResponseTypes', undefined);
    },
  },
];
