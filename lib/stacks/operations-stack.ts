import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { clusterName } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import { CostAlarms } from '../constructs/operations/cost-alarms.ts';
import { BURN_RATES, FreshnessObjective } from '../constructs/operations/freshness-objective.ts';
import { FreshnessProbe } from '../constructs/operations/freshness-probe.ts';
import { LakeDashboard } from '../constructs/operations/lake-dashboard.ts';
import { NeedsSomebody } from '../constructs/operations/needs-somebody.ts';
import { RunbookAlarm } from '../constructs/operations/runbook-alarm.ts';
import type { Workgroup } from '../constructs/query/workgroup.ts';

export interface OperationsStackProps extends StackProps {
  readonly config: StageConfig;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  /** What the probe asks Athena through. */
  readonly workgroup: Workgroup;
  /** The stacks whose alarms are summed up. */
  readonly watched: readonly Stack[];
}

/** What people look at, and what calls them: a dashboard, the objective on freshness, the sum of all alarms, and costs. */
export class OperationsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, storage, catalog, workgroup, watched, ...props }: OperationsStackProps,
  ) {
    super(scope, id, props);
    const { stage, operations } = config;
    const topic = TOPICS.quotes;
    const probe = new FreshnessProbe(this, 'Freshness', {
      config,
      topic,
      compacted: [topic, TOPICS.quotesFiltered],
      storage,
      catalog,
      workgroup,
    });
    const objective = new FreshnessObjective(this, 'FreshnessObjective', {
      stage,
      missed: (options) => probe.function.metricOf('FreshnessMissed', topic, options),
      probePeriod: Duration.minutes(operations.probeMinutes),
      percent: operations.freshnessPercent,
    });
    const alarms = [...watched, this].flatMap((stack) => RunbookAlarm.below(stack));
    const alone = alarms.filter(({ isAlone }) => isAlone);
    const needs = new NeedsSomebody(this, 'NeedsSomebody', {
      stage,
      pages: [objective.burning, ...alone.filter(({ isPage }) => isPage)],
      tickets: alone.filter(({ isPage }) => !isPage),
      alarmTopicArn: operations.alarmTopicArn,
    });
    new LakeDashboard(this, 'Lake', {
      stage,
      clusterName: clusterName(stage, config.cluster.kind),
      alarms,
      summary: [needs.now, needs.soon, objective.burning],
      burnRates: BURN_RATES.flatMap(({ long, short }) => [
        objective.burnRate(long),
        objective.burnRate(short),
      ]),
      freshnessSeconds: operations.freshnessSeconds,
      runbookUrl: operations.runbookUrl,
    });
    if (operations.monthlyBudgetUSD > 0) new CostAlarms(this, 'Costs', { stage, ...operations });

    new CfnOutput(this, 'ProbeFreshnessFunctionName', { value: probe.function.handler.functionName });
  }
}
