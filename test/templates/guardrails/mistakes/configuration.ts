import type { Mistake } from '../mistake.ts';

/** What lib/config/ catches before there is a template. */
export const CONFIGURATION_MISTAKES: readonly Mistake[] = [
  {
    id: 'config-kafka-version-with-zookeeper',
    stage: 'prod',
    rule: 'config:cluster.kafkaVersion',
    overrides: { cluster: { kafkaVersion: '3.5.1' } },
  },
  {
    id: 'config-burstable-broker',
    stage: 'prod',
    rule: 'config:cluster.brokerType',
    overrides: { cluster: { brokerType: 'kafka.t3.small' } },
  },
  {
    id: 'config-two-zones-for-three-replicas',
    stage: 'prod',
    rule: 'config:network.zones',
    overrides: { network: { zones: 2 } },
  },
  {
    id: 'config-more-pollers-at-least-than-at-most',
    stage: 'prod',
    rule: 'config:landing.maximumPollers',
    overrides: { landing: { minimumPollers: 5, maximumPollers: 4 } },
  },
  {
    id: 'config-retries-on-demand',
    stage: 'dev',
    rule: 'config:landing.retryAttempts',
    overrides: { landing: { retryAttempts: 5 } },
  },
  {
    id: 'config-too-few-retries',
    stage: 'prod',
    rule: 'config:landing.retryAttempts',
    overrides: { landing: { retryAttempts: 10 } },
  },
  {
    id: 'config-scan-cutoff-below-ten-megabytes',
    stage: 'dev',
    rule: 'config:workgroups.analysts.scanCutoffMB',
    overrides: { workgroups: { analysts: { scanCutoffMB: 5 } } },
  },
  {
    id: 'config-compaction-by-rate',
    stage: 'dev',
    rule: 'config:jobs.compactionSchedule',
    overrides: { jobs: { compactionSchedule: 'rate(1 hour)' } },
  },
  {
    id: 'config-api-without-secret',
    stage: 'dev',
    rule: 'config:quotes.apiSecretArn',
    overrides: { quotes: { source: 'http' } },
  },
  {
    id: 'config-dashboard-for-a-role',
    stage: 'dev',
    rule: 'config:dashboard.authors',
    overrides: { dashboard: { authors: 'arn:aws:iam::123456789012:role/analysts' } },
  },
  {
    id: 'config-database-without-backups',
    stage: 'dev',
    rule: 'config:serving.backupDays',
    overrides: { serving: { backupDays: 0 } },
  },
  {
    id: 'config-retention-that-cloudwatch-has-not',
    stage: 'prod',
    rule: 'config:operations.logDays',
    overrides: { operations: { logDays: 100 } },
  },
  {
    id: 'config-property-misspelt',
    stage: 'dev',
    rule: 'config:landing.batchsize',
    overrides: { landing: { batchsize: 500 } },
  },
];
