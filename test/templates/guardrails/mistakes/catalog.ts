import { type Draft, type Json, replace, set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const raw = (draft: Draft): Json => draft.of('AWS::Glue::Table', 'CatalogQuotesRaw');
const curated = (draft: Draft): Json => draft.of('AWS::Glue::Table', 'CatalogQuotesCurated');
const parameters = (draft: Draft): Json => (raw(draft)['TableInput'] as { Parameters: Json }).Parameters;
const ruleset = (draft: Draft): Json => draft.of('AWS::Glue::DataQualityRuleset');
const workgroup = (draft: Draft): Json => draft.of('AWS::Athena::WorkGroup', 'Analysts');

/** `projection.kafka_partition.range` -> `projection.kafka_partiton.range` */
function rename(target: Json, from: string, to: string): void {
  if (!Object.hasOwn(target, from)) throw new Error(`there is no ${from}`);
  target[to] = target[from];
  Reflect.deleteProperty(target, from);
}

export const CATALOG_MISTAKES: readonly Mistake[] = [
  {
    id: 'column-type-of-another-database',
    stage: 'dev',
    rule: 'athena-column-type',
    make: (draft) => {
      set(curated(draft), 'TableInput.StorageDescriptor.Columns.0.Type', 'text');
    },
  },
  {
    id: 'timestamp-with-a-zone',
    stage: 'prod',
    rule: 'athena-column-type',
    make: (draft) => {
      set(curated(draft), 'TableInput.StorageDescriptor.Columns.6.Type', 'timestamp with time zone');
    },
  },
  {
    id: 'unknown-type-in-a-struct',
    stage: 'dev',
    rule: 'athena-column-type',
    make: (draft) => {
      set(
        raw(draft),
        'TableInput.StorageDescriptor.Columns.4.Type',
        'array<struct<name:string,value:bytes>>',
      );
    },
  },
  {
    id: 'projection-enable-for-enabled',
    stage: 'dev',
    rule: 'athena-projection-property',
    also: ['athena-projection-complete'],
    make: (draft) => {
      rename(parameters(draft), 'projection.enabled', 'projection.enable');
    },
  },
  {
    id: 'projected-key-misspelt',
    stage: 'prod',
    rule: 'athena-projection-property',
    also: ['athena-projection-complete', 'kafka-partitions-projected'],
    make: (draft) => {
      rename(parameters(draft), 'projection.kafka_partition.range', 'projection.kafka_partiton.range');
    },
  },
  {
    id: 'storage-template-misspelt',
    stage: 'dev',
    rule: 'athena-projection-property',
    make: (draft) => {
      rename(parameters(draft), 'storage.location.template', 'storage.location.templte');
    },
  },
  {
    id: 'projection-switched-off',
    stage: 'dev',
    rule: 'athena-projection-complete',
    make: (draft) => {
      parameters(draft)['projection.enabled'] = 'false';
    },
  },
  {
    id: 'projection-range-upside-down',
    stage: 'dev',
    rule: 'athena-projection-complete',
    also: ['kafka-partitions-projected'],
    make: (draft) => {
      parameters(draft)['projection.kafka_partition.range'] = '3,0';
    },
  },
  {
    id: 'projection-of-no-type',
    stage: 'prod',
    rule: 'athena-projection-complete',
    make: (draft) => {
      parameters(draft)['projection.kafka_partition.type'] = 'int';
    },
  },
  {
    id: 'date-range-of-another-format',
    stage: 'dev',
    rule: 'athena-projection-complete',
    make: (draft) => {
      Object.assign((curated(draft)['TableInput'] as { Parameters: Json }).Parameters, {
        'projection.enabled': 'true',
        'projection.dt.type': 'date',
        'projection.dt.format': 'yyyy-MM-dd',
        'projection.dt.range': '2026/01/01,NOW',
      });
    },
  },
  {
    id: 'location-without-a-key',
    stage: 'dev',
    rule: 'athena-projection-location',
    make: (draft) => {
      replace(parameters(draft), 'storage.location.template', '/kafka_partition=${kafka_partition}', '');
    },
  },
  {
    id: 'location-without-a-slash',
    stage: 'prod',
    rule: 'athena-projection-location',
    make: (draft) => {
      replace(parameters(draft), 'storage.location.template', '${kafka_partition}/', '${kafka_partition}');
    },
  },
  {
    id: 'crawler-on-raw',
    stage: 'dev',
    rule: 'glue-crawler-on-projection',
    make: (draft) => {
      const location = (raw(draft)['TableInput'] as { StorageDescriptor: { Location: unknown } })
        .StorageDescriptor.Location;
      draft.add('lake', 'RawCrawler', {
        Type: 'AWS::Glue::Crawler',
        Properties: { Targets: { S3Targets: [{ Path: location }] } },
      });
    },
  },
  {
    id: 'workgroup-not-enforced',
    stage: 'dev',
    rule: 'athena-workgroup-enforced',
    make: (draft) => {
      set(workgroup(draft), 'WorkGroupConfiguration.EnforceWorkGroupConfiguration', false);
    },
  },
  {
    id: 'scan-cutoff-below-ten-megabytes',
    stage: 'dev',
    rule: 'athena-scan-cutoff',
    make: (draft) => {
      set(workgroup(draft), 'WorkGroupConfiguration.BytesScannedCutoffPerQuery', 5_000_000);
    },
  },
  {
    id: 'no-scan-cutoff',
    stage: 'prod',
    rule: 'athena-scan-cutoff',
    make: (draft) => {
      set(workgroup(draft), 'WorkGroupConfiguration.BytesScannedCutoffPerQuery', undefined);
    },
  },
  {
    id: 'results-unencrypted',
    stage: 'prod',
    rule: 'athena-results-encrypted',
    make: (draft) => {
      set(workgroup(draft), 'WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration', undefined);
    },
  },
  {
    id: 'job-on-an-older-glue',
    stage: 'dev',
    rule: 'glue-version',
    make: (draft) => {
      set(draft.of('AWS::Glue::Job'), 'GlueVersion', '4.0');
    },
  },
  {
    id: 'two-delimiters-in-one-classifier',
    stage: 'dev',
    rule: 'glue-classifier-delimiter',
    make: (draft) => {
      set(draft.of('AWS::Glue::Classifier'), 'CsvClassifier.Delimiter', ',|');
    },
  },
  {
    id: 'dqdl-rule-misspelt',
    stage: 'dev',
    rule: 'glue-dqdl-syntax',
    make: (draft) => {
      replace(ruleset(draft), 'Ruleset', 'IsComplete "symbol"', 'IsCompleted "symbol"');
    },
  },
  {
    id: 'dqdl-comma-missing',
    stage: 'prod',
    rule: 'glue-dqdl-syntax',
    make: (draft) => {
      replace(ruleset(draft), 'Ruleset', 'ColumnExists "symbol",', 'ColumnExists "symbol"');
    },
  },
  {
    id: 'dqdl-quote-missing',
    stage: 'dev',
    rule: 'glue-dqdl-syntax',
    make: (draft) => {
      replace(ruleset(draft), 'Ruleset', 'IsComplete "dt"', 'IsComplete "dt');
    },
  },
  {
    id: 'trigger-names-another-ruleset',
    stage: 'dev',
    rule: 'glue-ruleset-named',
    make: (draft) => {
      const [action] = draft.of('AWS::Glue::Trigger', 'CompactionquotesSchedule')['Actions'] as Json[];
      set(action ?? {}, 'Arguments', { '--quality_ruleset': 'tickerlake-dev-trades' });
    },
  },
  {
    id: 'rate-of-one-in-the-plural',
    stage: 'dev',
    rule: 'schedule-expression',
    make: (draft) => {
      set(draft.of('AWS::Scheduler::Schedule', 'QuoteProducer'), 'ScheduleExpression', 'rate(1 minutes)');
    },
  },
  {
    id: 'cron-of-five-fields',
    stage: 'dev',
    rule: 'schedule-expression',
    make: (draft) => {
      set(draft.of('AWS::Scheduler::Schedule', 'QuoteProducer'), 'ScheduleExpression', 'cron(0/5 * * * ?)');
    },
  },
  {
    id: 'cron-with-both-days',
    stage: 'prod',
    rule: 'schedule-expression',
    make: (draft) => {
      set(
        draft.of('AWS::Scheduler::Schedule', 'QuoteProducer'),
        'ScheduleExpression',
        'cron(0 18 * * MON-FRI *)',
      );
    },
  },
  {
    id: 'rotation-by-minutes',
    stage: 'prod',
    rule: 'schedule-expression',
    make: (draft) => {
      set(
        draft.of('AWS::SecretsManager::RotationSchedule'),
        'RotationRules.ScheduleExpression',
        'rate(30 minutes)',
      );
    },
  },
  {
    id: 'glue-trigger-by-rate',
    stage: 'dev',
    rule: 'glue-schedule',
    make: (draft) => {
      set(draft.of('AWS::Glue::Trigger', 'CompactionquotesSchedule'), 'Schedule', 'rate(1 hour)');
    },
  },
  {
    id: 'crawler-every-minute',
    stage: 'prod',
    rule: 'glue-schedule',
    make: (draft) => {
      set(draft.of('AWS::Glue::Crawler', 'Crawler'), 'Schedule.ScheduleExpression', 'cron(* * * * ? *)');
    },
  },
];
