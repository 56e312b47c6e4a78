import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import { jobName, tableNames } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { StageConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import type { Workgroup } from '../query/workgroup.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface FreshnessProbeProps {
  readonly config: StageConfig;
  /** Whose view is looked at. */
  readonly topic: TopicDefinition;
  /** Whose compaction is looked at. */
  readonly compacted: readonly TopicDefinition[];
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  /** What it asks Athena through. */
  readonly workgroup: Workgroup;
}

/**
 * Asks, as an analyst would, how old the newest quote is, and Glue when compaction succeeded last.
 *
 * What it costs: a query is charged for 10 MB at least, $0.00005, and reads one column of two days. At a look each five minutes
 * of 21 sessions a month that is 1,638 queries: $0.08, and 2 GETs for each file of the two days ($0.0004 per thousand), which is
 * the most of it where compaction is daily: 1,000 files make $1.30 a month. The function itself: less than a cent.
 * https://aws.amazon.com/athena/pricing/ and https://aws.amazon.com/s3/pricing/, us-east-1.
 */
export class FreshnessProbe extends Construct {
  readonly function: LakeFunction;

  constructor(scope: Construct, id: string, props: FreshnessProbeProps) {
    super(scope, id);
    const { config, topic, compacted, catalog, workgroup } = props;
    const { stage, operations, quotes, jobs } = config;
    const period = Duration.minutes(operations.probeMinutes);
    this.function = new LakeFunction(this, 'Probe', {
      stage,
      part: 'probe-freshness',
      description: `Asks how old the newest record of view ${tableNames(topic.name).view} is`,
      memoryMiB: 256,
      timeout: Duration.minutes(2),
      environment: {
        DATABASE_NAME: catalog.databaseName,
        TOPIC: topic.name,
        WORKGROUP: workgroup.workgroupName,
        IS_PRODUCED: String(quotes.scheduled),
        OBJECTIVE_SECONDS: String(operations.freshnessSeconds),
        ...(jobs.compactionScheduled && {
          COMPACT_JOB: jobName(stage, 'compact'),
          COMPACTED_TOPICS: compacted.map(({ name }) => name).join(','),
        }),
      },
      operations,
    });
    this.grantLook(props);
    // A look that failed is made good by the next one.
    this.function.handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: period });
    const schedule = new Schedule(this, 'Schedule', {
      description: 'Looks how fresh the lake is',
      schedule: ScheduleExpression.rate(period),
      target: new LambdaInvoke(this.function.handler, {
        input: ScheduleTargetInput.fromObject({ time: ContextAttribute.scheduledTime }),
        retryAttempts: 0,
        maxEventAge: period,
      }),
    });
    this.addSilenceAlarm(schedule);
    if (!jobs.compactionScheduled) return;
    for (const each of compacted) this.addCompactionAlarm(each, operations.compactionHours);
  }

  /**
   * What a probe does not measure counts as good, so somebody has to see that there is one: its schedule may be off, the schedule's
   * role broken, or the function have no concurrency left. A new alarm has no data and so goes off at once; hence it comes after
   * the schedule, whose first invocation is at once, too: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  private addSilenceAlarm(schedule: Schedule): void {
    const alarm = new RunbookAlarm(this, 'Silent', {
      metric: this.function.handler.metricInvocations({ period: Duration.minutes(5) }),
      threshold: 0,
      alarmsBelow: true,
      alarmsWhenMissing: true,
      evaluationPeriods: 6,
      summary: 'Nothing has looked at freshness for half an hour',
      section: 'probe-silent',
    });
    alarm.node.addDependency(schedule);
  }

  private addCompactionAlarm(topic: TopicDefinition, hours: number): void {
    new RunbookAlarm(this, `CompactionStale-${topic.name}`, {
      metric: this.function.metricOf('CompactionAge', topic, {
        period: Duration.minutes(15),
        statistic: 'Minimum',
      }),
      threshold: Duration.hours(hours).toSeconds(),
      summary: `Topic ${topic.name} was not compacted for ${hours} hours`,
      section: 'compaction-stale',
    });
  }

  /**
   * What Athena does in the name of who asks, on one view and the tables below it, and where the results go: less than the
   * workgroup's policy for people, which opens every table. https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
   */
  private grantLook({ config, topic, compacted, storage, catalog, workgroup }: FreshnessProbeProps): void {
    const { role } = this.function;
    const stack = Stack.of(this);
    const glue = (resource: string, resourceName?: string): string =>
      stack.formatArn({ service: 'glue', resource, ...(resourceName !== undefined && { resourceName }) });
    const { databaseName } = catalog;
    const { view, curated, history } = tableNames(topic.name);
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'athena:StartQueryExecution',
          'athena:StopQueryExecution',
          'athena:GetQueryExecution',
          'athena:GetQueryResults',
        ],
        resources: [
          stack.formatArn({
            service: 'athena',
            resource: 'workgroup',
            resourceName: workgroup.workgroupName,
          }),
        ],
      }),
    );
    for (const table of [view, curated, history]) catalog.grantDescribe(role, table);
    role.addToPolicy(
      new PolicyStatement({
        // https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
        actions: ['glue:GetPartitions', 'glue:BatchGetPartition'],
        resources: [
          glue('catalog'),
          glue('database', databaseName),
          glue('table', `${databaseName}/${curated}`),
        ],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['glue:GetDatabase'],
        resources: [glue('catalog'), glue('database', databaseName), glue('database', 'default')],
      }),
    );
    if (config.jobs.compactionScheduled) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ['glue:GetJobRuns'],
          resources: [glue('job', jobName(config.stage, 'compact'))],
        }),
      );
      for (const { name } of compacted)
        if (name !== topic.name) catalog.grantDescribe(role, tableNames(name).curated);
    }
    const zones = [locations.curated(topic.name), locations.history(topic.name)];
    storage.lake.grantBrowse(role, zones);
    for (const zone of zones) storage.lake.grantGetUnder(role, zone);
    const { results, resultPrefix } = workgroup;
    results.grantBrowse(role, [resultPrefix]);
    results.grantGetUnder(role, resultPrefix);
    results.grantWritePartsUnder(role, resultPrefix);
  }
}
