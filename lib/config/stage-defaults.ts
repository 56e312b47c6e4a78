import type { Stage } from '../../core/names.ts';
import type { StageConfig } from './stage-config.ts';

const DEV: StageConfig = {
  stage: 'dev',
  network: { zones: 2, cidr: '10.60.0.0/16' },
  cluster: {
    kind: 'serverless',
    kafkaVersion: '3.9.x.kraft',
    brokerType: 'kafka.m7g.large',
    brokerStorageGiB: 100,
  },
  lake: {
    start: '1990-01-01',
    noncurrentVersionDays: 7,
    coveredExpiryDays: 7,
    rawArchiveDays: 0,
    accessLogDays: 30,
  },
  quotes: {
    source: 'simulator',
    scheduled: true,
    periodMinutes: 1,
    symbols: '',
    listingKey: '',
    simulatorSeed: 1,
    tapeKey: '',
    api: 'finnhub',
    apiUrl: 'https://finnhub.io/api/v1',
    apiSecretArn: '',
    apiRatePerSecond: 25,
  },
  landing: {
    batchSize: 10_000,
    batchWindowSeconds: 2,
    memoryMiB: 1024,
    minimumPollers: 0,
    maximumPollers: 0,
    retryAttempts: 0,
  },
  curation: {
    batchSize: 5,
    maximumConcurrency: 10,
    memoryMiB: 1769,
    timeoutSeconds: 120,
    receiveAttempts: 5,
    sweepMinutes: 15,
  },
  analysts: { scanCutoffMB: 1_000, resultDays: 7 },
  operations: { logDays: 14, alarmTopicArn: '' },
};

const PROD: StageConfig = {
  ...DEV,
  stage: 'prod',
  network: { zones: 3, cidr: '10.61.0.0/16' },
  cluster: { ...DEV.cluster, kind: 'provisioned', brokerStorageGiB: 500 },
  lake: {
    ...DEV.lake,
    noncurrentVersionDays: 90,
    coveredExpiryDays: 30,
    rawArchiveDays: 90,
    accessLogDays: 365,
  },
  landing: {
    ...DEV.landing,
    batchWindowSeconds: 30,
    minimumPollers: 1,
    maximumPollers: 4,
    // With a destination Lambda caps "unlimited" at 10, so that an hour's outage would divert good batches.
    retryAttempts: 10_000,
  },
  curation: { ...DEV.curation, maximumConcurrency: 50 },
  analysts: { scanCutoffMB: 100_000, resultDays: 30 },
  operations: { ...DEV.operations, logDays: 90 },
};

/** What each stage is when nothing is overridden. */
export const STAGE_DEFAULTS: Readonly<Record<Stage, StageConfig>> = { dev: DEV, prod: PROD };
