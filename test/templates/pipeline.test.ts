import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { readable } from '../helpers/readable.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const devLake = synthesize('dev');
const dev = devLake.stacks.pipeline;
const prod = synthesize('prod').stacks.pipeline;

const environment = (template: typeof dev, name: string): Record<string, unknown> => {
  const { Environment } = onlyOne(template, 'AWS::Lambda::Function', { FunctionName: name });
  return (Environment as { Variables: Record<string, unknown> }).Variables;
};

describe('landing', () => {
  const mapping = (template: typeof dev) =>
    onlyOne(template, 'AWS::Lambda::EventSourceMapping', {
      Topics: ['quotes'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: Match.stringLikeRegexp('land-quotes$') },
    });

  test.each([
    ['dev', dev],
    ['prod', prod],
  ])('of %s reads the topic from its beginning, in one group of fixed name', (stage, template) => {
    expect(mapping(template)).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `tickerlake-${stage}-land-quotes` },
      BatchSize: 10_000,
    });
  });

  test('with on-demand pollers asks for nothing that only provisioned ones take, and retries without end', () => {
    const found = Object.keys(mapping(dev));
    for (const property of [
      'ProvisionedPollerConfig',
      'FunctionResponseTypes',
      'BisectBatchOnFunctionError',
      'MaximumRetryAttempts',
      'MaximumRecordAgeInSeconds',
      'DestinationConfig',
    ]) {
      expect(found).not.toContain(property);
    }
    expect(environment(dev, 'tickerlake-dev-land-quotes')).toMatchObject({ PARTIAL_BATCH_RESPONSE: 'false' });
  });

  test('with provisioned pollers diverts a batch only after ten thousand attempts, whatever its age', () => {
    expect(mapping(prod)).toMatchObject({
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10_000,
      DestinationConfig: { OnFailure: { Destination: expect.anything() as unknown } },
      MetricsConfig: { Metrics: ['EventCount'] },
    });
    expect(mapping(prod)).not.toHaveProperty('MaximumRecordAgeInSeconds');
    expect(environment(prod, 'tickerlake-prod-land-quotes')).toMatchObject({
      PARTIAL_BATCH_RESPONSE: 'true',
    });
  });

  test('may read and clear away what is diverted, where anything is', () => {
    const diverted = (template: typeof dev): boolean =>
      JSON.stringify(template.toJSON()).includes('aws/lambda/*');
    expect([diverted(dev), diverted(prod)]).toEqual([false, true]);
  });

  test('alarms on what it diverts', () => {
    prod.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'OnFailureDestinationDeliveredEventCount',
      Dimensions: [{ Name: 'EventSourceMappingUUID', Value: Match.anyValue() }],
      Threshold: 1,
    });
  });
});

describe('curation', () => {
  test.each(['quotes', 'quotes_filtered'])(
    'of %s hears of its raw objects alone: neither of quarantined nor of diverted ones, nor of another topic',
    (topic) => {
      const { EventPattern } = onlyOne(dev, 'AWS::Events::Rule', {
        Description: Match.stringLikeRegexp(`topic ${topic} `),
      });
      expect(EventPattern).toMatchObject({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { object: { key: [{ prefix: `${topic}/` }] } },
      });
    },
  );

  test('lets EventBridge into its queues for this rule alone', () => {
    dev.resourceCountIs('AWS::SQS::QueuePolicy', 4);
    dev.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: Match.anyValue(),
            Condition: { ArnEquals: { 'aws:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  test('hides a message for six times the time that its function has', () => {
    const { Timeout } = onlyOne(dev, 'AWS::Lambda::Function', {
      FunctionName: 'tickerlake-dev-curate-quotes',
    });
    dev.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: Number(Timeout) * 6,
      RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: Match.anyValue() },
    });
  });

  test('fails messages one by one', () => {
    dev.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 5,
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  test('has encrypted queues that refuse plain HTTP and keep dead letters for two weeks', () => {
    dev.allResourcesProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    dev.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });
});

describe('requests for curation', () => {
  test.each(['quotes', 'quotes_filtered'])(
    'of %s begin with a sweep every quarter of an hour, which nobody repeats',
    (topic) => {
      const schedule = {
        ScheduleExpression: 'rate(15 minutes)',
        Description: Match.stringLikeRegexp(`topic ${topic} `),
      };
      expect(onlyOne(dev, 'AWS::Scheduler::Schedule', schedule)).toMatchObject({
        State: 'ENABLED',
        Target: { Input: '{"action":"sweep"}', RetryPolicy: { MaximumRetryAttempts: 0 } },
      });
      dev.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
        FunctionName: { Ref: Match.stringLikeRegexp('RequestCuration') },
        MaximumRetryAttempts: 0,
      });
    },
  );

  test('are over before the next sweep', () => {
    const { Timeout } = onlyOne(dev, 'AWS::Lambda::Function', {
      FunctionName: 'tickerlake-dev-request-curation',
    });
    expect(Timeout).toBe(900);
    const sweepMinutes = { overrides: { curation: { sweepMinutes: 14 } } };
    expect(() => synthesize('dev', sweepMinutes)).toThrow(/sweepMinutes is 14; allowed is .* 15 to 360/);
  });

  test('go to the queue that curation works on', () => {
    expect(environment(dev, 'tickerlake-dev-request-curation')).toMatchObject({
      QUEUE_URL: { Ref: expect.stringMatching(/^QuotesCurationQueue/) as unknown },
    });
  });
});

