import { Duration, Size } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { DatabaseInstance, DatabaseInstanceReadReplica } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { ServingConfig } from '../../config/stage-config.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';

export interface DatabaseAlarmsProps {
  readonly instance: DatabaseInstance;
  readonly replica: DatabaseInstanceReadReplica | undefined;
  readonly serving: ServingConfig;
}

const BUSY_CPU_PERCENT = 80;
/** Below it PostgreSQL starts to swap, on an instance of any size. */
const LEAST_MEMORY = Size.mebibytes(64);
/** Of the disk to begin with. RDS enlarges a disk that has a tenth left, so less means that it cannot. */
const LEAST_STORAGE_SHARE = 0.05;
const MOST_CONNECTIONS_SHARE = 0.8;
const REPLICA_LAG = Duration.minutes(5);

/** What goes wrong with a database before it stops. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html */
export function addDatabaseAlarms(scope: Construct, props: DatabaseAlarmsProps): void {
  const { instance, replica, serving } = props;
  const period = Duration.minutes(5);
  const common = { evaluationPeriods: 3 };
  new RunbookAlarm(scope, 'Busy', {
    ...common,
    metric: instance.metricCPUUtilization({ period }),
    threshold: BUSY_CPU_PERCENT,
    summary: 'The serving database computes without a pause',
    section: 'database-load',
  });
  new RunbookAlarm(scope, 'ShortOfMemory', {
    ...common,
    metric: instance.metricFreeableMemory({ period }),
    threshold: LEAST_MEMORY.toBytes(),
    alarmsBelow: true,
    summary: 'The serving database has hardly any memory left',
    section: 'database-load',
  });
  new RunbookAlarm(scope, 'ShortOfStorage', {
    ...common,
    metric: instance.metricFreeStorageSpace({ period, statistic: Stats.MINIMUM }),
    threshold: Math.round(Size.gibibytes(serving.storageGiB).toBytes() * LEAST_STORAGE_SHARE),
    alarmsBelow: true,
    summary: "The serving database's disk is nearly full and does not grow",
    section: 'database-storage',
  });
  new RunbookAlarm(scope, 'ShortOfConnections', {
    ...common,
    metric: instance.metricDatabaseConnections({ period, statistic: Stats.MAXIMUM }),
    threshold: Math.floor(serving.maximumConnections * MOST_CONNECTIONS_SHARE),
    summary: 'The serving database has hardly any connection left to give',
    section: 'database-connections',
  });
  if (replica === undefined) return;
  new RunbookAlarm(scope, 'ReplicaLag', {
    ...common,
    metric: replica.metric('ReplicaLag', { period, statistic: Stats.MAXIMUM }),
    threshold: REPLICA_LAG.toSeconds(),
    summary: 'Readers of the serving database see what was minutes ago',
    section: 'replica-lag',
  });
}
