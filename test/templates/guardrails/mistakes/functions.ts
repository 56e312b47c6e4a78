import { set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const FUNCTION = 'AWS::Lambda::Function';

export const FUNCTION_MISTAKES: readonly Mistake[] = [
  {
    id: 'function-on-an-older-node',
    stage: 'dev',
    rule: 'function-runtime',
    make: (draft) => {
      set(draft.of(FUNCTION), 'Runtime', 'nodejs22.x');
    },
  },
  {
    id: 'function-of-somebody-else',
    stage: 'dev',
    rule: 'function-own',
    also: ['function-runtime', 'log-retention'],
    make: (draft) => {
      draft.add('lake', 'BucketNotificationsHandler', {
        Type: FUNCTION,
        Properties: { Runtime: 'python3.13', Handler: 'index.handler', Timeout: 300 },
      });
    },
  },
  {
    id: 'event-bridge-by-custom-resource',
    stage: 'dev',
    rule: 'dragged-in-resource',
    make: (draft) => {
      draft.add('lake', 'StorageRawNotifications', {
        Type: 'Custom::S3BucketNotifications',
        Properties: { NotificationConfiguration: { EventBridgeConfiguration: {} } },
      });
    },
  },
  {
    id: 'rotation-by-an-application',
    stage: 'prod',
    rule: 'dragged-in-resource',
    make: (draft) => {
      draft.add('serving', 'RotationSingleUser', {
        Type: 'AWS::Serverless::Application',
        Properties: { Location: { ApplicationId: 'SecretsManagerRDSPostgreSQLRotationSingleUser' } },
      });
    },
  },
  {
    id: 'logs-kept-for-ever',
    stage: 'prod',
    rule: 'log-retention',
    make: (draft) => {
      set(draft.of('AWS::Logs::LogGroup'), 'RetentionInDays', undefined);
    },
  },
  {
    id: 'function-that-makes-its-own-log-group',
    stage: 'dev',
    rule: 'log-retention',
    make: (draft) => {
      set(draft.of(FUNCTION), 'LoggingConfig.LogGroup', undefined);
    },
  },
  {
    id: 'output-that-is-not-there',
    stage: 'dev',
    rule: 'stack-output',
    make: (draft) => {
      set(draft.of(FUNCTION, 'QuotesLanding'), 'Environment.Variables.RAW_BUCKET', {
        'Fn::GetStackOutput': { StackName: 'tickerlake-dev-lake', OutputName: 'RawBucket' },
      });
    },
  },
];