describe('metrics of the functions', () => {
  const alarm = (MetricName: string, part: string, more: object): void => {
    dev.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'tickerlake',
      MetricName,
      Dimensions: [
        { Name: 'service', Value: `tickerlake-dev-${part}` },
        { Name: 'topic', Value: 'quotes' },
      ],
      Statistic: 'Sum',
      ...more,
    });
  };

  test('alarm when two sweeps in a row find something', () => {
    alarm('ObjectsSwept', 'request-curation', { Period: 900, EvaluationPeriods: 2, Threshold: 1 });
  });

  test('alarm on many quarantined records', () => {
    alarm('RecordsQuarantined', 'curate-quotes', { Period: 300, Threshold: 100 });
  });
});

describe('the quote producer', () => {
  test('runs every minute and is told when that fell due', () => {
    const schedule = { ScheduleExpression: 'rate(1 minute)' };
    expect(onlyOne(dev, 'AWS::Scheduler::Schedule', schedule)).toMatchObject({
      State: 'ENABLED',
      Target: {
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    });
  });

  test('runs beside the brokers', () => {
    expect(
      onlyOne(dev, 'AWS::Lambda::Function', { FunctionName: 'tickerlake-dev-produce-quotes' }),
    ).toHaveProperty('VpcConfig');
  });

  test('knows of a quote API, and may read its key, only when it is the source', () => {
    const apiSecretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:finnhub-AbCdEf';
    const http = synthesize('dev', { overrides: { quotes: { source: 'http', apiSecretArn } } }).stacks
      .pipeline;
    expect(environment(http, 'tickerlake-dev-produce-quotes')).toMatchObject({
      QUOTE_SOURCE: 'http',
      QUOTE_API: 'finnhub',
      QUOTE_API_SECRET_ARN: apiSecretArn,
    });
    expect(JSON.stringify(http.toJSON())).toContain('secretsmanager:GetSecretValue');
    expect(Object.keys(environment(dev, 'tickerlake-dev-produce-quotes'))).not.toContain('QUOTE_API');
    expect(JSON.stringify(dev.toJSON())).not.toContain('secretsmanager:');
  });
});

describe('every function', () => {
  test.each([
    ['stream', 1],
    ['serving', 1],
    ['pipeline', 9],
    ['query', 1],
  ] as const)('of %s runs Node 24 on ARM, logs JSON into a group of its own that forgets', (part, count) => {
    const template = devLake.stacks[part];
    template.resourceCountIs('AWS::Lambda::Function', count);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON', LogGroup: Match.anyValue() },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 14 });
  });

  test('has a role of its own', () => {
    const roles = Object.values(dev.findResources('AWS::Lambda::Function')).map((each) =>
      readable((each['Properties'] as { Role: unknown }).Role),
    );
    expect(new Set(roles).size).toBe(roles.length);
  });
});

describe('alarms', () => {
  test('say where the runbook goes on, and leave it to the composite alarms to notify', () => {
    const alarmTopicArn = 'arn:aws:sns:us-east-1:123456789012:on-call';
    const { pipeline } = synthesize('dev', { overrides: { operations: { alarmTopicArn } } }).stacks;
    pipeline.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: Match.absent(),
      AlarmDescription: Match.stringLikeRegexp('Runbook: docs/runbook\\.md#[a-z-]+$'),
      TreatMissingData: 'notBreaching',
    });
  });
});
