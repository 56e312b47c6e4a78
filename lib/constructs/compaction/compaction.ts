import { Duration, Stack } from 'aws-cdk-lib';
import { CfnDataQualityRuleset, CfnTrigger } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { renderRuleset } from '../../../core/data-quality.ts';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { jobName, qualityRulesetName, tableNames } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { JobsConfig, LakeConfig, OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { GlueEncryption } from '../jobs/glue-encryption.ts';
import { SparkJob } from '../jobs/spark-job.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import { TableOptimizers } from './table-optimizers.ts';

export interface CompactionProps {
  readonly stage: Stage;
  /** What it compacts, the first of them unless a run says otherwise. */
  readonly topics: readonly [TopicDefinition, ...TopicDefinition[]];
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly encryption: GlueEncryption;
  readonly lake: LakeConfig;
  readonly jobs: JobsConfig;
  readonly operations: OperationsConfig;
}

const BYTES_PER_MB = 1_000_000;

/**
 * Curated files become history: a Spark job for all topics, a schedule for each, the rules that rows have to keep, and the
 * function that moves a view's cut. Neither history's tables nor the views are resources of a template: a deployment would
 * put them back to what they were on the first day.
 */
export class Compaction extends Construct {
  readonly job: SparkJob;
  readonly moveCut: LakeFunction;

  constructor(scope: Construct, id: string, props: CompactionProps) {
    super(scope, id);
    const { stage, topics, catalog, jobs } = props;
    this.moveCut = new LakeFunction(this, 'MoveCut', {
      stage,
      part: 'move-cut',
      description: "Moves a view's cut between history and curated files to what history holds",
      memoryMiB: 256,
      timeout: Duration.minutes(1),
      environment: { DATABASE_NAME: catalog.databaseName },
      operations: props.operations,
    });
    for (const { name } of topics) catalog.grantUpdate(this.moveCut.role, tableNames(name).view);

    const optimizers = jobs.optimizers ? new TableOptimizers(this, 'Optimizers', props) : undefined;
    const [first] = topics;
    this.job = new SparkJob(this, 'Compact', {
      ...props,
      part: 'compact',
      description: 'Compacts curated files into history and moves the cut of the view',
      arguments: {
        ...topicArguments(stage, first),
        view_function: this.moveCut.handler.functionName,
        target_file_bytes: String(jobs.targetFileMB * BYTES_PER_MB),
        quality_action: jobs.qualityAction,
        freshness_hours: String(jobs.freshnessHours),
        optimizer_role: optimizers?.roleArn ?? '',
        snapshot_days: String(jobs.snapshotDays),
      },
      // Of different topics. Of the same one, the second to commit starts over.
      concurrentRuns: topics.length,
      section: 'compaction-failed',
    });
    this.grantCompact(props);
    optimizers?.grantCreate(this.job.role);
    for (const topic of topics) this.addTopic(topic, props);
  }

  private addTopic(topic: TopicDefinition, { stage, lake, jobs }: CompactionProps): void {
    const scope = new Construct(this, topic.name);
    new CfnDataQualityRuleset(scope, 'Ruleset', {
      name: qualityRulesetName(stage, topic.name),
      description: `What rows of topic ${topic.name} have to keep to become history`,
      ruleset: renderRuleset(topic.name, lake.start),
    });
    if (!jobs.compactionScheduled) return;
    new CfnTrigger(scope, 'Schedule', {
      name: `${jobName(stage, 'compact')}-${topic.name.replaceAll('_', '-')}`,
      description: `Compacts topic ${topic.name}`,
      type: 'SCHEDULED',
      schedule: jobs.compactionSchedule,
      startOnCreation: true,
      actions: [
        {
          jobName: this.job.jobName,
          arguments: Object.fromEntries(
            Object.entries(topicArguments(stage, topic)).map(([name, value]) => [`--${name}`, value]),
          ),
        },
      ],
    });
  }

  private grantCompact({ stage, topics, storage: { lake }, catalog }: CompactionProps): void {
    const { role } = this.job;
    lake.grantList(role);
    for (const { name } of topics) {
      const curated = locations.curated(name);
      const history = locations.history(name);
      lake.grantGetUnder(role, locations.receipts(name));
      lake.grantGetUnder(role, curated);
      lake.grantGetTagsUnder(role, curated);
      lake.grantTagUnder(role, curated);
      lake.grantGetUnder(role, history);
      lake.grantWriteUnder(role, history);
      lake.grantDeleteUnder(role, history);
      catalog.grantCommit(role, tableNames(name).history);
    }
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [this.moveCut.handler.functionArn],
      }),
    );
    // https://docs.aws.amazon.com/glue/latest/dg/data-quality-authorization.html
    const ruleset = (resourceName: string): string =>
      Stack.of(this).formatArn({ service: 'glue', resource: 'dataQualityRuleset', resourceName });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['glue:GetDataQualityRuleset'],
        resources: topics.map(({ name }) => ruleset(qualityRulesetName(stage, name))),
      }),
    );
    // Results of a job belong to rulesets that Glue names.
    role.addToPolicy(
      new PolicyStatement({ actions: ['glue:PublishDataQuality'], resources: [ruleset('*')] }),
    );
  }
}

/** What tells a run of one topic from that of another. */
function topicArguments(stage: Stage, { name }: TopicDefinition): Record<string, string> {
  return { topic: name, quality_ruleset: qualityRulesetName(stage, name) };
}
